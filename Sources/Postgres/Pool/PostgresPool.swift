import Dispatch
import Synchronization

/// A bounded number of connections, opened when they are needed and shared by any number of tasks.
///
/// Tasks are served in order of arrival. Nothing runs in the background: a connection is opened by the task that needs it, so
/// that this task gets the error if it fails.
public final class PostgresPool: Sendable {
    private struct State {
        var machine: PoolStateMachine
        var connections: [PoolStateMachine.ConnectionID: PostgresConnection] = [:]
        var waiting: [PoolStateMachine.WaiterID: Waiting] = [:]
        var nextWaiter = 0
        /// When the waiters will be looked through for those whose time is over; nil if nobody waits.
        var nextSweep: ContinuousClock.Instant?
    }

    private struct Waiting {
        let continuation: CheckedContinuation<Result<PoolStateMachine.Grant, PostgresError>, Never>
        let deadline: ContinuousClock.Instant
    }

    private struct Lease {
        let id: PoolStateMachine.ConnectionID
        let connection: PostgresConnection
    }

    private let configuration: PostgresConfiguration
    private let acquireTimeout: Duration
    private let state: Mutex<State>

    /// - Parameters:
    ///   - maximumConnections: at least 1.
    ///   - acquireTimeout: how long a task waits for a free connection before it fails with `poolTimeout`.
    public init(configuration: PostgresConfiguration, maximumConnections: Int = 8, acquireTimeout: Duration = .seconds(30)) {
        self.configuration = configuration
        self.acquireTimeout = acquireTimeout
        self.state = Mutex(State(machine: PoolStateMachine(maximum: maximumConnections)))
    }

    /// Lends a connection to `body`. A transaction that `body` leaves open is rolled back.
    ///
    /// - Throws: what `body` throws; ``PostgresError`` of kind `cannotConnect`, `poolTimeout`, `poolClosed`, `cancelled`.
    @discardableResult
    public func withConnection<R: Sendable>(_ body: (PostgresConnection) async throws -> R) async throws -> R {
        let lease = try await self.lease()
        do {
            let value = try await body(lease.connection)
            await self.giveBack(lease)
            return value
        } catch {
            await self.giveBack(lease)
            throw error
        }
    }

    /// Lends a connection to `body`, which says itself whether it can serve somebody else afterwards.
    func onLease<R: Sendable>(
        _ body: (PostgresConnection) async -> (R, isClean: Bool)
    ) async throws(PostgresError) -> R {
        let lease = try await self.lease()
        let (value, isClean) = await body(lease.connection)
        await self.end(lease, isUsable: isClean)
        return value
    }

