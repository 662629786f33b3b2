import Synchronization

/// The memory for large bodies that are in hand at the same time.
final class BodyRoom: Sendable {
    private let free: Mutex<Int>

    init(bytes: Int) { self.free = Mutex(bytes) }

    /// - Returns: whether there was room; then it is given back with ``give(_:)``.
    func take(_ bytes: Int) -> Bool {
        self.free.withLock { free in
            guard free >= bytes else { return false }
            free -= bytes
            return true
        }
    }

    func give(_ bytes: Int) { self.free.withLock { $0 += bytes } }
}
