/// One process's dealings with the budget of one account, as a pure machine: who goes next, when to ask for more, whom to turn away.
///
/// A driver reports what happens (``arrive(_:payer:isUrgent:at:)``, ``ended(_:at:)``, ``exchanged(_:asked:at:)`` …), and after each
/// report does what ``steps(at:)`` says. Times are seconds of the driver's monotonic clock.
///
/// What it defends: nothing goes on knowledge older than ``RateBudget/shareLife``, so that a refusal of one process holds all back
/// within a second; nothing goes beyond the slots and the share that were granted; of those who wait, the payer goes first for whom
/// the least has gone so far.
public struct BudgetDesk: Sendable {
    public enum Step: Sendable, Equatable {
        /// The request with this ticket may go.
        case admit(Int)
        /// It would have to wait for too long.
        case turnAway(Int, retryAfter: Double)
        /// Exchange this with the ledger, and report by ``exchanged(_:asked:at:)`` or ``exchangeFailed(_:at:)``.
        case exchange(BudgetOffer)
    }

    private struct Ticket: Sendable {
        var id: Int
        var cost: RateBudget.Cost
        var payer: String
        var isUrgent: Bool
        var arrived: Double
        var deadline: Double
    }

    private struct Share: Sendable {
        var cost: RateBudget.Cost
        var from: Double
        var until: Double
    }

    /// Seconds after which somebody who waits for an answer is better told that there is none.
    public static let urgentPatience = 3.0
    /// Seconds that this process rests after a refusal, until it knows what the others have been told.
    private static let shortestPause = 0.25

    private let process: String
    private let policy: BudgetPolicy
    private let patience: Double
    private var rates: RateBudget.Rates

    private var waiting: [Ticket] = []
    private var lastTicket = 0
    /// What has gone for each payer, since they compete.
    private var served: [String: Double] = [:]
    private var out = 0
    private var slots = 0
    private var shares: [Share] = []
    private var knownAt = -Double.infinity
    private var pausedUntil = -Double.infinity
    private var isAsking = false
    private var asked = RateBudget.Cost.zero
    private var nextAsk = -Double.infinity
    /// When what was asked for in vain may be had.
    private var hopeAt = -Double.infinity
    private var failures = 0
    /// Since when nothing is out and nobody waits.
    private var idleSince: Double?
    /// Spent in the running second, and in the one before it.
    private var recent = (second: -1.0, now: RateBudget.Cost.zero, before: RateBudget.Cost.zero)

    // What the ledger is to be told.
    private var answers = 0
    private var observation: RateBudget.Observation?
    private var unspent = RateBudget.Cost.zero

    /// - Parameter patience: seconds that a request is held back at most.
    public init(process: String, policy: BudgetPolicy, patience: Double) {
        self.process = process
        self.policy = policy
        self.rates = policy.rates
        self.patience = patience
    }

    // MARK: What happens

    /// - Returns: the request's ticket.
    public mutating func arrive(_ cost: RateBudget.Cost, payer: String, isUrgent: Bool, at now: Double) -> Int {
        self.lastTicket += 1
        // Who comes anew is owed nothing for the time before.
        let least = self.waiting.compactMap { self.served[$0.payer] }.min()
        if !self.waiting.contains(where: { $0.payer == payer }) {
            self.served[payer] = max(self.served[payer] ?? 0, least ?? 0)
            if least == nil, self.out == 0 { self.served = [payer: 0] }
        }
        let patience = isUrgent ? min(self.patience, Self.urgentPatience) : self.patience
        self.waiting.append(
            Ticket(
                id: self.lastTicket,
                cost: cost,
                payer: payer,
                isUrgent: isUrgent,
                arrived: now,
                deadline: now + patience
            )
        )
        self.idleSince = nil
        return self.lastTicket
    }

    /// The request with this ticket does not wait any more.
    public mutating func leave(_ ticket: Int, at now: Double) {
        self.waiting.removeAll { $0.id == ticket }
        self.noteIdle(at: now)
    }

