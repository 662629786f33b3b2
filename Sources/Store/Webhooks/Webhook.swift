public import Foundation

/// Whose integration a webhook's address names.
public struct WebhookIntegration: Sendable {
    public var tenant: UUID
    /// `github` or `jira`.
    public var kind: String
    /// The integration's file, in which the secret stands by reference.
    public var configuration: String
}

/// A delivery that a worker has taken.
public struct ClaimedWebhook: Sendable {
    public var tenant: UUID
    public var integration: UUID
    public var id: Int
    /// This one included.
    public var attempts: Int
    /// Whether what it shows by itself is written already, and only its source has yet to be asked.
    public var isShown: Bool
}

/// A delivery as it came.
public struct WebhookDelivery: Sendable {
    public var kind: String
    public var event: String
    public var body: [UInt8]
    public var receivedAt: Date
    /// The integration's file.
    public var integration: StoredIntegration
}

/// What became of a delivery.
public enum WebhookOutcome: String, Sendable {
    case done
    /// It tells nothing that Pulse keeps.
    case ignored
    /// It cannot be read; the message says why.
    case failed
}
