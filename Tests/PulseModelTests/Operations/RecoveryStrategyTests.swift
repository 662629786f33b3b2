import Foundation
import PulseModel
import TestSupport
import Testing

@Suite("Recovery strategies from memory")
struct RecoveryStrategyTests {
    private func evidence(
        _ similarity: Double = 1,
        passed: Int = 0,
        mended: Int = 0,
        resolution: String? = nil
    ) -> FailureEvidence {
        FailureEvidence(
            fingerprint: "f\(similarity)",
            similarity: similarity,
            errorType: "timeout",
            service: "github_job",
            issue: "no answer",
            selfHealed: passed,
            healedByHand: mended,
            resolution: resolution,
            resolvedAfter: resolution == nil ? nil : 360
        )
    }

    private let passing = FailureNature(errorType: "timeout", text: "")
    private let lasting = FailureNature(errorType: "authentication", text: "")

    @Test("What passes by itself is tried five times at a doubling pace, with jitter")
    func transient() {
        let strategy = RecoveryStrategy(
            nature: self.passing,
            evidence: [self.evidence(passed: 3, resolution: "by itself: it ran")]
        )
        #expect(strategy.transient > 0.8)
        #expect(strategy.attempts == 5)
        #expect(strategy.factor == 2)
        #expect(strategy.hasJitter)
        #expect(!strategy.isManual)
        #expect(strategy.isFromMemory)
        #expect(strategy.reason.contains("3 of 3 times"))
        #expect(strategy.reason.contains("after 6 min (by itself: it ran)"))
        #expect(strategy.resolution == "by itself: it ran")
    }

    @Test("What only a person mends is tried once")
    func configuration() {
        for strategy in [
            RecoveryStrategy(nature: self.lasting, evidence: []),
            // Even a kind that passes as a rule, where it never did.
            RecoveryStrategy(nature: self.passing, evidence: [self.evidence(mended: 8)]),
        ] {
            #expect(strategy.configuration > 0.7)
            #expect(strategy.attempts == 1)
            #expect(strategy.isManual)
        }
    }

    @Test("Where nothing is sure, three attempts at a slower pace")
    func unsure() {
        for strategy in [
            RecoveryStrategy(nature: .unknown, evidence: []),
            RecoveryStrategy(nature: self.passing, evidence: []),
            RecoveryStrategy(nature: self.lasting, evidence: [self.evidence(passed: 3)]),
            RecoveryStrategy(nature: self.passing, evidence: [self.evidence(passed: 1, mended: 1)]),
        ] {
            #expect(strategy.attempts == 3)
            #expect(strategy.factor == 1.5)
            #expect(!strategy.isManual)
        }
    }

    @Test("Failures that are hardly alike, and those that never ended, say nothing")
    func telling() {
        let alone = RecoveryStrategy(nature: self.passing, evidence: [])
        let same = RecoveryStrategy(
            nature: self.passing,
            evidence: [self.evidence(0.69, mended: 50), self.evidence(0.95), self.evidence(1)]
        )
        #expect(same == alone)
        #expect(!same.isFromMemory)
        #expect(same.reason.contains("nothing like it is remembered"))
    }

    @Test(
        "Probabilities are probabilities, more evidence for one side never lowers it, and order does not matter",
        arguments: 0..<50
    )
    func properties(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let natures = [self.passing, self.lasting, .unknown, FailureNature(errorType: nil, text: "503 from upstream")]
        let nature = natures.randomElement(using: &random) ?? .unknown
        let all = (0..<Int.random(in: 0...6, using: &random)).map { _ in
            self.evidence(
                Double.random(in: 0.5...1, using: &random),
                passed: Int.random(in: 0...30, using: &random),
                mended: Int.random(in: 0...30, using: &random)
            )
        }
        let strategy = RecoveryStrategy(nature: nature, evidence: all)
        #expect((0...1).contains(strategy.transient) && (0...1).contains(strategy.configuration))
        #expect(strategy.transient + strategy.configuration <= 1 + 1e-9)
        #expect(RecoveryStrategy(nature: nature, evidence: all.shuffled(using: &random)) == strategy)
        let more = RecoveryStrategy(nature: nature, evidence: all + [self.evidence(0.99, passed: 5)])
        #expect(more.transient >= strategy.transient)
        #expect(more.configuration <= strategy.configuration)
    }

    @Test(
        "Without a kind, the words of the text are read",
        arguments: [
            ("HTTP 503 from the server", 0.75), ("401 Unauthorized", 0.1), ("something odd", 0.5),
            ("timeout while the key was invalid", 0.5),
        ]
    )
    func words(_ text: String, _ transient: Double) {
        #expect(FailureNature(errorType: nil, text: text).transient == transient)
    }

    // MARK: The decision

    private func decide(_ kind: JobFailureKind, _ failures: Int, _ evidence: [FailureEvidence]) -> RetryDecision {
        RetryDecision(
            kind: kind,
            failures: failures,
            fastRecovery: JobKind.github.fastRecovery,
            strategy: RecoveryStrategy(nature: FailureNature(errorType: kind.rawValue, text: ""), evidence: evidence),
            random: 0.5
        )
    }

    @Test("Memory gives a job more fast retries, or fewer at another pace, and its reason says why")
    func decision() {
        let trusted = (1...6).map { self.decide(.timeout, $0, [self.evidence(passed: 9, resolution: "by itself")]) }
        #expect(trusted.map(\.tier) == [.fast, .fast, .fast, .fast, .fast, .standard])
        #expect(trusted.prefix(3).map(\.delay) == [.seconds(360), .seconds(600), .seconds(1_200)])
        #expect(trusted[1].reason.contains("retry 2 of 5 in 10 min"))
        #expect(trusted[1].reason.contains("9 of 9 times"))
        let unsure = (1...4).map { self.decide(.timeout, $0, [self.evidence(passed: 2, mended: 2)]) }
        #expect(unsure.map(\.tier) == [.fast, .fast, .fast, .standard])
        #expect(unsure.prefix(3).map(\.delay) == [.seconds(360), .seconds(450), .seconds(675)])
    }

    @Test("A failure that passes as a rule, but that only people have ever ended, waits for one")
    func decisionByHand() {
        let decision = self.decide(.unavailable, 1, [self.evidence(mended: 9)])
        #expect(decision.tier == .manual)
        #expect(decision.delay == nil)
        #expect(decision.reason.contains("0 of 9 times"))
    }

    @Test("A memory that holds nothing leaves the decision to the kind")
    func decisionWithoutMemory() {
        for kind in JobFailureKind.allCases {
            for failures in 1...8 {
                let plain = RetryDecision(kind: kind, failures: failures, fastRecovery: .seconds(1_800), random: 0.3)
                let asked = RetryDecision(
                    kind: kind,
                    failures: failures,
                    fastRecovery: .seconds(1_800),
                    strategy: RecoveryStrategy(nature: FailureNature(errorType: kind.rawValue, text: ""), evidence: []),
                    random: 0.3
                )
                #expect(plain == asked)
                #expect(!plain.reason.isEmpty)
            }
        }
    }
}
