import AIOps
import Foundation
import Logging
import PulseModel
import Store
import TestSupport
import Testing

@Suite("The journal's writer", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
// Needs PULSE_TEST_DATABASE_URL.
struct JournalWriterTests {
    private var quiet: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    private func measurements(_ count: Int) -> [PerformanceMeasurement] {
        (0..<count).map { PerformanceMeasurement(.embeddingTokens, 1, service: "test", labels: ["number": String($0)]) }
    }

    private func failure(subjects: [String] = ["a"]) -> LearnedFailure {
        LearnedFailure(
            errorType: "timeout",
            service: "test",
            intent: "to test",
            failedQuery: "a call",
            issue: "no answer",
            subjects: subjects
        )
    }

    @Test("What was recorded is in the database after the next writing, once")
    func written() async throws {
        try await TestDatabase.with { database in
            try await database.withStore { store in
                let tenants = [try await database.tenant("acme").id, try await database.tenant("rival").id]
                let journal = OperationsJournal()
                let writer = JournalWriter(journal: journal, store: store, logger: self.quiet)
                for tenant in tenants {
                    journal.record(self.measurements(10), tenant: tenant)
                    journal.record(self.failure(), tenant: tenant)
                }
                journal.recordSuccess(of: ["a"], tenant: tenants[0])
                #expect(await writer.flush())
                #expect(await writer.flush())
                for tenant in tenants {
                    let summaries = try await store.metricSummaries(tenant: tenant, from: Date() - 60, to: Date() + 60)
                    #expect(summaries.map(\.figures.sum) == [10])
                }
                #expect(try await store.rememberedFailures(tenant: tenants[0]).map { $0.openSince == nil } == [true])
                #expect(try await store.rememberedFailures(tenant: tenants[1]).map { $0.openSince == nil } == [false])
            }
        }
    }

    @Test("While the database is away nothing blocks or fails; the oldest is dropped, and all else is written when it is back")
    func away() async throws {
        try await TestDatabase.with { database in
            let tenant = try await database.tenant().id
            let journal = OperationsJournal(capacity: 50)
            let absent = try Store(url: "postgresql://nobody@127.0.0.1:1/none")
            let broken = JournalWriter(journal: journal, store: absent, logger: self.quiet)
            journal.record(self.failure(), tenant: tenant)
            for _ in 0..<3 {
                journal.record(self.measurements(30), tenant: tenant)
                #expect(await broken.flush() == false)
            }
            await absent.close()
            #expect(journal.waiting == 50)
            try await database.withStore { store in
                #expect(await JournalWriter(journal: journal, store: store, logger: self.quiet).flush())
                let summaries = try await store.metricSummaries(tenant: tenant, from: Date() - 60, to: Date() + 60)
                let sums = Dictionary(uniqueKeysWithValues: summaries.map { ($0.name, $0.figures.sum) })
                #expect(sums == ["embedding_tokens": 50, "measurements_dropped": 40])
                #expect(try await store.rememberedFailures(tenant: tenant).map(\.occurrences) == [1])
            }
        }
    }

    @Test("What the database refuses, as of a tenant that is gone, is thrown away and holds up nobody else's")
    func refused() async throws {
        try await TestDatabase.with { database in
            try await database.withStore { store in
                let tenant = try await database.tenant().id
                let journal = OperationsJournal()
                journal.record(self.measurements(3), tenant: UUID())
                journal.record(self.measurements(3), tenant: tenant)
                #expect(await JournalWriter(journal: journal, store: store, logger: self.quiet).flush())
                #expect(journal.waiting == 0)
                let summaries = try await store.metricSummaries(tenant: tenant, from: Date() - 60, to: Date() + 60)
                #expect(summaries.map(\.figures.sum) == [3])
            }
        }
    }

    @Test("It writes by itself, and the rest when it is told to stop")
    func runs() async throws {
        try await TestDatabase.with { database in
            try await database.withStore { store in
                let tenant = try await database.tenant().id
                let journal = OperationsJournal()
                let writer = JournalWriter(journal: journal, store: store, interval: .milliseconds(20), logger: self.quiet)
                let running = Task { try await writer.run() }
                journal.record(self.measurements(1), tenant: tenant)
                func sum() async throws -> Double {
                    let summaries = try await store.metricSummaries(tenant: tenant, from: Date() - 60, to: Date() + 60)
                    return summaries.reduce(0) { $0 + $1.figures.sum }
                }
                let deadline = ContinuousClock.now + .seconds(20)
                while try await sum() < 1, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(10)) }
                #expect(try await sum() == 1)
                let slow = JournalWriter(journal: journal, store: store, interval: .seconds(3_600), logger: self.quiet)
                running.cancel()
                _ = await running.result
                let last = Task { try await slow.run() }
                journal.record(self.measurements(1), tenant: tenant)
                last.cancel()
                _ = await last.result
                // A cancelled task cannot ask the database; whoever cancels writes the rest.
                await slow.flush()
                #expect(try await sum() == 2)
            }
        }
    }
}
