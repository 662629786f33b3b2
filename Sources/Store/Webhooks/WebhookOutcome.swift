/// What became of a delivery.
public enum WebhookOutcome: String, Sendable {
    case done
    /// It tells nothing that Pulse keeps.
    case ignored
    /// It cannot be read; the message says why.
    case failed
}
