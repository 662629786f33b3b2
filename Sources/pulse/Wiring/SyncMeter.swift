import Synchronization

/// Counts rows over the pages of a sync.
final class SyncMeter: Sendable {
    private let count = Mutex(0)

    var rows: Int { self.count.withLock { $0 } }

    /// - Returns: the sum so far.
    func add(_ rows: Int) -> Int {
        self.count.withLock { count in
            count += rows
            return count
        }
    }
}
