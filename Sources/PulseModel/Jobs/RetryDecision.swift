/// What is done about a failed job.
public struct RetryDecision: Sendable, Equatable {
    /// The numbers of the decision.
    public struct Policy: Sendable, Equatable {
        /// Retries in the fast tier.
        public var maximumRetries = 3
        public var base = Duration.seconds(300)
        /// Each delay of the fast tier is so many times the one before.
        public var factor = 2.0
        /// The share of a delay that is random: 0.2 spreads it from 0.8 to 1.2 times.
        public var jitter = 0.2
        /// Attempts in the standard tier.
        public var standardAttempts = 3

        public init() {}
    }

    public var tier: RecoveryTier
    /// Nil where only a person helps.
    public var delay: Duration?
    /// Why so, for a person.
    public var reason: String

    /// - Parameters:
    ///   - failures: failures in a row, this one included, from 1.
    ///   - fastRecovery: the longest delay of the fast tier.
    ///   - retryAfter: how long the source has asked to be left alone; no attempt comes earlier.
    ///   - strategy: what the memory of such failures suggests; it counts where it remembers any. It says how often and how fast the
    ///     fast tier tries, and whether trying helps at all.
    ///   - random: uniform in 0..<1.
    public init(
        kind: JobFailureKind,
        failures: Int,
        fastRecovery: Duration,
        retryAfter: Duration? = nil,
        strategy: RecoveryStrategy? = nil,
        policy: Policy = Policy(),
        random: Double
    ) {
        let strategy = strategy.flatMap { $0.isFromMemory ? $0 : nil }
        guard strategy.map({ !$0.isManual }) ?? kind.isTransient else {
            (self.tier, self.delay) = (.manual, nil)
            let why = strategy?.reason ?? "a failure of the kind \(kind.rawValue) does not pass by itself"
            self.reason = "\(why); it waits for a person, who mends the cause and starts it by force"
            return
        }
        let retries = strategy?.attempts ?? policy.maximumRetries
        let hour = Duration.seconds(3_600)
        let standard = failures - retries
        var delay: Duration
        if standard <= 0 {
            self.tier = .fast
            delay = Self.grown(policy.base, by: strategy?.factor ?? policy.factor, times: max(0, failures - 1))
        } else if standard <= policy.standardAttempts {
            self.tier = .standard
            delay = Self.grown(hour, by: 2, times: standard - 1)
        } else {
            self.tier = .extended
            delay = hour * 24
        }
        // Many jobs that fail at once must not come back at once, whatever is remembered.
        delay = delay * (1 - policy.jitter + 2 * policy.jitter * random)
        switch self.tier {
        case .fast: delay = min(max(delay, policy.base), fastRecovery)
        case .standard: delay = min(max(delay, hour), hour * 4)
        case .extended, .manual: break
        }
        // What the source asks for goes before every limit of our own.
        let wait = max(delay, retryAfter ?? .zero)
        self.delay = wait
        let why = strategy?.reason ?? "a failure of the kind \(kind.rawValue) passes by itself as a rule"
        let pace =
            switch self.tier {
            case .fast: "retry \(failures) of \(retries)"
            case .standard: "the \(retries) fast retries did not help; slow retry \(standard) of \(policy.standardAttempts)"
            case .extended, .manual: "it outlasts all retries; once a day"
            }
        let asked = retryAfter.map { $0 >= wait } ?? false
        self.reason = "\(why); \(pace) in \(RecoveryStrategy.time(wait / .seconds(1)))" + (asked ? ", as the source asked" : "")
    }

    private static func grown(_ duration: Duration, by factor: Double, times: Int) -> Duration {
        // Far beyond every limit, and far from what a duration can hold.
        let limit = 30.0 * 86_400
        var seconds = duration / .seconds(1)
        for _ in 0..<min(times, 64) { seconds = min(seconds * factor, limit) }
        return .seconds(seconds)
    }
}
