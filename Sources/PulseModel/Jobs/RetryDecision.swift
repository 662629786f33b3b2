/// What is done about a failed job.
public struct RetryDecision: Sendable, Equatable {
    /// The numbers of the decision.
    public struct Policy: Sendable, Equatable {
        /// Retries in the fast tier.
        public var maximumRetries = 3
        public var base = Duration.seconds(300)
        /// The share of a delay that is random: 0.2 spreads it from 0.8 to 1.2 times.
        public var jitter = 0.2
        /// Attempts in the standard tier.
        public var standardAttempts = 3

        public init() {}
    }

    public var tier: RecoveryTier
    /// Nil where only a person helps.
    public var delay: Duration?

    /// - Parameters:
    ///   - failures: failures in a row, this one included, from 1.
    ///   - fastRecovery: the longest delay of the fast tier.
    ///   - retryAfter: how long the source has asked to be left alone; no attempt comes earlier.
    ///   - random: uniform in 0..<1.
    public init(
        kind: JobFailureKind,
        failures: Int,
        fastRecovery: Duration,
        retryAfter: Duration? = nil,
        policy: Policy = Policy(),
        random: Double
    ) {
        guard kind.isTransient else {
            (self.tier, self.delay) = (.manual, nil)
            return
        }
        let hour = Duration.seconds(3_600)
        let standard = failures - policy.maximumRetries
        var delay: Duration
        if standard <= 0 {
            self.tier = .fast
            delay = Self.doubled(policy.base, times: max(0, failures - 1))
        } else if standard <= policy.standardAttempts {
            self.tier = .standard
            delay = Self.doubled(hour, times: standard - 1)
        } else {
            self.tier = .extended
            delay = hour * 24
        }
        delay = delay * (1 - policy.jitter + 2 * policy.jitter * random)
        switch self.tier {
        case .fast: delay = min(max(delay, policy.base), fastRecovery)
        case .standard: delay = min(max(delay, hour), hour * 4)
        case .extended, .manual: break
        }
        // What the source asks for goes before every limit of our own.
        self.delay = max(delay, retryAfter ?? .zero)
    }

    private static func doubled(_ duration: Duration, times: Int) -> Duration {
        duration * (1 << min(times, 16))
    }
}
