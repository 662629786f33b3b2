/// What writing a page came to.
public struct IngestionResult: Sendable, Equatable {
    /// Rows whose content changed, tombstones included.
    public var written = 0
    /// Rows that already stood as they came.
    public var unchanged = 0
    /// Queue rows added or raised.
    public var queued = 0
    public var rejected = 0

    public init() {}

    public static func += (left: inout Self, right: Self) {
        left.written += right.written
        left.unchanged += right.unchanged
        left.queued += right.queued
        left.rejected += right.rejected
    }
}
