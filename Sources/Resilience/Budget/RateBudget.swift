/// What all processes of an installation together may ask of one account of a service: token buckets and slots as a pure value.
///
/// The value stands where all processes see it (a row of the database); each takes a small share of it at a time by ``exchange(_:policy:at:)``
/// and spends that by itself, so that no request waits for the database. Times are seconds of the clock that all share.
///
/// What it holds: in any minute no more goes out than the rates allow, plus ``burst`` and ``shareLife`` seconds' worth of them (5 %),
/// or one request where that is larger. A request larger than a bucket goes when the bucket is full, and those after it wait until
/// it is made up for.
public struct RateBudget: Sendable, Equatable, Codable {
    /// Requests, tokens and items a minute; nil is unlimited.
    public struct Rates: Sendable, Equatable, Codable {
        public var requestsPerMinute: Double?
        public var tokensPerMinute: Double?
        public var itemsPerMinute: Double?

        public init(requestsPerMinute: Double? = nil, tokensPerMinute: Double? = nil, itemsPerMinute: Double? = nil) {
            self.requestsPerMinute = requestsPerMinute
            self.tokensPerMinute = tokensPerMinute
            self.itemsPerMinute = itemsPerMinute
        }
    }

    /// What requests use.
    public struct Cost: Sendable, Equatable {
        public var requests: Int
        public var tokens: Int
        public var items: Int

        public init(requests: Int = 1, tokens: Int = 0, items: Int = 0) {
            self.requests = requests
            self.tokens = tokens
            self.items = items
        }

        public static let zero = Cost(requests: 0)
    }

    /// What an answer said about the budget.
    public struct Observation: Sendable, Equatable {
        public var remainingRequests: Int?
        public var remainingTokens: Int?
        /// Until ``remainingRequests`` is whole again.
        public var resetRequests: Duration?
        public var resetTokens: Duration?
        /// A minute's worth, where the answer says it.
        public var limitRequests: Int?
        public var limitTokens: Int?
        /// The answer was a refusal for want of budget.
        public var refused: Bool
        public var retryAfter: Duration?

        public init(
            remainingRequests: Int? = nil,
            remainingTokens: Int? = nil,
            resetRequests: Duration? = nil,
            resetTokens: Duration? = nil,
            limitRequests: Int? = nil,
            limitTokens: Int? = nil,
            refused: Bool = false,
            retryAfter: Duration? = nil
        ) {
            self.remainingRequests = remainingRequests
            self.remainingTokens = remainingTokens
            self.resetRequests = resetRequests
            self.resetTokens = resetTokens
            self.limitRequests = limitRequests
            self.limitTokens = limitTokens
            self.refused = refused
            self.retryAfter = retryAfter
        }
    }

    /// Seconds' worth of a rate that a bucket holds.
    public static let burst = 2.0
    /// How long a share may be spent, and how old a process's knowledge of the budget may be when it sends a request.
    public static let shareLife = 1.0
    /// How far ahead of the present a process may reserve.
    public static let horizon = 3.0
    /// How long slots stay with a process that is not heard of any more.
    public static let slotLease = 5.0

    /// The wait after a refusal that names none; it grows with each refusal until an answer comes.
    private static let defaultPause = Backoff(base: .milliseconds(500), maximum: .seconds(60), jitter: 0)
    /// However long it asks, once an hour somebody sees whether it is over.
    private static let longestPause = 3600.0

    /// One process's place among the requests in flight.
    private struct Holder: Sendable, Equatable, Codable {
        var slots: Int
        var wanted: Int
        /// Since when it has had any.
        var since: Double
        var until: Double
    }

    private var levels: [Dimension: Double] = [:]
    /// Rates that the service itself names in its answers, for those that the provider file leaves open.
    private var learned = Rates()
    private var filledAt: Double?
    private var pausedUntil = 0.0
    /// In a row.
    private var refusals = 0
    private var holders: [String: Holder] = [:]
    /// The share of the rates in use: lowered by a refusal, regained with each answer.
    public private(set) var pace = 1.0

    public init() {}

    /// One process says what it has learned and left over, and takes what it needs next.
    public mutating func exchange(_ offer: BudgetOffer, policy: BudgetPolicy, at now: Double) -> BudgetTerms {
        self.learn(offer.observation)
        let rates = self.rates(policy)
        self.refill(rates, at: now)
        self.give(offer.unspent, rates: rates)
        self.observe(offer, at: now)
        let slots = self.slots(offer, policy: policy, at: now)
        var terms = BudgetTerms(slots: slots, pause: max(0, self.pausedUntil - now), rates: rates)
        guard offer.needs != .zero else { return terms }
        (terms.wait, terms.isGranted) = self.reserve(offer.needs, isUrgent: offer.isUrgent, rates: rates, at: now)
        return terms
    }

    // MARK: Buckets

    private enum Dimension: String, Sendable, Codable, CodingKeyRepresentable, CaseIterable {
        case requests, tokens, items

        func rate(_ rates: Rates) -> Double? {
            let perMinute: Double? =
                switch self {
                case .requests: rates.requestsPerMinute
                case .tokens: rates.tokensPerMinute
                case .items: rates.itemsPerMinute
                }
            return perMinute.flatMap { $0 > 0 ? $0 / 60 : nil }
        }

        func amount(_ cost: Cost) -> Double {
            switch self {
            case .requests: Double(cost.requests)
            case .tokens: Double(cost.tokens)
            case .items: Double(cost.items)
            }
        }
    }

