public import Foundation

/// A delivery as it came.
public struct WebhookDelivery: Sendable {
    public var kind: String
    public var event: String
    public var body: [UInt8]
    public var receivedAt: Date
    /// The integration's file.
    public var integration: StoredIntegration
}
