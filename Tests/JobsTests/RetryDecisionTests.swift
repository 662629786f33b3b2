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

    @Test("Three retries double from about 300 seconds; then comes the standard tier, then a day")
    func schedule() {
        let decisions = (1...8).map { self.decide(.unavailable, $0) }
        #expect(decisions.prefix(3).map(\.delay) == [.seconds(360), .seconds(600), .seconds(1_200)])
        #expect(decisions.map(\.tier) == [.fast, .fast, .fast, .standard, .standard, .standard, .extended, .extended])
        #expect(decisions[3...5].map(\.delay) == [.seconds(4_320), .seconds(7_200), .seconds(11_520)])
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

    @Test("What the source asks for is kept, also beyond a tier's limit, but for no longer than about a day")
    func retryAfter() {
        for kind in [JobFailureKind.rateLimited, .unavailable] {
            #expect(self.decide(kind, 1, after: .seconds(7_000), random: 0).delay == .seconds(7_000))
            #expect(self.decide(kind, 1, after: .seconds(7_000), random: 0.5).delay == .seconds(7_700))
            #expect(self.decide(kind, 1, after: .seconds(10), random: 0).delay == .seconds(300))
            let absurd = self.decide(kind, 1, after: .seconds(1_800_000_000_000), random: 0)
            #expect(absurd.delay == .seconds(86_400))
            #expect(absurd.reason.hasSuffix("as the source asked"))
        }
    }

    @Test("A source's limit costs time, however often it is met, and no attempt")
    func limitsCostTime() {
        for failures in 1...20 {
            let decision = self.decide(.rateLimited, failures, random: 0)
            #expect(decision.delay == .seconds(300))
            #expect(!decision.isCounted)
            #expect(self.decide(.unavailable, failures).isCounted)
        }
    }

    @Test("Jitter spreads the retries of many jobs that fail at once, in every tier, over a sixth of the delay and more")
    func jitter() throws {
        for kind in [JobFailureKind.timeout, .rateLimited] {
            for after in [nil, Duration.seconds(200), .seconds(5_000), .seconds(90_000)] {
                for failures in 1...8 {
                    let delays = try (0..<100).map {
                        try #require(self.decide(kind, failures, after: after, random: Double($0) / 100).delay)
                    }
                    #expect(Set(delays).count == 100)
                    #expect(delays == delays.sorted())
                    #expect(delays[99] - delays[0] > delays[0] * 0.15)
                }
            }
        }
    }
}
