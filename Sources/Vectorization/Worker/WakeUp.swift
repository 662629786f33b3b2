import Synchronization

/// Wakes those who wait for work. A signal while nobody waits is kept for the next who does.
final class WakeUp: Sendable {
    private struct State {
        var signals = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var cancelled: Set<Int> = []
        var next = 0
    }

    private let state = Mutex(State())

    func signal() {
        let waiting = self.state.withLock { state in
            let waiting = Array(state.waiting.values)
            state.waiting.removeAll()
            if waiting.isEmpty { state.signals = 1 }
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns at the next signal, after `limit`, or when the task is cancelled.
    func wait(atMost limit: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    private func wait() async {
        let ticket = self.state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumesNow = self.state.withLock { state in
                    if state.signals > 0 {
                        state.signals = 0
                        return true
                    }
                    if state.cancelled.remove(ticket) != nil { return true }
                    state.waiting[ticket] = continuation
                    return false
                }
                if resumesNow { continuation.resume() }
            }
        } onCancel: {
            let continuation = self.state.withLock { state in
                let continuation = state.waiting.removeValue(forKey: ticket)
                if continuation == nil { state.cancelled.insert(ticket) }
                return continuation
            }
            continuation?.resume()
        }
        _ = self.state.withLock { $0.cancelled.remove(ticket) }
    }
}
