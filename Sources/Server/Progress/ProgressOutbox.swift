import Foundation
import Synchronization

/// What waits to be sent to one client, in order.
///
/// Of each run's progress only the newest waits; events all wait, up to a limit, after which the client counts as lost.
final class ProgressOutbox: Sendable {
    private enum Item {
        case event(String)
        case progress(run: UUID, String)
    }

    private struct State {
        var items: [Item] = []
        var events = 0
        var isOverfull = false
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// An element when there may be something to take.
    let filled: AsyncStream<Void>
    /// An element when more events wait than may.
    let overfull: AsyncStream<Void>
    private let filling: AsyncStream<Void>.Continuation
    private let overfilling: AsyncStream<Void>.Continuation

    /// - Parameter capacity: of events.
    init(capacity: Int) {
        self.capacity = capacity
        (self.filled, self.filling) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (self.overfull, self.overfilling) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func add(event message: String) {
        let isOverfull = self.state.withLock { state in
            guard !state.isOverfull else { return true }
            if state.events >= self.capacity {
                // Nothing that follows a dropped event may be sent.
                state = State(isOverfull: true)
                return true
            }
            state.items.append(.event(message))
            state.events += 1
            return false
        }
        if isOverfull { self.overfilling.yield() } else { self.filling.yield() }
    }

    /// Replaces progress of the same run that has not been taken yet.
    func add(progress message: String, of run: UUID) {
        self.state.withLock { state in
            guard !state.isOverfull else { return }
            state.items.removeAll { item in
                if case .progress(run, _) = item { true } else { false }
            }
            state.items.append(.progress(run: run, message))
        }
        self.filling.yield()
    }

    /// The next message to be sent.
    func take() -> String? {
        self.state.withLock { state in
            guard !state.items.isEmpty else { return nil }
            switch state.items.removeFirst() {
            case .event(let message):
                state.events -= 1
                return message
            case .progress(_, let message):
                return message
            }
        }
    }
}
