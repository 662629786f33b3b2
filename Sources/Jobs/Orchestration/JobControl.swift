import Synchronization

/// How a running job is ended from outside.
final class JobControl: Sendable {
    enum Reason: Sendable, Equatable {
        /// A person has stopped it.
        case stopped
        /// The process goes.
        case shutdown
        /// Its tenant has been closed.
        case closed
        /// The run has lost its job.
        case fenced
        /// It has shown no life for that long.
        case stalled(Duration)
    }

    private let first = Mutex<Reason?>(nil)
    private let stream: AsyncStream<Never>
    private let continuation: AsyncStream<Never>.Continuation

    init() {
        (self.stream, self.continuation) = AsyncStream.makeStream()
    }

    /// The first reason that was given; nil where none was.
    var reason: Reason? { self.first.withLock { $0 } }

    func cancel(_ reason: Reason) {
        self.first.withLock { first in
            if first == nil { first = reason }
        }
        self.continuation.finish()
    }

    /// Returns once ``cancel(_:)`` was called, or the task is cancelled. For one task.
    func cancelled() async {
        for await _ in self.stream {}
    }
}