    /// A request that was admitted has ended.
    public mutating func ended(_ observation: RateBudget.Observation?, at now: Double) {
        self.out = max(0, self.out - 1)
        self.noteIdle(at: now)
        guard let observation else { return }
        if observation.refused {
            // For this process at once; for the others, with the next exchange.
            let pause = max(observation.retryAfter?.seconds ?? 0, Self.shortestPause)
            self.pausedUntil = max(self.pausedUntil, now + pause)
            self.nextAsk = min(self.nextAsk, now)
        } else {
            self.answers += 1
        }
        self.observation = Self.merged(self.observation, observation)
    }

    public mutating func exchanged(_ terms: BudgetTerms, asked askedAt: Double, at now: Double) {
        self.isAsking = false
        self.failures = 0
        self.rates = terms.rates
        self.slots = terms.slots
        self.knownAt = askedAt
        self.pausedUntil = terms.pause > 0 ? max(self.pausedUntil, now + terms.pause) : self.pausedUntil
        self.hopeAt = -.infinity
        self.nextAsk = now
        if terms.isGranted {
            let from = now + terms.wait
            self.shares.append(Share(cost: self.asked, from: from, until: from + RateBudget.shareLife))
        } else if self.asked != .zero {
            self.hopeAt = now + terms.wait
            self.nextAsk = now + min(max(terms.wait - RateBudget.horizon, 0.05), RateBudget.shareLife / 2)
        }
        // All slots are others': they are asked for again, not too often.
        if terms.slots <= self.out, !self.waiting.isEmpty { self.nextAsk = max(self.nextAsk, now + 0.1) }
        self.asked = .zero
    }

    /// The ledger cannot be reached: what was learned is told again. What was to be given back may have been, and counts as spent.
    public mutating func exchangeFailed(_ offer: BudgetOffer, at now: Double) {
        self.isAsking = false
        self.failures += 1
        self.asked = .zero
        self.answers += offer.answers
        self.observation = offer.observation.map { Self.merged(self.observation, $0) } ?? self.observation
        self.nextAsk = now + min(2, 0.1 * Double(1 << min(self.failures, 5)))
    }

    /// The process ends.
    ///
    /// - Returns: what is given back, for the ledger; nil where there is nothing.
    public mutating func close() -> BudgetOffer? {
        guard self.slots > 0 || !self.shares.isEmpty || self.unspent != .zero || self.observation != nil else { return nil }
        for share in self.shares { self.unspent = self.unspent + share.cost }
        let offer = BudgetOffer(
            process: self.process,
            slots: 0,
            unspent: self.unspent,
            answers: self.answers,
            observation: self.observation
        )
        (self.shares, self.unspent, self.slots, self.answers, self.observation) = ([], .zero, 0, 0, nil)
        return offer
    }

    // MARK: What to do

    /// What is to be done now, and when to ask again where nothing happens until then.
    public mutating func steps(at now: Double) -> (steps: [Step], wake: Double?) {
        var steps: [Step] = []
        self.expire(at: now)
        while let position = self.next, self.mayGo(self.waiting[position].cost, at: now) {
            let ticket = self.waiting.remove(at: position)
            self.spend(ticket.cost, at: now)
            self.served[ticket.payer, default: 0] += Double(max(1, ticket.cost.tokens))
            self.out += 1
            steps.append(.admit(ticket.id))
        }
        self.turnAway(at: now, into: &steps)
        if !self.isAsking, now >= self.nextAsk, self.wantsToAsk(at: now) {
            steps.append(.exchange(self.offer(at: now)))
            self.isAsking = true
        }
        return (steps, self.wake(at: now))
    }

