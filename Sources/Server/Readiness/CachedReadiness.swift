/// Asks the parts at most once a second, however often it is asked itself.
actor CachedReadiness {
    typealias Checks = @Sendable () async -> [ReadinessCheck]

    private let lifetime: Duration
    private let checks: Checks
    private var last: (checks: [ReadinessCheck], at: ContinuousClock.Instant)?
    private var running: Task<[ReadinessCheck], Never>?

    init(lifetime: Duration = .seconds(1), checks: @escaping Checks) {
        self.lifetime = lifetime
        self.checks = checks
    }

    func current() async -> [ReadinessCheck] {
        if let last = self.last, last.at + self.lifetime > .now { return last.checks }
        if let running = self.running { return await running.value }
        // Its own task: all who ask meanwhile share it, and the first to give up must not end it for the others.
        let checks = self.checks
        let task = Task { await checks() }
        self.running = task
        let result = await task.value
        self.running = nil
        self.last = (result, .now)
        return result
    }
}
