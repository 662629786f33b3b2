public import Resilience

/// How patient a connector is with its source.
public struct RetryPolicy: Sendable {
    /// Of one request, the first included. Waits that the source itself asks for are not counted.
    public var attempts: Int
    public var backoff: Backoff
    /// A longer wait ends the unit as ``ConnectorError/Kind/rateLimited``. GitHub's primary limit resets within an hour.
    public var longestWait: Duration
    /// How often one request obeys a rate limit before it gives up.
    public var limitWaits: Int

    public init(
        attempts: Int = 5,
        backoff: Backoff = Backoff(base: .seconds(2), factor: 2, maximum: .seconds(60), jitter: 0.3),
        longestWait: Duration = .seconds(3_900),
        limitWaits: Int = 10
    ) {
        self.attempts = max(1, attempts)
        self.backoff = backoff
        self.longestWait = longestWait
        self.limitWaits = limitWaits
    }

    /// For a single question for whose answer somebody waits: it is asked twice, and a limit that does not open within seconds ends it.
    public var brief: RetryPolicy {
        var policy = self
        policy.attempts = min(policy.attempts, 2)
        policy.longestWait = min(policy.longestWait, .seconds(10))
        policy.limitWaits = 1
        return policy
    }
}
