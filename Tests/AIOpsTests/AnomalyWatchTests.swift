import AIOps
import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("The anomaly watch", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))  // Needs PULSE_TEST_DATABASE_URL.
struct AnomalyWatchTests {
    /// A tenant, and measurements at any time.
    private struct World {
        let store: Store
        let tenant: UUID
        let now = Date()

        static func with(_ body: (World) async throws -> Void) async throws {
            try await TestDatabase.with { database in
                let tenant = try await database.tenant().id
                try await database.withStore { store in try await body(World(store: store, tenant: tenant)) }
            }
        }

        /// `count` measurements that end `minutes` ago, a minute apart.
        func measure(
            _ metric: PerformanceMetric,
            _ value: (Int) -> Double,
            count: Int,
            endingMinutesAgo minutes: Double,
            every: Double = 60,
            labels: [String: String] = [:],
            run: UUID? = nil
        ) async throws {
            try await self.store.record(
                (0..<count).map { number in
                    PerformanceMeasurement(
                        metric,
                        value(number),
                        service: "test",
                        run: run,
                        at: self.now - minutes * 60 - Double(count - 1 - number) * every,
                        labels: labels
                    )
                },
                tenant: self.tenant
            )
        }

        @discardableResult
        func look(minutesLater: Double = 0) async throws -> AnomalyWatch.Report {
            try await AnomalyWatch(store: self.store).look(tenant: self.tenant, now: self.now + minutesLater * 60)
        }

        func open() async throws -> [StoredAnomaly] { try await self.store.unresolvedAnomalies(tenant: self.tenant) }
    }

    @Test("A latency that rises opens one anomaly, which becomes graver, and ends itself once the metric has recovered")
    func lifecycle() async throws {
        try await World.with { world in
            let run = try await world.store.startRun(
                tenant: world.tenant,
                integration: nil,
                jobName: "vectorization_job",
                channel: .vectorization,
                total: nil
            )
            let labels = ["operation": "upsert", "size": "33+"]
            try await world.measure(
                .qdrantLatency,
                { 20 + Double($0 % 5) * 0.1 },
                count: 60,
                endingMinutesAgo: 30,
                labels: labels
            )
            #expect(try await world.look() == AnomalyWatch.Report())
            try await world.measure(.qdrantLatency, { _ in 25 }, count: 10, endingMinutesAgo: 1, labels: labels, run: run.runID)
            let opened = try await world.look()
            #expect(opened.opened == 1 && opened.open == 1 && opened.judged == 1)
            let low = try #require(try await world.open().first)
            #expect(low.metric == "qdrant_latency")
            #expect(low.series == "operation upsert, size 33+")
            #expect(low.type == "latency_rise")
            #expect(low.severity == "medium")
            #expect(low.samples == 60)
            #expect(low.run == run.runID)

            // Again at once: the same one.
            #expect(try await world.look().opened == 0)
            try await world.measure(.qdrantLatency, { _ in 60 }, count: 15, endingMinutesAgo: -15, labels: labels)
            #expect(try await world.look(minutesLater: 15).opened == 0)
            let graver = try #require(try await world.open().first)
            #expect(graver.id == low.id)
            #expect(graver.severity == "critical")
            // What is out of the ordinary has not become the baseline.
            #expect(abs(graver.baseline - low.baseline) < 0.2)

            try await world.measure(.qdrantLatency, { _ in 20.2 }, count: 14, endingMinutesAgo: -31, labels: labels)
            #expect(try await world.look(minutesLater: 31).resolved == 1)
            #expect(try await world.open().isEmpty)
            let over = try #require(try await world.store.anomalies(tenant: world.tenant).first)
            #expect(over.resolvedBy == "pulse")
            #expect(over.worst == "critical")
        }
    }

    @Test("Where much is measured, what is usual and what is rare are seen all the same, and an anomaly closes")
    func busy() async throws {
        try await World.with { world in
            let labels = ["size": "33+"]
            try await world.measure(.searchLatency, { _ in 20 }, count: 100, endingMinutesAgo: 30, labels: labels)
            // Rare beside it, and as ever.
            try await world.measure(.searchLatency, { _ in 5 }, count: 120, endingMinutesAgo: 1, labels: ["size": "1"])
            let often = 14.0 * 60 / 8_000
            try await world.measure(.searchLatency, { _ in 60 }, count: 8_000, endingMinutesAgo: 0, every: often, labels: labels)
            let first = try await world.look()
            #expect(first.opened == 1 && first.judged == 2)
            let opened = try #require(try await world.open().first)
            #expect(opened.baseline == 20 && opened.value == 60 && opened.series == "size 33+")
            try await world.measure(
                .searchLatency,
                { _ in 20 },
                count: 8_000,
                endingMinutesAgo: -14,
                every: often,
                labels: labels
            )
            let second = try await world.look(minutesLater: 14)
            #expect(second.resolved == 1)
        }
    }