    private mutating func turnAway(at now: Double, into steps: inout [Step]) {
        for ticket in self.waiting {
            let known = max(self.pausedUntil, ticket.isUrgent ? -.infinity : self.hopeAt)
            // Where the process itself has had no time to ask since, there is no reason to send anybody away yet.
            let isInformed = self.knownAt >= ticket.arrived || self.failures > 0 || now >= ticket.deadline + self.patience
            guard now >= ticket.deadline && isInformed || known > ticket.deadline else { continue }
            steps.append(.turnAway(ticket.id, retryAfter: max(known - now, RateBudget.shareLife)))
        }
        let gone = Set(
            steps.compactMap { step -> Int? in
                if case .turnAway(let id, _) = step { return id }
                return nil
            }
        )
        if !gone.isEmpty {
            self.waiting.removeAll { gone.contains($0.id) }
            self.noteIdle(at: now)
        }
    }

    /// Whose turn it is.
    private var next: Int? {
        if let urgent = self.waiting.firstIndex(where: \.isUrgent) { return urgent }
        return self.waiting.indices.min { a, b in
            let (first, second) = (self.waiting[a], self.waiting[b])
            let (left, right) = (self.served[first.payer] ?? 0, self.served[second.payer] ?? 0)
            return left == right ? first.id < second.id : left < right
        }
    }

    private func mayGo(_ cost: RateBudget.Cost, at now: Double) -> Bool {
        guard now - self.knownAt <= RateBudget.shareLife, now >= self.pausedUntil, self.out < self.slots else { return false }
        return self.covers(cost, at: now)
    }

    private func covers(_ cost: RateBudget.Cost, at now: Double) -> Bool {
        let ripe = self.shares.filter { $0.from <= now }.reduce(RateBudget.Cost.zero) { $0 + $1.cost }
        return self.limited(cost) <= ripe
    }

    /// Only what is limited has to be granted.
    private func limited(_ cost: RateBudget.Cost) -> RateBudget.Cost {
        RateBudget.Cost(
            requests: self.rates.requestsPerMinute == nil ? 0 : cost.requests,
            tokens: self.rates.tokensPerMinute == nil ? 0 : cost.tokens,
            items: self.rates.itemsPerMinute == nil ? 0 : cost.items
        )
    }

    private mutating func spend(_ cost: RateBudget.Cost, at now: Double) {
        var due = self.limited(cost)
        for index in self.shares.indices where self.shares[index].from <= now {
            let part = due.least(self.shares[index].cost)
            self.shares[index].cost = self.shares[index].cost - part
            due = due - part
        }
        self.shares.removeAll { $0.cost == .zero }
        self.roll(at: now)
        self.recent.now = self.recent.now + cost
    }

    private mutating func roll(at now: Double) {
        let second = now.rounded(.down)
        guard second != self.recent.second else { return }
        self.recent.before = second == self.recent.second + 1 ? self.recent.now : .zero
        self.recent.now = .zero
        self.recent.second = second
    }

    private mutating func expire(at now: Double) {
        for share in self.shares where share.until < now { self.unspent = self.unspent + share.cost }
        self.shares.removeAll { $0.until < now }
    }

    private mutating func noteIdle(at now: Double) {
        if self.out == 0, self.waiting.isEmpty { self.idleSince = self.idleSince ?? now }
    }

    // MARK: Asking

    private func wantsToAsk(at now: Double) -> Bool {
        if self.observation?.refused == true { return true }
        if let idleSince {
            // Everything is given back, once, when it is not needed any more.
            return (self.slots > 0 || !self.shares.isEmpty || self.unspent != .zero) && now - idleSince >= RateBudget.shareLife
        }
        if now - self.knownAt >= RateBudget.shareLife / 2 { return true }
        guard let position = self.next, now >= self.pausedUntil else { return false }
        if self.out >= self.slots { return self.slots < min(self.out + self.waiting.count, self.policy.concurrency) }
        // What is granted already, but not ripe yet, is waited for.
        let granted = self.shares.reduce(RateBudget.Cost.zero) { $0 + $1.cost }
        return !(self.limited(self.waiting[position].cost) <= granted)
    }

