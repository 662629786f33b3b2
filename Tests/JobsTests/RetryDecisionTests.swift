import PulseModel
import TestSupport
import Testing

@Suite("Retry decisions")
struct RetryDecisionTests {
    private func decide(
        _ kind: JobFailureKind,
        _ failures: Int,
        job: JobKind = .github,
        after: Duration? = nil,
        random: Double = 0.5
    ) -> RetryDecision {
        RetryDecision(kind: kind, failures: failures, fastRecovery: job.fastRecovery, retryAfter: after, random: random)
    }

    @Test("Three retries double from 300 seconds; then comes the standard tier, then a day")
    func schedule() {
        let decisions = (1...8).map { self.decide(.unavailable, $0) }
        #expect(decisions.prefix(3).map(\.delay) == [.seconds(300), .seconds(600), .seconds(1_200)])
        #expect(decisions.map(\.tier) == [.fast, .fast, .fast, .standard, .standard, .standard, .extended, .extended])
        #expect(decisions[3...5].map(\.delay) == [.seconds(3_600), .seconds(7_200), .seconds(14_400)])
        #expect(decisions[6].delay == .seconds(86_400))
    }

    @Test(
        "What a person must mend is not tried again by itself",
        arguments: [JobFailureKind.authentication, .permission, .dataFormat, .configuration]
    )
    func permanent(_ kind: JobFailureKind) {
        #expect(self.decide(kind, 1).tier == .manual)
        #expect(self.decide(kind, 1).delay == nil)
    }

    @Test("With any jitter, each tier keeps its limits, and the fast one the job's own")
    func limits() throws {
        var random = SeededRandom(seed: 7)
        for _ in 0..<2_000 {
            let failures = Int.random(in: 1...20, using: &random)
            let job = Bool.random(using: &random) ? JobKind.github : .jira
            let kind = JobFailureKind.allCases.filter(\.isTransient).randomElement(using: &random) ?? .timeout
            let decision = self.decide(kind, failures, job: job, random: Double.random(in: 0..<1, using: &random))
            let delay = try #require(decision.delay)
            switch decision.tier {
            case .fast: #expect(delay >= .seconds(300) && delay <= job.fastRecovery)
            case .standard: #expect(delay >= .seconds(3_600) && delay <= .seconds(14_400))
            case .extended: #expect(delay >= .seconds(86_400 * 0.79) && delay <= .seconds(86_400 * 1.21))
            case .manual: Issue.record("a transient error waits for a person")
            }
        }
    }

    @Test("What the source asks for is kept, also beyond a tier's limit")
    func retryAfter() {
        #expect(self.decide(.rateLimited, 1, after: .seconds(7_000)).delay == .seconds(7_000))
        #expect(self.decide(.rateLimited, 1, after: .seconds(10)).delay == .seconds(300))
    }

    @Test("Jitter spreads retries of many jobs")
    func jitter() {
        let delays = Set((0..<20).map { self.decide(.timeout, 2, random: Double($0) / 20).delay })
        #expect(delays.count == 20)
    }
}
