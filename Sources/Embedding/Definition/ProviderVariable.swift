/// What a `{{name}}` stands for: a text, or a reference with an optional default.
struct ProviderVariable: Sendable, Equatable {
    var reference: SecretReference?
    /// The text itself, or what holds where the reference leads nowhere.
    var text: String?
}
