import Resilience
import Testing

@Suite("Processes that share one budget", .serialized)
struct BudgetDeskTests {
    @Test(
        "However many processes there are, no minute exceeds the rates by more than the stated twentieth, and nearly all is used",
        arguments: 1...4 as ClosedRange<UInt64>
    )
    func rates(seed: UInt64) {
        var random = Seeded(state: seed)
        let processes = Int.random(in: 2...5, using: &random)
        let requests = Double(Int.random(in: 60...600, using: &random))
        let largest = Int.random(in: 100...4000, using: &random)
        let tokens = requests * Double(largest) * Double.random(in: 0.2...1, using: &random)
        let policy = BudgetPolicy(
            rates: .init(requestsPerMinute: requests, tokensPerMinute: tokens),
            concurrency: Int.random(in: 2...24, using: &random)
        )
        var simulation = BudgetSimulation(processes: processes, policy: policy, seed: seed) { random in
            .init(requests: 1, tokens: .random(in: 1...largest, using: &random))
        }
        for process in 0..<processes {
            for _ in 0..<4 { simulation.lane(process, payer: "t") }
        }
        simulation.run(until: 100)
        let share = (60 + RateBudget.burst + RateBudget.shareLife) / 60
        #expect(Double(simulation.most(\.requests)) <= requests * share + 1)
        #expect(Double(simulation.most(\.tokens)) <= tokens * share + Double(largest))
        #expect(simulation.mostOut <= policy.concurrency)
        // Whichever limit is met first is used up, be it the rates or the slots at 0.16 s a request.
        let sent = Double(simulation.sent.count)
        let mean = Double(simulation.sent.reduce(0) { $0 + $1.cost.tokens }) / sent
        let lanes = Double(min(policy.concurrency, processes * 4))
        let possible = min(requests * 100 / 60, tokens * 100 / 60 / mean, lanes * 100 / 0.16)
        #expect(sent >= possible * 0.85, "\(sent) of \(possible)")
        // A second for a process, or each time when a request is larger than what goes in a second.
        #expect(Double(simulation.exchanges) <= Double(processes) * 100 * 12)
    }

    @Test("Without declared rates the database is asked about twice a second, not for each request")
    func exchanges() {
        var simulation = BudgetSimulation(processes: 1, policy: BudgetPolicy(concurrency: 8), seed: 1) { _ in .init() }
        for _ in 0..<8 { simulation.lane(0, payer: "t") }
        simulation.run(until: 20)
        #expect(simulation.sent.count > 800)
        #expect(simulation.exchanges < 50)
    }

    @Test("What one process is refused holds all processes back within a second, and for as long as it was asked")
    func refusal() {
        var simulation = BudgetSimulation(processes: 5, policy: BudgetPolicy(concurrency: 20), seed: 3) { _ in .init() }
        simulation.refuses = { (10.0..<10.02).contains($0) ? .seconds(8) : nil }
        for process in 0..<5 { for _ in 0..<4 { simulation.lane(process, payer: "t") } }
        simulation.run(until: 30)
        let refused = simulation.refusedAt.first ?? .nan
        #expect(refused >= 10 && refused < 10.1)
        let late = simulation.sent.filter { $0.at > refused + RateBudget.shareLife && $0.at < refused + 7.9 }
        #expect(late.isEmpty)
        #expect(simulation.sent.contains { $0.at > refused + 8 && $0.at < refused + 9 })
    }

    @Test("The slots of a process that dies are the others' after its lease")
    func crash() {
        var simulation = BudgetSimulation(processes: 2, policy: BudgetPolicy(concurrency: 10), seed: 5) { _ in .init() }
        for process in 0..<2 { for _ in 0..<10 { simulation.lane(process, payer: "t") } }
        simulation.crash(0, at: 10)
        simulation.run(until: 30)
        func rate(_ from: Double, _ to: Double) -> Double {
            Double(simulation.sent.filter { $0.process == 1 && $0.at >= from && $0.at < to }.count) / (to - from)
        }
        #expect(rate(20, 30) > rate(2, 10) * 1.7)
        #expect(!simulation.sent.contains { $0.process == 0 && $0.at > 10 })
    }

