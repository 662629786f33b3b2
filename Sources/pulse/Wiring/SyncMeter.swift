import Connectors
import Synchronization

/// Counts rows over the pages of a sync, and how much of it is through.
final class SyncMeter: Sendable {
    private let count = Mutex(0)
    private let share = Mutex(SyncShare())

    var rows: Int { self.count.withLock { $0 } }

    /// - Returns: the sum so far.
    func add(_ rows: Int) -> Int {
        self.count.withLock { count in
            count += rows
            return count
        }
    }

    /// - Returns: how much is through with this, 0 to 100; nil while the whole is not known.
    func share(after progress: SyncProgress) -> Double? {
        self.share.withLock { share in
            share.note(progress)
            return share.percent
        }
    }
}
