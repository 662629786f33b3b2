import Foundation
import PulseModel
import Testing

@testable import Vectorization

@Suite("What a pass has to say to AI operations")
struct PassReportTests {
    private let tenant = UUID()

    private func report() -> PassReport {
        var report = PassReport(tenant: self.tenant, rows: 100)
        report.summary.done = 90
        report.seconds = 0.5
        report.chunks = 150
        report.reused = 30
        report.embedded = 120
        report.tokens = 6_000
        report.requests = 3
        report.provider = "on-device"
        report.batchFill = 0.625
        report.embeddingSeconds = 0.3
        report.calls = [
            PassReport.QdrantCall(operation: "upsert", seconds: 0.02, points: 150),
            PassReport.QdrantCall(operation: "delete", seconds: 0.005, points: 90),
        ]
        return report
    }

    @Test("Every figure of the work is among the measurements, with its unit, run and labels")
    func measurements() {
        var report = self.report()
        for _ in 0..<10 { report.note(.failed(RowFailure(.content, "refused", source: .provider)), of: UUID()) }
        let run = UUID()
        let all = report.measurements(run: run)
        #expect(all.allSatisfy { $0.run == run && $0.metric != nil && $0.value.isFinite })
        var figures: [String: Double] = [:]
        for measurement in all {
            let labels = measurement.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
            figures["\(measurement.name){\(labels)}"] = (measurement.value * 1_000).rounded() / 1_000
        }
        #expect(
            figures == [
                "vectorization_rows{}": 100, "vectorization_pass_seconds{}": 0.5, "embedding_cache_hits{}": 30,
                "vectorization_failure_rate{}": 0.1, "vectorization_rate{size=33+}": 180,
                "qdrant_latency{operation=upsert,size=33+}": 20, "qdrant_latency{operation=delete,size=33+}": 5,
                "embedding_texts{provider=on-device}": 120, "embedding_requests{provider=on-device}": 3,
                "embedding_batch_fill{provider=on-device}": 0.625, "embedding_tokens{provider=on-device,task=document}": 6_000,
                "embedding_rate{provider=on-device,size=33+}": 400,
                "embedding_latency{provider=on-device,size=33+,task=document}": 100, "vectorization_failures{kind=content}": 10,
            ]
        )
    }

    @Test("The record of a run tells the parts of the work, and the failures by kind with their reason")
    func steps() {
        var report = self.report()
        report.summary.failed = 2
        report.databaseSeconds = 0.125
        for _ in 0..<3 { report.note(.failed(RowFailure(.content, "too long", source: .provider)), of: UUID()) }
        report.note(.unknown(reason: "reset", retryAfter: nil), of: UUID())
        let steps = report.steps
        #expect(
            steps.map(\.name) == [
                "rows", "embed", "reuse", "qdrant delete", "qdrant upsert", "failed content", "failed unknown_outcome",
            ]
        )
        #expect(steps.map(\.count) == [90, 120, 30, 90, 150, 0, 0])
        #expect(steps.map(\.failed) == [2, 0, 0, 0, 0, 3, 1])
        #expect(steps.map(\.seconds) == [0.125, 0.3, 0, 0.005, 0.02, 0, 0])
        #expect(steps[5].detail == "too long")
        let twice = steps.adding(steps)
        #expect(twice.map(\.count) == steps.map { $0.count * 2 } && twice.map(\.detail) == steps.map(\.detail))
    }

    @Test("Requests that brought nothing are counted and timed all the same")
    func fruitless() {
        var report = self.report()
        report.embedded = 0
        let names = Set(report.measurements(run: nil).map(\.name))
        #expect(names.isSuperset(of: ["embedding_requests", "embedding_latency"]))
        #expect(names.isDisjoint(with: ["embedding_texts", "embedding_rate", "embedding_batch_fill", "embedding_tokens"]))
        report.requests = 0
        #expect(report.measurements(run: nil).allSatisfy { !$0.name.hasPrefix("embedding_r") && $0.name != "embedding_latency" })
    }

    @Test("A failure of a part is over when the part works, one of rows when they go through")
    func subjects() {
        var report = self.report()
        let row = UUID()
        report.note(.failed(RowFailure(.content, "refused", source: .provider)), of: row)
        report.note(.failed(RowFailure(.rateLimited, "wait", retryAfter: .seconds(7), source: .provider)), of: UUID())
        report.note(.unknown(reason: "reset", retryAfter: .seconds(9)), of: UUID())
        report.note(.failed(RowFailure(.unavailable, "no answer", source: .database)), of: UUID())
        report.note(.released, of: UUID())
        let learned = Dictionary(uniqueKeysWithValues: report.learned.map { ($0.errorType, $0) })
        #expect(learned.count == 4)
        #expect(learned["content"]?.subjects == [LearnedFailure.subject(ofRow: row)])
        #expect(learned["content"]?.service == "on-device")
        #expect(learned["rate_limited"]?.subjects == ["embedding:on-device"])
        #expect(learned["rate_limited"]?.attempts.first?.after == 7)
        #expect(learned["unknown_outcome"]?.subjects == ["qdrant"])
        #expect(learned["unavailable"]?.subjects == ["database"])
        #expect(learned["unknown_outcome"]?.attempts.first?.after == 9)
        #expect(report.retryAfter == .seconds(9))
    }

    @Test("Failures of one kind are learned once a pass, with their number")
    func counted() {
        var report = self.report()
        for _ in 0..<50 { report.note(.failed(RowFailure(.content, "refused", source: .provider)), of: UUID()) }
        #expect(report.learned.map(\.occurrences) == [50])
        #expect(report.learned.first?.subjects.count == LearnedFailure.mostSubjects)
        #expect(report.failures == ["content": 50])
    }

    @Test("Only what has worked counts as success")
    func successes() {
        var report = PassReport(tenant: self.tenant, rows: 1)
        #expect(report.successes == ["database"])
        report.provider = "on-device"
        report.calls = [PassReport.QdrantCall(operation: "upsert", seconds: 1, points: 1)]
        #expect(report.successes == ["database"])
        report.embedded = 1
        report.note(.applied, of: UUID())
        #expect(report.successes == ["embedding:on-device", "qdrant", "database"])
    }
}