    @Test("Of two tenants, one with many requests and one with few, each gets its part of a scarce budget")
    func fairness() {
        let policy = BudgetPolicy(rates: .init(requestsPerMinute: 300), concurrency: 8)
        var simulation = BudgetSimulation(processes: 1, policy: policy, seed: 7) { _ in .init(requests: 1, tokens: 10) }
        for _ in 0..<30 { simulation.lane(0, payer: "large") }
        for _ in 0..<4 { simulation.lane(0, payer: "small") }
        simulation.run(until: 60)
        let small = simulation.sent.filter { $0.payer == "small" }.count
        #expect(Double(small) > Double(simulation.sent.count) * 0.4, "\(small) of \(simulation.sent.count)")
    }

    @Test("A budget that stays shut turns requests away with the time to come again, and none goes")
    func patience() {
        var desk = BudgetDesk(process: "p", policy: BudgetPolicy(concurrency: 1), patience: 30)
        let ticket = desk.arrive(.init(), payer: "t", isUrgent: false, at: 0)
        let asked = desk.steps(at: 0).steps
        guard case .exchange(let offer)? = asked.first else {
            Issue.record("it asks first: \(asked)")
            return
        }
        #expect(asked.count == 1 && offer.slots == 1)
        desk.exchanged(BudgetTerms(slots: 1, pause: 45), asked: 0, at: 0)
        #expect(desk.steps(at: 0).steps == [.turnAway(ticket, retryAfter: 45)])
    }

    @Test("Somebody who waits for an answer goes before what nobody waits for")
    func urgency() {
        var desk = BudgetDesk(process: "p", policy: BudgetPolicy(concurrency: 1), patience: 30)
        _ = desk.arrive(.init(), payer: "t", isUrgent: false, at: 0)
        let urgent = desk.arrive(.init(), payer: "u", isUrgent: true, at: 0)
        _ = desk.steps(at: 0)
        desk.exchanged(BudgetTerms(slots: 1), asked: 0, at: 0)
        #expect(desk.steps(at: 0).steps.first == .admit(urgent))
    }

    @Test("A limiter that cannot reach its ledger lets nothing go, and says when to come again")
    func unreachable() async {
        struct Away: Error {}
        struct AwayLedger: BudgetLedger {
            func exchange(_: BudgetOffer, account: String, policy: BudgetPolicy) async throws -> BudgetTerms { throw Away() }
        }
        let limiter = SharedRateLimiter(
            account: "a",
            policy: BudgetPolicy(concurrency: 1),
            ledger: AwayLedger(),
            process: "p",
            patience: .milliseconds(300)
        )
        await #expect(throws: RateLimitReached.self) { try await limiter.admit(.init(), payer: "t", isUrgent: false) }
    }

    @Test("A process that ends gives its slots back at once")
    func closing() async throws {
        let ledger = LocalBudgetLedger()
        let policy = BudgetPolicy(concurrency: 1)
        let first = SharedRateLimiter(account: "a", policy: policy, ledger: ledger, process: "p")
        try await first.admit(.init(), payer: "t", isUrgent: false)
        await first.ended(.init())
        await first.close()
        await #expect(throws: CancellationError.self) { try await first.admit(.init(), payer: "t", isUrgent: false) }
        let second = SharedRateLimiter(account: "a", policy: policy, ledger: ledger, process: "q")
        let started = ContinuousClock.now
        try await second.admit(.init(), payer: "t", isUrgent: false)
        #expect(ContinuousClock.now - started < .seconds(1))
    }

    @Test("Who is cancelled while waiting leaves the line, and the next goes")
    func cancellation() async throws {
        let limiter = SharedRateLimiter(
            account: "a",
            policy: BudgetPolicy(concurrency: 1),
            ledger: LocalBudgetLedger(),
            process: "p"
        )
        try await limiter.admit(.init(), payer: "t", isUrgent: false)
        let waiting = Task { try await limiter.admit(.init(), payer: "t", isUrgent: false) }
        let next = Task { try await limiter.admit(.init(), payer: "u", isUrgent: false) }
        try await Task.sleep(for: .milliseconds(50))
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        await limiter.ended(nil)
        try await next.value
    }
}
