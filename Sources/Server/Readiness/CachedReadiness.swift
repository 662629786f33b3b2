import Logging

/// Asks the parts at most once a second, however often it is asked itself, and logs what has changed.
actor CachedReadiness {
    typealias Checks = @Sendable () async -> [ReadinessCheck]

    private let lifetime: Duration
    private let checks: Checks
    private let logger: Logger
    private var last: (checks: [ReadinessCheck], at: ContinuousClock.Instant)?
    private var running: Task<[ReadinessCheck], Never>?

    init(lifetime: Duration = .seconds(1), logger: Logger, checks: @escaping Checks) {
        self.lifetime = lifetime
        self.logger = logger
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
        self.log(result)
        self.last = (result, .now)
        return result
    }

    private func log(_ checks: [ReadinessCheck]) {
        for check in checks {
            let before = self.last?.checks.first { $0.name == check.name }
            guard before?.reason != check.reason else { continue }
            if let reason = check.reason {
                self.logger.warning(
                    "a part is away",
                    metadata: ["part": "\(check.name)", "error": "\(check.cause ?? reason)"]
                )
            } else if before != nil {
                self.logger.info("a part is back", metadata: ["part": "\(check.name)"])
            }
        }
    }
}
