import Dispatch
import Synchronization

/// Carries a task's cancellation to the one statement that the task runs, and to no other.
///
/// A cancel request names a connection, not a statement. So it is sent only between ``begin(_:)`` and ``end()``, and ``end()``
/// returns only when no request is under way any more.
final class StatementCancellation: Sendable {
    private enum State {
        case waiting
        case running(CancelHandle)
        case cancelling
        case cancelledBefore
        case finished
    }

    private let state = Mutex(State.waiting)
    private let statementEnded = DispatchSemaphore(value: 0)
    private let requestsEnded = DispatchSemaphore(value: 0)

    /// - Returns: false if the task was cancelled already; the statement must not be sent then.
    func begin(_ handle: CancelHandle) -> Bool {
        self.state.withLock { state in
            guard case .waiting = state else { return false }
            state = .running(handle)
            return true
        }
    }

    /// Asks the server to cancel, without waiting for it.
    func cancel() {
        let handle = self.state.withLock { state -> CancelHandle? in
            switch state {
            case .waiting:
                state = .cancelledBefore
                return nil
            case .running(let handle):
                state = .cancelling
                return handle
            case .cancelling, .cancelledBefore, .finished: return nil
            }
        }
        guard let handle else { return }
        DispatchQueue(label: "postgres.cancel").async {
            // The first request may reach the server before the statement does, and is then ignored: ask until it has ended.
            var pause = 0.02
            repeat {
                handle.cancel()
                pause = min(pause * 2, 1)
            } while self.statementEnded.wait(timeout: .now() + pause) == .timedOut
            self.requestsEnded.signal()
        }
    }

    /// Whether a request has been sent. True even if the statement came to its end before it.
    var isRequested: Bool {
        self.state.withLock { state in
            switch state {
            case .cancelling, .cancelledBefore: true
            case .waiting, .running, .finished: false
            }
        }
    }

    /// Must follow a ``begin(_:)`` that returned true, on a thread that may block.
    ///
    /// - Returns: whether the server was asked to cancel the statement.
    func end() -> Bool {
        let requested = self.state.withLock { state in
            if case .cancelling = state { return true }
            state = .finished
            return false
        }
        guard requested else { return false }
        self.statementEnded.signal()
        self.requestsEnded.wait()
        return true
    }
}
