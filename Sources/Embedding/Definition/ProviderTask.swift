/// What differs between embedding documents and embedding queries.
struct ProviderTask: Sendable, Equatable {
    /// What `{{task}}` stands for; where it is nil, a member whose value is `{{task}}` is left out.
    var value: String?
    /// Set before each text.
    var prefix = ""
    /// Another model for this task.
    var model: String?
}