    private static func capacity(_ rate: Double) -> Double { max(1, rate * Self.burst) }

    private func rates(_ policy: BudgetPolicy) -> Rates {
        Rates(
            requestsPerMinute: policy.rates.requestsPerMinute ?? self.learned.requestsPerMinute,
            tokensPerMinute: policy.rates.tokensPerMinute ?? self.learned.tokensPerMinute,
            itemsPerMinute: policy.rates.itemsPerMinute
        )
    }

    private mutating func refill(_ rates: Rates, at now: Double) {
        let seconds = max(0, now - (self.filledAt ?? now))
        self.filledAt = max(now, self.filledAt ?? now)
        for dimension in Dimension.allCases {
            guard let rate = dimension.rate(rates) else {
                self.levels[dimension] = nil
                continue
            }
            let capacity = Self.capacity(rate)
            self.levels[dimension] = min(capacity, (self.levels[dimension] ?? capacity) + rate * seconds * self.pace)
        }
    }

    private mutating func give(_ cost: Cost, rates: Rates) {
        for dimension in Dimension.allCases {
            guard let rate = dimension.rate(rates), let level = self.levels[dimension] else { continue }
            self.levels[dimension] = min(Self.capacity(rate), level + max(0, dimension.amount(cost)))
        }
    }

    /// Takes `cost` where the wait for it is within the horizon; then it has its place in line, so that large requests are not
    /// overtaken for ever by small ones.
    ///
    /// What people wait for does not wait for what is reserved ahead, only for what has gone.
    private mutating func reserve(_ cost: Cost, isUrgent: Bool, rates: Rates, at now: Double) -> (wait: Double, granted: Bool) {
        var wait = 0.0
        for dimension in Dimension.allCases {
            guard let rate = dimension.rate(rates), let level = self.levels[dimension] else { continue }
            let missing = min(dimension.amount(cost), Self.capacity(rate)) - level - (isUrgent ? rate * Self.horizon : 0)
            if missing > 0 { wait = max(wait, missing / (rate * self.pace)) }
        }
        let pause = max(0, self.pausedUntil - now)
        guard pause == 0, wait <= Self.horizon else { return (max(wait, pause), false) }
        for dimension in Dimension.allCases {
            self.levels[dimension] = self.levels[dimension].map { $0 - dimension.amount(cost) }
        }
        return (wait, true)
    }

    // MARK: Learning

    private mutating func learn(_ observation: Observation?) {
        if let limit = observation?.limitRequests, limit > 0 { self.learned.requestsPerMinute = Double(limit) }
        if let limit = observation?.limitTokens, limit > 0 { self.learned.tokensPerMinute = Double(limit) }
    }

    private mutating func observe(_ offer: BudgetOffer, at now: Double) {
        if offer.answers > 0 {
            self.refusals = 0
            for _ in 0..<min(offer.answers, 64) where self.pace < 1 { self.pace = min(1, self.pace * 1.05) }
        }
        guard let observation = offer.observation else { return }
        let said: [(Dimension, Int?, Duration?)] = [
            (.requests, observation.remainingRequests, observation.resetRequests),
            (.tokens, observation.remainingTokens, observation.resetTokens),
        ]
        for case (let dimension, let remaining?, let reset) in said {
            // Less than nothing is not left: a level far below it would never be made up for.
            self.levels[dimension] = self.levels[dimension].map { min($0, Double(max(0, remaining))) }
            if remaining <= 0, let reset { self.pause(reset.seconds, at: now) }
        }
        guard observation.refused else { return }
        // Requests that were out together are refused together: only the first one counts.
        if self.pausedUntil <= now {
            self.refusals += 1
            self.pace = max(1.0 / 16, self.pace * (self.refusals == 1 ? 0.75 : 0.5))
        }
        // "At once", or a moment that is over by our clock, is no answer to when.
        let asked = observation.retryAfter.flatMap { $0 > .zero ? $0 : nil }
        self.pause((asked ?? Self.defaultPause.delay(after: self.refusals, random: 0.5)).seconds, at: now)
    }

    private mutating func pause(_ seconds: Double, at now: Double) {
        self.pausedUntil = max(self.pausedUntil, now + min(max(0, seconds), Self.longestPause))
    }

    // MARK: Slots

    private mutating func slots(_ offer: BudgetOffer, policy: BudgetPolicy, at now: Double) -> Int {
        self.holders = self.holders.filter { $0.value.until > now || $0.key == offer.process }
        let mine = self.holders.removeValue(forKey: offer.process)
        guard offer.slots > 0 || offer.out > 0 else { return 0 }
        // Refused again right after the last wait: one request at a time asks whether it is over.
        let limit = self.refusals >= 2 ? 1 : max(1, policy.concurrency)
        let free = max(0, limit - self.holders.values.reduce(0) { $0 + $1.slots })
        let fair = limit / (self.holders.count + 1)
        var granted = min(offer.slots, free)
        let isStarving = self.holders.values.contains { $0.slots < min($0.wanted, max(1, fair)) }
        if isStarving {
            granted = min(granted, max(1, fair))
            // Fewer slots than processes: they take turns.
            if fair == 0, let mine, mine.slots > 0, now - mine.since > Self.shareLife { granted = 0 }
        }
        // What is out cannot be called back.
        let held = max(granted, offer.out)
        let since = mine.map { $0.slots > 0 && granted > 0 ? $0.since : now } ?? now
        self.holders[offer.process] = Holder(slots: held, wanted: offer.slots, since: since, until: now + Self.slotLease)
        return granted
    }
}
