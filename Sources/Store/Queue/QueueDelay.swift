public import Foundation

/// Rows of one table that failed for one reason and will be tried again.
public struct QueueDelay: Sendable, Equatable {
    public var table: String
    public var kind: String
    public var reason: String?
    public var rows: Int
    /// Of the first of them.
    public var nextAttempt: Date
}
