import Foundation
import Synchronization

/// Lets few of a tenant's passes in this process write to Qdrant at a time, in the order in which they come.
///
/// What is sent at once is done at once: a server that serves all of a tenant's lanes together ends them together, and has nothing to
/// do while they write that down, claim, read and embed. With two at a time one is on its way while the other is served, and the lanes
/// stay apart, because each keeps its turn from its first write to its last. Tenants do not wait for each other.
final class WriteTurns: Sendable {
    /// One pass's turn; nothing where it was cancelled while it waited.
    struct Turn {
        fileprivate let turns: WriteTurns?
        fileprivate let tenant: UUID

        func end() { self.turns?.end(self.tenant) }
    }

    private struct Queue {
        var writing = 0
        var waiting: [(ticket: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    }

    private struct State {
        var queues: [UUID: Queue] = [:]
        var tickets = 0
        /// Cancelled before they began to wait.
        var cancelled: Set<Int> = []
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: a tenant's passes that write at once.
    init(limit: Int = 2) { self.limit = max(1, limit) }

    /// Passes that wait for their turn.
    func waiting(of tenant: UUID) -> Int { self.state.withLock { $0.queues[tenant]?.waiting.count ?? 0 } }

    /// Whether nothing is kept of anybody.
    var isIdle: Bool { self.state.withLock { $0.queues.isEmpty && $0.cancelled.isEmpty } }

    /// Waits until it is this pass's turn, or its task is cancelled.
    func turn(of tenant: UUID) async -> Turn {
        let ticket = self.state.withLock { state in
            state.tickets += 1
            return state.tickets
        }
        let isGranted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = self.state.withLock { state in
                    if state.cancelled.remove(ticket) != nil { return false }
                    if state.queues[tenant, default: Queue()].writing < self.limit {
                        state.queues[tenant, default: Queue()].writing += 1
                        return true
                    }
                    state.queues[tenant]?.waiting.append((ticket, continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            self.cancel(ticket, of: tenant)
        }
        _ = self.state.withLock { $0.cancelled.remove(ticket) }
        return Turn(turns: isGranted ? self : nil, tenant: tenant)
    }

    private func cancel(_ ticket: Int, of tenant: UUID) {
        let continuation = self.state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard let index = state.queues[tenant]?.waiting.firstIndex(where: { $0.ticket == ticket }) else {
                state.cancelled.insert(ticket)
                return nil
            }
            return state.queues[tenant]?.waiting.remove(at: index).continuation
        }
        continuation?.resume(returning: false)
    }

    private func end(_ tenant: UUID) {
        let next = self.state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard var queue = state.queues[tenant] else { return nil }
            // The turn goes to the next in line.
            if !queue.waiting.isEmpty {
                let next = queue.waiting.removeFirst().continuation
                state.queues[tenant] = queue
                return next
            }
            queue.writing -= 1
            state.queues[tenant] = queue.writing == 0 ? nil : queue
            return nil
        }
        next?.resume(returning: true)
    }
}
