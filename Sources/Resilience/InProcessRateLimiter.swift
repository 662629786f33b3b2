/// One ``RateBudget`` shared by the tasks of this process.
public actor InProcessRateLimiter: RateLimiting {
    private let clock = ContinuousClock()
    private let origin: ContinuousClock.Instant
    private let patience: Duration
    private var budget: RateBudget

    /// - Parameter patience: the longest time a caller is held back; beyond it ``RateLimitReached`` says when to come again.
    public init(_ rates: RateBudget.Rates, patience: Duration = .seconds(30)) {
        self.budget = RateBudget(rates)
        self.patience = patience
        self.origin = self.clock.now
    }

    public func admit(_ cost: RateBudget.Cost) async throws {
        let (wait, granted) = self.budget.reserve(cost, at: self.now, patience: self.patience)
        guard granted else { throw RateLimitReached(retryAfter: wait) }
        if wait > .zero { try await self.clock.sleep(for: wait) }
        // A refusal may have come while this caller slept.
        let pause = self.budget.pause(at: self.now)
        guard pause <= self.patience else { throw RateLimitReached(retryAfter: pause) }
        if pause > .zero { try await self.clock.sleep(for: pause) }
    }

    public func observe(_ observation: RateBudget.Observation) {
        self.budget.observe(observation, at: self.now)
    }

    private var now: Duration { self.clock.now - self.origin }
}
