public import Foundation

/// What the queue holds at one moment.
public struct QueueBacklog: Sendable, Equatable {
    public var pending: Int
    public var processing: Int
    /// When the next row can be claimed; nil where nothing waits.
    public var nextAt: Date?

    /// Rows that are not at rest: failed ones wait for a person and do not count.
    public var open: Int { self.pending + self.processing }
}