    private mutating func offer(at now: Double) -> BudgetOffer {
        var offer = BudgetOffer(
            process: self.process,
            slots: 0,
            out: self.out,
            answers: self.answers,
            observation: self.observation
        )
        if self.idleSince == nil {
            offer.slots = min(self.policy.concurrency, self.out + self.waiting.count + (self.recent.before.requests > 0 ? 1 : 0))
            if now >= self.pausedUntil {
                (self.asked, offer.isUrgent) = self.needs(at: now)
                offer.needs = self.asked
            }
        } else {
            for share in self.shares { self.unspent = self.unspent + share.cost }
            self.shares = []
            self.slots = 0
        }
        offer.unspent = self.unspent
        self.unspent = .zero
        self.answers = 0
        self.observation = nil
        return offer
    }

    /// What those who wait need beyond what is granted; at least as much as lately went in a second, so as not to ask for each.
    private mutating func needs(at now: Double) -> (cost: RateBudget.Cost, isUrgent: Bool) {
        guard let first = self.next.map({ self.waiting[$0] }) else { return (.zero, false) }
        self.roll(at: now)
        let granted = self.shares.reduce(RateBudget.Cost.zero) { $0 + $1.cost }
        if first.isUrgent { return (self.limited(first.cost).less(granted), true) }
        let second = RateBudget.Cost(
            requests: Int(((self.rates.requestsPerMinute ?? 0) / 60).rounded(.down)),
            tokens: Int(((self.rates.tokensPerMinute ?? 0) / 60).rounded(.down)),
            items: Int(((self.rates.itemsPerMinute ?? 0) / 60).rounded(.down))
        )
        let queue = self.waiting.prefix(max(1, self.policy.concurrency)).reduce(RateBudget.Cost.zero) { $0 + $1.cost }
        let wanted = queue.most(self.recent.before).least(second).most(first.cost)
        return (self.limited(wanted).less(granted), false)
    }

    private func wake(at now: Double) -> Double? {
        // Who is past the deadline and stays, because nothing is known yet, is looked at again after twice the patience.
        let deadlines = self.waiting.map { $0.deadline > now ? $0.deadline : $0.deadline + self.patience }
        if self.isAsking { return deadlines.min().map { max($0, now + 0.001) } }
        var times: [Double] = []
        if let idleSince {
            guard self.slots > 0 || !self.shares.isEmpty || self.unspent != .zero else { return nil }
            times.append(max(idleSince + RateBudget.shareLife, self.nextAsk))
        } else {
            times.append(max(self.knownAt + RateBudget.shareLife / 2, self.nextAsk))
            if let position = self.next {
                times += deadlines
                if self.pausedUntil > now { times.append(self.pausedUntil) }
                if self.nextAsk > now { times.append(self.nextAsk) }
                if !self.covers(self.waiting[position].cost, at: now) {
                    times += self.shares.map(\.from).filter { $0 > now }
                }
            }
        }
        // A wake-up a moment too early would find nothing to do and be asked for again at once.
        return times.min().map { max($0, now + 0.001) }
    }

    /// Several answers in one: the least that is left, and whether any was a refusal.
    private static func merged(_ a: RateBudget.Observation?, _ b: RateBudget.Observation) -> RateBudget.Observation {
        guard var merged = a else { return b }
        if let remaining = b.remainingRequests, remaining < merged.remainingRequests ?? .max {
            (merged.remainingRequests, merged.resetRequests) = (remaining, b.resetRequests)
        }
        if let remaining = b.remainingTokens, remaining < merged.remainingTokens ?? .max {
            (merged.remainingTokens, merged.resetTokens) = (remaining, b.resetTokens)
        }
        merged.limitRequests = b.limitRequests ?? merged.limitRequests
        merged.limitTokens = b.limitTokens ?? merged.limitTokens
        merged.refused = merged.refused || b.refused
        if let wait = b.retryAfter { merged.retryAfter = max(merged.retryAfter ?? wait, wait) }
        return merged
    }
}
