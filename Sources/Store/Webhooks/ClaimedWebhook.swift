public import Foundation

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
