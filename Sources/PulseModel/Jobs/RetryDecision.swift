/// What is done about a failed job.
public struct RetryDecision: Sendable, Equatable {
    /// The numbers of the decision.
    public struct Policy: Sendable, Equatable {
        /// Retries in the fast tier.
        public var maximumRetries = 3
        public var base = Duration.seconds(300)
        /// Each delay of the fast tier is so many times the one before.
        public var factor = 2.0
        /// The share of a delay that is random: 0.2 spreads it from 0.8 to 1.2 times, and over as much to one side where a tier ends.
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
    /// Whether the failure counts among those in a row. A source's limit costs time, never an attempt.
    public var isCounted = true

    /// A source that names a later time, such as a proxy that gives milliseconds for seconds, is asked after a day all the same.
    public static let longestWait = Duration.seconds(86_400)

    /// - Parameters:
    ///   - failures: failures in a row, this one included, from 1.
    ///   - fastRecovery: the longest delay of the fast tier.
    ///   - retryAfter: how long the source has asked to be left alone; no attempt comes earlier, up to ``longestWait``.
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
        let asked = retryAfter.map { min($0, Self.longestWait) } ?? .zero
        if kind == .rateLimited {
            self.tier = .fast
            self.isCounted = false
            let wait = Self.window(policy.base...policy.base, after: max(asked, policy.base), policy: policy).at(random)
            self.delay = wait
            self.reason =
                "the source's limit is reached, which costs time and no attempt; next in "
                + RecoveryStrategy.time(wait / .seconds(1)) + (asked > .zero ? ", as the source asked" : "")
            return
        }
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
        let window: ClosedRange<Duration>
        if standard <= 0 {
            self.tier = .fast
            let delay = Self.grown(policy.base, by: strategy?.factor ?? policy.factor, times: max(0, failures - 1))
            window = Self.window(around: delay, within: policy.base...max(policy.base, fastRecovery), policy: policy)
        } else if standard <= policy.standardAttempts {
            self.tier = .standard
            window = Self.window(around: Self.grown(hour, by: 2, times: standard - 1), within: hour...hour * 4, policy: policy)
        } else {
            self.tier = .extended
            window = Self.window(around: hour * 24, within: .zero...hour * 48, policy: policy)
        }
        // What the source asks for goes before every limit of our own.
        let wait = Self.window(window, after: asked, policy: policy).at(random)
        self.delay = wait
        let why = strategy?.reason ?? "a failure of the kind \(kind.rawValue) passes by itself as a rule"
        let pace =
            switch self.tier {
            case .fast: "retry \(failures) of \(retries)"
            case .standard: "the \(retries) fast retries did not help; slow retry \(standard) of \(policy.standardAttempts)"
            case .extended, .manual: "it outlasts all retries; once a day"
            }
        self.reason =
            "\(why); \(pace) in \(RecoveryStrategy.time(wait / .seconds(1)))"
            + (asked > window.lowerBound ? ", as the source asked" : "")
    }

    /// Where in a tier a delay may fall. Many jobs that fail at once must not come back at once, whatever is remembered: where the tier
    /// cuts one side off, the other is as much wider.
    private static func window(
        around delay: Duration,
        within tier: ClosedRange<Duration>,
        policy: Policy
    ) -> ClosedRange<Duration> {
        let delay = min(max(delay, tier.lowerBound), tier.upperBound)
        let width = delay * (2 * policy.jitter)
        let low = min(max(delay - width / 2, tier.lowerBound), max(tier.upperBound - width, tier.lowerBound))
        return low...min(low + width, tier.upperBound)
    }

    /// What of the window comes after the time that the source asks for, and a jitter's width where that is less.
    private static func window(
        _ window: ClosedRange<Duration>,
        after asked: Duration,
        policy: Policy
    ) -> ClosedRange<Duration> {
        guard asked >= window.lowerBound else { return window }
        return asked...max(window.upperBound, asked * (1 + policy.jitter))
    }

    private static func grown(_ duration: Duration, by factor: Double, times: Int) -> Duration {
        // Far beyond every limit, and far from what a duration can hold.
        let limit = 30.0 * 86_400
        var seconds = duration / .seconds(1)
        for _ in 0..<min(times, 64) { seconds = min(seconds * factor, limit) }
        return .seconds(seconds)
    }
}

extension ClosedRange<Duration> {
    /// - Parameter share: 0 is the lower bound, 1 the upper one.
    fileprivate func at(_ share: Double) -> Duration { self.lowerBound + (self.upperBound - self.lowerBound) * share }
}
