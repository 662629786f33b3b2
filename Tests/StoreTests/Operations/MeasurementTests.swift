import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Measurements", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))  // Needs PULSE_TEST_DATABASE_URL.
struct MeasurementTests {
    private func measurement(
        _ value: Double,
        _ metric: PerformanceMetric = .searchLatency,
        at: Date = Date(),
        labels: [String: String] = [:]
    ) -> PerformanceMeasurement {
        PerformanceMeasurement(metric, value, service: "test", at: at, labels: labels)
    }

    @Test("Buckets tell count, mean, median and 95th percentile of what was measured in them")
    func buckets() async throws {
        try await World.with { world in
            // The begin of an hour that is over.
            let hour = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 / 3_600).rounded(.down) * 3_600 - 7_200)
            try await world.store.record(
                (1...100).map { self.measurement(Double($0), at: hour + Double($0)) }
                    + (1...3).map { self.measurement(1_000, at: hour + 3_600 + Double($0)) }
                    + [self.measurement(5, .queueDepth, at: hour)],
                tenant: world.tenant.id
            )
            let buckets = try await world.store.metricBuckets(
                tenant: world.tenant.id,
                name: "search_latency",
                from: hour,
                to: hour + 7_200,
                bucket: 3_600
            )
            #expect(buckets.map(\.start) == [hour, hour + 3_600])
            #expect(buckets[0].unit == "ms")
            #expect(buckets[0].figures.count == 100)
            #expect(buckets[0].figures.mean == 50.5)
            #expect(buckets[0].figures.p50 == 50.5)
            #expect(abs(buckets[0].figures.p95 - 95.05) < 1e-9)
            #expect(buckets[0].figures.minimum == 1)
            #expect(buckets[1].figures.count == 3)
            let summaries = try await world.store.metricSummaries(tenant: world.tenant.id, from: hour, to: hour + 7_200)
            #expect(summaries.map(\.name) == ["queue_depth", "search_latency"])
            #expect(summaries[1].figures.count == 103)
            #expect(summaries[1].figures.maximum == 1_000)
            #expect(abs(summaries[1].last.timeIntervalSince(hour + 3_603)) < 0.001)
        }
    }

    @Test("The end of a time is left out, and labels choose")
    func ranges() async throws {
        try await World.with { world in
            let start = Date(timeIntervalSince1970: 1_750_000_000)
            try await world.store.record(
                (0..<10).map { number in
                    self.measurement(
                        Double(number),
                        at: start + Double(number),
                        labels: ["mode": number < 4 ? "hybrid" : "lexical", "it's \"odd\"": "\u{1f98a}"]
                    )
                },
                tenant: world.tenant.id
            )
            func count(_ from: Double, _ to: Double, _ labels: [String: String] = [:]) async throws -> Int {
                try await world.store.metricBuckets(
                    tenant: world.tenant.id,
                    name: "search_latency",
                    from: start + from,
                    to: start + to,
                    bucket: 1_000_000,
                    labels: labels
                ).reduce(0) { $0 + $1.figures.count }
            }
            #expect(try await count(0, 10) == 10)
            #expect(try await count(0, 9) == 9)
            #expect(try await count(5, 6) == 1)
            #expect(try await count(0, 10, ["mode": "hybrid"]) == 4)
            #expect(try await count(0, 10, ["mode": "hybrid", "it's \"odd\"": "\u{1f98a}"]) == 4)
            #expect(try await count(0, 10, ["mode": "none"]) == 0)
        }
    }

    @Test("Old measurements become one row an hour and series; sums and counts stay, and nothing is counted twice")
    func condensed() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            let old = Date(timeIntervalSinceNow: -20 * 86_400)
            let hour = Date(timeIntervalSince1970: (old.timeIntervalSince1970 / 3_600).rounded(.down) * 3_600)
            var all: [PerformanceMeasurement] = []
            for number in 0..<300 {
                let at = hour + Double(number % 2 * 3_600 + number)
                all.append(self.measurement(Double(number), .embeddingTokens, at: at))
            }
            for number in 0..<10 { all.append(self.measurement(7, .embeddingTokens, at: Date() - Double(number))) }
            all.append(self.measurement(3, .searchLatency, at: hour + 60, labels: ["mode": "hybrid"]))
            try await world.store.record(all, tenant: tenant)
            func sums() async throws -> [String: Double] {
                let summaries = try await world.store.metricSummaries(tenant: tenant, from: old - 86_400, to: Date() + 60)
                return Dictionary(uniqueKeysWithValues: summaries.map { ("\($0.name) \($0.figures.count)", $0.figures.sum) })
            }
            let before = try await sums()
            #expect(before == ["embedding_tokens 310": 44_920, "search_latency 1": 3])
            #expect(try await world.store.clear(tenant: tenant, retention: Retention()).measurements == 301)
            #expect(try await sums() == before)
            #expect(try await world.database.count("SELECT count(*) FROM ai_metric_hours") == 3)
            #expect(try await world.database.count("SELECT count(*) FROM ai_performance_metrics") == 10)
            // Some come late, of an hour that is condensed already.
            try await world.store.record([self.measurement(100, .embeddingTokens, at: hour + 5)], tenant: tenant)
            #expect(try await world.store.clear(tenant: tenant, retention: Retention()).measurements == 1)
            #expect(try await sums() == ["embedding_tokens 311": 45_020, "search_latency 1": 3])
            #expect(try await world.database.count("SELECT count(*) FROM ai_metric_hours") == 3)
            #expect(try await world.store.clear(tenant: tenant, retention: Retention()).measurements == 0)
            var short = Retention()
            short.metricHours = .seconds(86_400)
            _ = try await world.store.clear(tenant: tenant, retention: short)
            #expect(try await sums() == ["embedding_tokens 10": 70])
        }
    }

    @Test("A measurement of a run that is gone is kept; another tenant sees none")
    func apart() async throws {
        try await World.with { world in
            let measurement = PerformanceMeasurement(.queueLag, 1, service: "test", run: UUID())
            try await world.store.record([measurement], tenant: world.tenant.id)
            let rival = try await world.database.tenant("rival")
            let range = (Date() - 60, Date() + 60)
            #expect(try await world.store.metricSummaries(tenant: world.tenant.id, from: range.0, to: range.1).count == 1)
            #expect(try await world.store.metricSummaries(tenant: rival.id, from: range.0, to: range.1).isEmpty)
            #expect(try await world.store.measuredTenants(since: Date() - 60) == [world.tenant.id])
        }
    }
}
