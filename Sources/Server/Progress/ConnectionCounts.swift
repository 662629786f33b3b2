import Foundation
import Synchronization

/// Open progress channels by tenant.
final class ConnectionCounts: Sendable {
    private let limit: Int
    private let counts = Mutex<[UUID: Int]>([:])

    init(limit: Int) { self.limit = limit }

    /// Takes a place, to be given back with ``leave(_:)``; false where all are taken.
    func enter(_ tenant: UUID) -> Bool {
        self.counts.withLock { counts in
            guard counts[tenant, default: 0] < self.limit else { return false }
            counts[tenant, default: 0] += 1
            return true
        }
    }

    func leave(_ tenant: UUID) {
        self.counts.withLock { counts in
            guard let count = counts[tenant] else { return }
            counts[tenant] = count > 1 ? count - 1 : nil
        }
    }
}