    @Test("Throughput that falls, failures that rise and cost that rises are noticed; the better direction is not")
    func kinds() async throws {
        try await World.with { world in
            try await world.measure(.vectorizationRate, { _ in 900 }, count: 40, endingMinutesAgo: 30, labels: ["size": "33+"])
            try await world.measure(.vectorizationRate, { _ in 500 }, count: 6, endingMinutesAgo: 1, labels: ["size": "33+"])
            try await world.measure(.embeddingRate, { _ in 100 }, count: 40, endingMinutesAgo: 30)
            try await world.measure(.embeddingRate, { _ in 900 }, count: 6, endingMinutesAgo: 1)
            try await world.measure(.vectorizationFailureRate, { _ in 0 }, count: 40, endingMinutesAgo: 30)
            // Every second pass fails as a whole.
            try await world.measure(.vectorizationFailureRate, { Double($0 % 2) }, count: 10, endingMinutesAgo: 1)
            // One hour after the other costs a dollar, the last whole one ten.
            let hour = (world.now.timeIntervalSince1970 / 3_600).rounded(.down) * 3_600
            try await world.store.record(
                (1...60).map { number in
                    PerformanceMeasurement(
                        .embeddingCost,
                        number == 1 ? 10 : 1,
                        service: "test",
                        at: Date(timeIntervalSince1970: hour - Double(number) * 3_600 + 60),
                        labels: ["provider": "paid", "task": "document"]
                    )
                },
                tenant: world.tenant
            )
            try await world.look()
            let found = try await world.open().map { "\($0.metric) \($0.type) \($0.severity)" }.sorted()
            #expect(
                found == [
                    "embedding_cost cost_rise critical", "vectorization_failure_rate failure_rise high",
                    "vectorization_rate throughput_drop high",
                ]
            )
        }
    }

    @Test("Small batches are not measured by large ones: a quiet hour raises no alarm")
    func sizes() async throws {
        try await World.with { world in
            // A backfill, and then a row now and then: another pace by nature.
            try await world.measure(.embeddingRate, { _ in 2_000 }, count: 60, endingMinutesAgo: 30, labels: ["size": "33+"])
            try await world.measure(.embeddingRate, { _ in 40 }, count: 10, endingMinutesAgo: 1, labels: ["size": "1"])
            try await world.look()
            #expect(try await world.open().isEmpty)
        }
    }

    @Test("Too few samples, now or before, say nothing")
    func few() async throws {
        try await World.with { world in
            try await world.measure(.searchLatency, { _ in 10 }, count: 29, endingMinutesAgo: 30)
            try await world.measure(.searchLatency, { _ in 100 }, count: 10, endingMinutesAgo: 1)
            #expect(try await world.look().judged == 0)
            try await world.measure(.searchLatency, { _ in 10 }, count: 1, endingMinutesAgo: 100)
            #expect(try await world.look().opened == 1)
        }
        try await World.with { world in
            try await world.measure(.searchLatency, { _ in 10 }, count: 60, endingMinutesAgo: 30)
            try await world.measure(.searchLatency, { _ in 100 }, count: 4, endingMinutesAgo: 1)
            #expect(try await world.look().judged == 0)
        }
    }

    @Test("Of what is no longer measured, the anomaly ends after a day")
    func unmeasured() async throws {
        try await World.with { world in
            try await world.measure(.searchLatency, { _ in 10 }, count: 60, endingMinutesAgo: 30)
            try await world.measure(.searchLatency, { _ in 100 }, count: 10, endingMinutesAgo: 1)
            try await world.look()
            #expect(try await world.look(minutesLater: 23 * 60).open == 1)
            #expect(try await world.look(minutesLater: 25 * 60).resolved == 1)
            #expect(try await world.store.anomalies(tenant: world.tenant).first?.note == "nothing was measured for a day")
        }
    }
}
