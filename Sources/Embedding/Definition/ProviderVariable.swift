/// What a `{{name}}` stands for: a text, or a reference with an optional default.
struct ProviderVariable: Sendable, Equatable {
    var reference: SecretReference?
    /// The text itself, or what holds where the reference leads nowhere.
    var text: String?
    /// A number or truth value as the file writes it: alone in a body it is sent as such.
    var literal: JSONNode.Value?
}