    /// Runs one statement on any connection.
    @discardableResult
    public func query(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> PostgresRows {
        try await self.withConnection { try await $0.query(sql, parameters) }
    }

    /// Closes idle connections and turns waiting tasks away. Connections in use are closed when they come back.
    public func close() async {
        let (connections, waiting) = self.state.withLock { state in
            let (ids, waiters) = state.machine.close()
            return (
                ids.compactMap { state.connections.removeValue(forKey: $0) },
                waiters.compactMap { state.waiting.removeValue(forKey: $0) }
            )
        }
        for waiter in waiting { Self.wake(waiter, .failure(Self.closed)) }
        for connection in connections { await connection.close() }
    }

    // MARK: Leases

    private static var closed: PostgresError {
        PostgresError(kind: .poolClosed, message: "The pool of connections has been closed.")
    }

    private func lease() async throws(PostgresError) -> Lease {
        let deadline = ContinuousClock.now + self.acquireTimeout
        var isFirst = false
        while true {
            let lease: Lease
            switch try await self.grant(isFirst: isFirst, deadline: deadline) {
            case .open(let id): return try await self.open(id)
            case .use(let id):
                guard let connection = self.state.withLock({ $0.connections[id] }) else { throw Self.closed }
                lease = Lease(id: id, connection: connection)
            }
            // The server may have closed it while it lay idle, for example when it restarted.
            if !lease.connection.hasPendingInput { return lease }
            if await lease.connection.isUsable { return lease }
            await self.end(lease, isUsable: false)
            isFirst = true
        }
    }

    private func open(_ id: PoolStateMachine.ConnectionID) async throws(PostgresError) -> Lease {
        do throws(PostgresError) {
            let connection = try await PostgresConnection.connect(self.configuration)
            let isWelcome = self.state.withLock { state in
                guard state.machine.opened(id) else { return false }
                state.connections[id] = connection
                return true
            }
            if isWelcome { return Lease(id: id, connection: connection) }
            await connection.close()
            throw Self.closed
        } catch {
            self.state.withLock { state in
                state.machine.openingFailed(id).flatMap { waking in Self.take(waking, &state) }
            }.map { Self.wake($0.0, .success($0.1)) }
            throw error
        }
    }

    private func giveBack(_ lease: Lease) async {
        let isClean = await lease.connection.settle()
        await self.end(lease, isUsable: isClean)
    }

    private func end(_ lease: Lease, isUsable: Bool) async {
        let (woken, isDropped) = self.state.withLock { state in
            let release = state.machine.release(lease.id, isUsable: isUsable)
            if let dropped = release.close { state.connections[dropped] = nil }
            return (release.wake.flatMap { Self.take($0, &state) }, release.close != nil)
        }
        if let woken { Self.wake(woken.0, .success(woken.1)) }
        if isDropped { await lease.connection.close() }
    }

    // MARK: Waiting

    private func grant(isFirst: Bool, deadline: ContinuousClock.Instant) async throws(PostgresError) -> PoolStateMachine.Grant {
        let waiter = self.state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.acquire(waiter, isFirst: isFirst, deadline: deadline, continuation)
            }
        } onCancel: {
            self.abandon(waiter, PostgresError(kind: .cancelled, message: "Cancelled while waiting for a connection."))
        }
        return try outcome.get()
    }

    private func acquire(
        _ waiter: PoolStateMachine.WaiterID,
        isFirst: Bool,
        deadline: ContinuousClock.Instant,
        _ continuation: CheckedContinuation<Result<PoolStateMachine.Grant, PostgresError>, Never>
    ) {
        let answer = self.state.withLock { state -> Result<PoolStateMachine.Grant, PostgresError>? in
            // Under the lock: a cancellation that comes later finds the waiter.
            if Task.isCancelled {
                return .failure(PostgresError(kind: .cancelled, message: "Cancelled before a connection was asked for."))
            }
            switch state.machine.acquire(waiter, isFirst: isFirst) {
            case .granted(let grant): return .success(grant)
            case .closed: return .failure(Self.closed)
            case .wait:
                state.waiting[waiter] = Waiting(continuation: continuation, deadline: deadline)
                return nil
            }
        }
        if let answer {
            continuation.resume(returning: answer)
        } else {
            self.scheduleSweep(at: deadline)
        }
    }

    private func scheduleSweep(at deadline: ContinuousClock.Instant) {
        let isNeeded = self.state.withLock { state in
            if let planned = state.nextSweep, planned <= deadline { return false }
            state.nextSweep = deadline
            return true
        }
        guard isNeeded else { return }
        let left = (deadline - .now).components
        let seconds = max(0, Double(left.seconds) + Double(left.attoseconds) * 1e-18)
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [weak self] in self?.sweep() }
    }

    /// Turns away those who have waited too long, and plans the next look.
    private func sweep() {
        let now = ContinuousClock.now
        let (overdue, next) = self.state.withLock { state in
            let overdue = state.waiting.filter { $0.value.deadline <= now }.map(\.key).sorted()
            state.nextSweep = nil
            return (overdue, state.waiting.values.map(\.deadline).filter { $0 > now }.min())
        }
        let message = "All connections of the pool were busy for \(self.acquireTimeout). Raise its size, or do less at once."
        for waiter in overdue { self.abandon(waiter, PostgresError(kind: .poolTimeout, message: message)) }
        if let next { self.scheduleSweep(at: next) }
    }

    private func abandon(_ waiter: PoolStateMachine.WaiterID, _ reason: PostgresError) {
        let waiting = self.state.withLock { state in
            state.machine.abandon(waiter) ? state.waiting.removeValue(forKey: waiter) : nil
        }
        if let waiting { Self.wake(waiting, .failure(reason)) }
    }

    private static func take(_ waking: PoolStateMachine.Waking, _ state: inout State) -> (Waiting, PoolStateMachine.Grant)? {
        state.waiting.removeValue(forKey: waking.waiter).map { ($0, waking.grant) }
    }

    private static func wake(_ waiting: Waiting, _ outcome: Result<PoolStateMachine.Grant, PostgresError>) {
        waiting.continuation.resume(returning: outcome)
    }
}
