import Synchronization

/// Whether the process has been told to stop.
final class Stopping: Sendable {
    private let state = Mutex(false)

    var hasBegun: Bool { self.state.withLock { $0 } }

    func begin() { self.state.withLock { $0 = true } }
}
