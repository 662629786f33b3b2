public import Foundation

/// Whose integration a webhook's address names.
public struct WebhookIntegration: Sendable {
    public var tenant: UUID
    /// `github` or `jira`.
    public var kind: String
    /// The integration's file, in which the secret stands by reference.
    public var configuration: String
}
