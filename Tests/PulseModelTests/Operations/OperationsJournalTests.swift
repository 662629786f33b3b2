import Foundation
import PulseModel
import Testing

@Suite("The operations journal")
struct OperationsJournalTests {
    private let tenant = UUID()
    private let other = UUID()

    private func measurement(_ value: Double, _ metric: PerformanceMetric = .searchLatency) -> PerformanceMeasurement {
        PerformanceMeasurement(metric, value, service: "test", at: Date(timeIntervalSince1970: value))
    }

    private func failure(_ issue: String = "no answer", subjects: [String] = ["a"]) -> LearnedFailure {
        LearnedFailure(
            errorType: "timeout",
            service: "test",
            intent: "to test",
            failedQuery: "a call",
            issue: issue,
            subjects: subjects
        )
    }

    @Test("What was recorded is taken once, in order, by tenant")
    func taken() throws {
        let journal = OperationsJournal()
        journal.record([self.measurement(1), self.measurement(2)], tenant: self.tenant)
        journal.record([self.measurement(3)], tenant: self.other)
        journal.record([self.measurement(4)], tenant: self.tenant)
        let taken = journal.take()
        #expect(taken[self.tenant]?.measurements.map(\.value) == [1, 2, 4])
        #expect(taken[self.other]?.measurements.map(\.value) == [3])
        #expect(journal.take().isEmpty)
    }

    @Test("Beyond its room the oldest go, and how many went is told, also when what was taken comes back")
    func bounded() throws {
        let journal = OperationsJournal(capacity: 100)
        for number in 0..<1_000 { journal.record([self.measurement(Double(number))], tenant: self.tenant) }
        #expect(journal.waiting == 100)
        let first = try #require(journal.take()[self.tenant])
        #expect(first.measurements.map(\.value) == (900..<1_000).map(Double.init))
        #expect(first.dropped == 900)
        // The database is away; meanwhile 30 more have come.
        for number in 1_000..<1_030 { journal.record([self.measurement(Double(number))], tenant: self.tenant) }
        journal.putBack(first, tenant: self.tenant)
        let second = try #require(journal.take()[self.tenant])
        #expect(second.measurements.map(\.value) == (930..<1_030).map(Double.init))
        #expect(second.dropped == 930)
    }

    @Test("No measurement that is no number is kept")
    func finite() {
        let journal = OperationsJournal()
        journal.record([self.measurement(.nan), self.measurement(.infinity)], tenant: self.tenant)
        #expect(journal.waiting == 0)
    }

    @Test("Tokens of a provider with a price have a cost, and those of another have none")
    func cost() throws {
        let journal = OperationsJournal { $0 == "paid" ? 0.02 : nil }
        for provider in ["paid", "unknown"] {
            journal.record(
                [PerformanceMeasurement(.embeddingTokens, 500_000, service: "test", labels: ["provider": provider])],
                tenant: self.tenant
            )
        }
        let costs = try #require(journal.take()[self.tenant]).measurements.filter { $0.metric == .embeddingCost }
        #expect(costs.map(\.value) == [0.01])
        #expect(costs.first?.unit == "USD")
        #expect(costs.first?.labels == ["provider": "paid"])
    }

    @Test("A storm of one failure is one failure with its count")
    func storm() throws {
        let journal = OperationsJournal()
        for number in 0..<10_000 {
            journal.record(self.failure("no answer from 10.0.0.\(number)", subjects: ["row:\(number)"]), tenant: self.tenant)
        }
        let failures = try #require(journal.take()[self.tenant]).failures
        #expect(failures.map(\.occurrences) == [10_000])
        #expect(failures.first?.subjects.count == LearnedFailure.mostSubjects)
    }

    @Test("Only what goes through after a failure ends it")
    func order() throws {
        let journal = OperationsJournal()
        journal.recordSuccess(of: ["a", "b"], tenant: self.tenant)
        journal.record(self.failure(subjects: ["a"]), tenant: self.tenant)
        #expect(journal.take()[self.tenant]?.successes == ["b"])
        journal.record(self.failure(subjects: ["a"]), tenant: self.tenant)
        journal.recordSuccess(of: ["a"], tenant: self.tenant)
        let taken = try #require(journal.take()[self.tenant])
        #expect(taken.successes == ["a"])
        // It fails again before what was taken comes back.
        journal.record(self.failure(subjects: ["a"]), tenant: self.tenant)
        journal.putBack(taken, tenant: self.tenant)
        let back = try #require(journal.take()[self.tenant])
        #expect(back.successes.isEmpty)
        #expect(back.failures.map(\.occurrences) == [2])
    }

    @Test("Many writers at once lose nothing that there is room for")
    func concurrent() async throws {
        let journal = OperationsJournal(capacity: 100_000)
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    for number in 0..<1_000 {
                        journal.record([self.measurement(Double(writer * 1_000 + number))], tenant: self.tenant)
                    }
                }
            }
        }
        let values = try #require(journal.take()[self.tenant]).measurements.map(\.value)
        #expect(values.sorted() == (0..<8_000).map(Double.init))
    }
}
