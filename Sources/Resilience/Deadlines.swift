import Synchronization

/// Ends work that takes too long. All deadlines share one timer, so that one which is met, as nearly all are, costs little; one that is
/// not is noticed up to a ``step`` late.
public final class Deadlines: Sendable {
    private struct State {
        var open: [Int: Open] = [:]
        var last = 0
        var isTicking = false
    }

    private struct Open {
        var until: ContinuousClock.Instant
        var cancel: @Sendable () -> Void
        var isOver = false
    }

    public let step: Duration
    private let state = Mutex(State())

    public init(step: Duration = .milliseconds(250)) {
        self.step = step
    }

    /// Does something, and cancels it where it takes longer than `limit`.
    ///
    /// - Parameters:
    ///   - body: must end soon once it is cancelled.
    ///   - late: called with what came all the same, after its time.
    /// - Returns: nil where its time was over.
    /// - Throws: what `body` throws within its time.
    public func run<Value: Sendable>(
        within limit: Duration,
        _ body: @escaping @Sendable () async throws -> Value,
        late: (Value) -> Void = { _ in }
    ) async throws -> Value? {
        let task: Task<Value, any Error>
        // Most is there at once, and then costs no change of threads.
        if #available(macOS 26, *) { task = Task.immediate { try await body() } } else { task = Task { try await body() } }
        let number = self.open(until: .now + limit) { task.cancel() }
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        guard self.close(number) else { return try result.get() }
        if case .success(let value) = result { late(value) }
        return nil
    }

    private func open(until: ContinuousClock.Instant, cancel: @escaping @Sendable () -> Void) -> Int {
        let (number, begins) = self.state.withLock { state in
            state.last += 1
            state.open[state.last] = Open(until: until, cancel: cancel)
            let begins = !state.isTicking
            state.isTicking = true
            return (state.last, begins)
        }
        if begins { Task.detached { await self.tick() } }
        return number
    }

    /// - Returns: whether its time was over.
    private func close(_ number: Int) -> Bool {
        self.state.withLock { $0.open.removeValue(forKey: number)?.isOver ?? false }
    }

    private func tick() async {
        var goesOn = true
        while goesOn {
            try? await Task.sleep(for: self.step)
            let now = ContinuousClock.now
            let (overdue, isNeeded) = self.state.withLock { state in
                let overdue = state.open.filter { $0.value.until <= now && !$0.value.isOver }
                for number in overdue.keys { state.open[number]?.isOver = true }
                state.isTicking = !state.open.isEmpty
                return (overdue.values.map(\.cancel), state.isTicking)
            }
            for cancel in overdue { cancel() }
            goesOn = isNeeded
        }
    }
}
