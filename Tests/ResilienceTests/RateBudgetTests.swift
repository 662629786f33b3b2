import Foundation
import Resilience
import Testing

struct RateBudgetTests {
    private func take(
        _ cost: RateBudget.Cost,
        from budget: inout RateBudget,
        _ policy: BudgetPolicy,
        process: String = "a",
        isUrgent: Bool = false,
        at now: Double
    ) -> BudgetTerms {
        budget.exchange(BudgetOffer(process: process, slots: 1, needs: cost, isUrgent: isUrgent), policy: policy, at: now)
    }

    @Test("Each reservation takes its place in line, so a large one is not overtaken for ever")
    func line() {
        var budget = RateBudget()
        let policy = BudgetPolicy(rates: .init(tokensPerMinute: 600), concurrency: 9)
        #expect(self.take(.init(tokens: 20), from: &budget, policy, at: 0).wait == 0)
        let large = self.take(.init(tokens: 15), from: &budget, policy, at: 0)
        let small = self.take(.init(tokens: 1), from: &budget, policy, at: 0)
        #expect(large.isGranted && abs(large.wait - 1.5) < 0.01)
        #expect(small.isGranted && small.wait > large.wait)
    }

    @Test("A cost beyond the bucket goes when the bucket is full, instead of never, and is made up for")
    func oversized() {
        var budget = RateBudget()
        let policy = BudgetPolicy(rates: .init(tokensPerMinute: 60), concurrency: 9)
        #expect(self.take(.init(tokens: 1000), from: &budget, policy, at: 0).isGranted)
        let next = self.take(.init(tokens: 1), from: &budget, policy, at: 0)
        #expect(!next.isGranted && next.wait > 900)
    }

    @Test("What somebody waits for does not wait for what others have reserved ahead, and is counted all the same")
    func urgent() {
        var budget = RateBudget()
        let policy = BudgetPolicy(rates: .init(tokensPerMinute: 6000), concurrency: 9)
        _ = self.take(.init(tokens: 200), from: &budget, policy, at: 0)
        _ = self.take(.init(tokens: 200), from: &budget, policy, at: 0)
        #expect(self.take(.init(tokens: 10), from: &budget, policy, isUrgent: true, at: 0).wait == 0)
        #expect(abs(self.take(.init(tokens: 10), from: &budget, policy, at: 0).wait - 2.2) < 0.01)
    }

    @Test("A refusal pauses all processes for as long as it asks, and grows where it asks for nothing")
    func refusal() {
        var budget = RateBudget()
        let policy = BudgetPolicy(concurrency: 9)
        func refused(_ wait: Duration?, at now: Double) -> Double {
            budget.exchange(
                BudgetOffer(process: "a", slots: 1, observation: .init(refused: true, retryAfter: wait)),
                policy: policy,
                at: now
            ).pause
        }
        #expect(refused(.seconds(7), at: 0) == 7)
        #expect(self.take(.init(), from: &budget, policy, process: "b", at: 3).pause == 4)
        #expect(!self.take(.init(), from: &budget, policy, process: "b", at: 3).isGranted)
        #expect(self.take(.init(), from: &budget, policy, process: "b", at: 7).isGranted)
        let pauses = [10.0, 20, 40].map { refused(nil, at: $0) }
        #expect(pauses == pauses.sorted() && pauses[2] > pauses[0])
        // "At once", or a moment that is over, asks for nothing.
        #expect(refused(.zero, at: 90) >= pauses[0])
        // Refused again and again: one request asks whether it is over, whatever is wanted.
        #expect(budget.exchange(BudgetOffer(process: "b", slots: 5), policy: policy, at: 100).slots == 1)
        _ = budget.exchange(BudgetOffer(process: "a", slots: 0, answers: 1), policy: policy, at: 101)
        #expect(budget.exchange(BudgetOffer(process: "b", slots: 5), policy: policy, at: 101).slots == 5)
    }

    @Test("Answers lower the budget to what they have left, stop it where that is nothing, and teach rates that no file declares")
    func headers() {
        var budget = RateBudget()
        let policy = BudgetPolicy(concurrency: 9)
        let learned = budget.exchange(
            BudgetOffer(process: "a", slots: 1, observation: .init(remainingTokens: 500, limitTokens: 60_000)),
            policy: policy,
            at: 0
        )
        #expect(learned.rates.tokensPerMinute == 60_000)
        #expect(abs(self.take(.init(tokens: 1000), from: &budget, policy, at: 0).wait - 0.5) < 0.01)
        let spent = budget.exchange(
            BudgetOffer(process: "a", slots: 1, observation: .init(remainingRequests: 0, resetRequests: .seconds(12))),
            policy: policy,
            at: 1
        )
        #expect(spent.pause == 12)
    }

    @Test("An answer that says that less than nothing is left stops nobody for longer than one that says nothing is")
    func lessThanNothing() {
        var budget = RateBudget()
        let policy = BudgetPolicy(rates: .init(requestsPerMinute: 60), concurrency: 9)
        _ = budget.exchange(
            BudgetOffer(process: "a", slots: 1, observation: .init(remainingRequests: .min)),
            policy: policy,
            at: 0
        )
        #expect(self.take(.init(), from: &budget, policy, at: 1.5).wait <= 1)
    }

    @Test("Slots are shared evenly, come back when they are given up, and when their process is not heard of any more")
    func slots() {
        var budget = RateBudget()
        let policy = BudgetPolicy(concurrency: 6)
        func slots(_ process: String, wants: Int, out: Int = 0, at now: Double) -> Int {
            budget.exchange(BudgetOffer(process: process, slots: wants, out: out), policy: policy, at: now).slots
        }
        #expect(slots("a", wants: 9, at: 0) == 6)
        #expect(slots("b", wants: 9, at: 0.1) == 0)
        #expect(slots("a", wants: 9, out: 5, at: 0.5) == 3)
        #expect(slots("b", wants: 9, at: 0.6) == 1)
        #expect(slots("a", wants: 9, out: 3, at: 1) == 3)
        #expect(slots("b", wants: 9, at: 1.1) == 3)
        #expect(slots("a", wants: 0, at: 1.2) == 0)
        #expect(slots("b", wants: 9, at: 1.3) == 6)
        // b dies.
        #expect(slots("c", wants: 2, at: 2) == 0)
        #expect(slots("c", wants: 2, at: 1.3 + RateBudget.slotLease) == 2)
    }

    @Test("Fewer slots than processes go round")
    func turns() {
        var budget = RateBudget()
        let policy = BudgetPolicy(concurrency: 1)
        var turns: [String: Int] = [:]
        for step in 0..<300 {
            let process = ["a", "b", "c"][step % 3]
            let terms = budget.exchange(BudgetOffer(process: process, slots: 2), policy: policy, at: Double(step) / 6)
            if terms.slots > 0 { turns[process, default: 0] += 1 }
        }
        #expect(turns.count == 3 && turns.values.allSatisfy { $0 > 15 }, "\(turns)")
    }

    @Test("It survives being written down")
    func coding() throws {
        var budget = RateBudget()
        let policy = BudgetPolicy(rates: .init(requestsPerMinute: 60), concurrency: 2)
        _ = self.take(.init(), from: &budget, policy, at: 1_764_000_000)
        _ = budget.exchange(
            BudgetOffer(process: "b", slots: 2, observation: .init(limitTokens: 7, refused: true)),
            policy: policy,
            at: 1_764_000_001.25
        )
        #expect(try JSONDecoder().decode(RateBudget.self, from: try JSONEncoder().encode(budget)) == budget)
    }
}
