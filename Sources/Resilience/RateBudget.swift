/// What a service allows in a minute, and how much of it is left: token buckets as a pure value.
///
/// A reservation always takes its place in line and says how long to wait for it, so large requests are not overtaken for ever by
/// small ones. Time is a duration since any fixed origin.
public struct RateBudget: Sendable, Equatable {
    /// Requests, tokens and items a minute; nil is unlimited.
    public struct Rates: Sendable, Equatable {
        public var requestsPerMinute: Double?
        public var tokensPerMinute: Double?
        public var itemsPerMinute: Double?

        public init(requestsPerMinute: Double? = nil, tokensPerMinute: Double? = nil, itemsPerMinute: Double? = nil) {
            self.requestsPerMinute = requestsPerMinute
            self.tokensPerMinute = tokensPerMinute
            self.itemsPerMinute = itemsPerMinute
        }
    }

    /// What one request uses.
    public struct Cost: Sendable, Equatable {
        public var requests: Int
        public var tokens: Int
        public var items: Int

        public init(requests: Int = 1, tokens: Int = 0, items: Int = 0) {
            self.requests = requests
            self.tokens = tokens
            self.items = items
        }
    }

    /// What an answer said about the budget.
    public struct Observation: Sendable, Equatable {
        public var remainingRequests: Int?
        public var remainingTokens: Int?
        /// Until ``remainingRequests`` is whole again.
        public var resetRequests: Duration?
        public var resetTokens: Duration?
        /// The answer was a refusal for want of budget.
        public var refused: Bool
        public var retryAfter: Duration?

        public init(
            remainingRequests: Int? = nil,
            remainingTokens: Int? = nil,
            resetRequests: Duration? = nil,
            resetTokens: Duration? = nil,
            refused: Bool = false,
            retryAfter: Duration? = nil
        ) {
            self.remainingRequests = remainingRequests
            self.remainingTokens = remainingTokens
            self.resetRequests = resetRequests
            self.resetTokens = resetTokens
            self.refused = refused
            self.retryAfter = retryAfter
        }
    }

    private struct Bucket: Sendable, Equatable {
        /// A bucket holds ten seconds' worth: bursts stay well below what services measure over a minute.
        static let burst = 10.0

        var perMinute: Double
        var level: Double

        init?(_ perMinute: Double?) {
            guard let perMinute, perMinute > 0 else { return nil }
            self.perMinute = perMinute
            self.level = max(1, perMinute / 60 * Self.burst)
        }

        var capacity: Double { max(1, self.perMinute / 60 * Self.burst) }

        mutating func refill(seconds: Double, pace: Double) {
            self.level = min(self.capacity, self.level + self.perMinute / 60 * seconds * pace)
        }

        mutating func lower(to remaining: Double) { self.level = min(self.level, remaining) }

        /// Seconds until `cost` may go; a cost beyond the capacity goes when the bucket is full.
        func wait(for cost: Double, pace: Double) -> Double {
            let missing = min(cost, self.capacity) - self.level
            return missing <= 0 ? 0 : missing / (self.perMinute / 60 * pace)
        }
    }

    /// The wait asked after a refusal that names none.
    private static let defaultPause = Backoff(base: .seconds(2), maximum: .seconds(60), jitter: 0)

    private var requests: Bucket?
    private var tokens: Bucket?
    private var items: Bucket?
    private var refilled: Duration = .zero
    private var pausedUntil: Duration = .zero
    private var refusals = 0
    /// The share of the declared rates in use: halved by a refusal, regained with each answer.
    public private(set) var pace = 1.0

    public init(_ rates: Rates) {
        self.requests = Bucket(rates.requestsPerMinute)
        self.tokens = Bucket(rates.tokensPerMinute)
        self.items = Bucket(rates.itemsPerMinute)
    }

    /// Takes `cost` out of the budget.
    ///
    /// - Parameter patience: the longest wait that the caller accepts.
    /// - Returns: how long to wait before sending, and whether the cost was taken; it is not where the wait exceeds `patience`.
    public mutating func reserve(_ cost: Cost, at now: Duration, patience: Duration) -> (wait: Duration, granted: Bool) {
        self.refill(at: now)
        var seconds = self.pause(at: now).seconds
        seconds = max(seconds, self.requests?.wait(for: Double(cost.requests), pace: self.pace) ?? 0)
        seconds = max(seconds, self.tokens?.wait(for: Double(cost.tokens), pace: self.pace) ?? 0)
        seconds = max(seconds, self.items?.wait(for: Double(cost.items), pace: self.pace) ?? 0)
        guard seconds <= patience.seconds else { return (.seconds(seconds), false) }
        self.requests?.level -= Double(cost.requests)
        self.tokens?.level -= Double(cost.tokens)
        self.items?.level -= Double(cost.items)
        return (.seconds(seconds), true)
    }

    /// How long everyone must wait, whatever they reserved: the rest of the last refusal's wait.
    public func pause(at now: Duration) -> Duration { max(.zero, self.pausedUntil - now) }

    /// Learns from an answer.
    public mutating func observe(_ observation: Observation, at now: Duration) {
        self.refill(at: now)
        if let remaining = observation.remainingRequests {
            self.requests?.lower(to: Double(remaining))
            if remaining == 0, let reset = observation.resetRequests { self.pausedUntil = max(self.pausedUntil, now + reset) }
        }
        if let remaining = observation.remainingTokens {
            self.tokens?.lower(to: Double(remaining))
            if remaining == 0, let reset = observation.resetTokens { self.pausedUntil = max(self.pausedUntil, now + reset) }
        }
        if observation.refused {
            // Requests that were out together are refused together: only the first one slows the pace.
            if self.pause(at: now) == .zero {
                self.refusals += 1
                self.pace = max(1.0 / 16, self.pace / 2)
            }
            let asked = observation.retryAfter ?? Self.defaultPause.delay(after: self.refusals, random: 0.5)
            self.pausedUntil = max(self.pausedUntil, now + asked)
        } else {
            self.refusals = 0
            self.pace = min(1, self.pace * 1.05)
        }
    }

    private mutating func refill(at now: Duration) {
        let seconds = (now - self.refilled).seconds
        guard seconds > 0 else { return }
        self.refilled = now
        self.requests?.refill(seconds: seconds, pace: self.pace)
        self.tokens?.refill(seconds: seconds, pace: self.pace)
        self.items?.refill(seconds: seconds, pace: self.pace)
    }
}
