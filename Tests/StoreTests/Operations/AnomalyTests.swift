import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Anomalies' rows", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))  // Needs PULSE_TEST_DATABASE_URL.
struct AnomalyTests {
    private func finding(_ severity: String = "medium", series: String = "size 33+", value: Double = 250) -> AnomalyFinding {
        AnomalyFinding(
            metric: "qdrant_latency",
            series: series,
            unit: "ms",
            type: "latency_rise",
            value: value,
            baseline: 100,
            band: 12,
            deviation: value / 100 - 1,
            samples: 60,
            severity: severity,
            run: nil
        )
    }

    @Test("One cause has one open anomaly, however many look at once; its gravest is remembered")
    func single() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            let new = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 { group.addTask { try await world.store.note(self.finding("high"), tenant: tenant) } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(new == 1)
            #expect(try await world.store.note(self.finding("low", value: 111), tenant: tenant) == false)
            #expect(try await world.store.note(self.finding(series: "size 1"), tenant: tenant) == true)
            let open = try await world.store.unresolvedAnomalies(tenant: tenant)
            #expect(open.map(\.severity) == ["medium", "low"])
            #expect(open.last?.worst == "high")
            #expect(open.last?.value == 111)
            #expect(open.last?.message == "qdrant_latency (size 33+) is 111 ms, 11 % above the usual 100 ms")
        }
    }

    @Test("Who acknowledged it, and when it was resolved by whom, stays on record; it may open again")
    func lifecycle() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            _ = try await world.store.note(self.finding(), tenant: tenant)
            let id = try #require(try await world.store.unresolvedAnomalies(tenant: tenant).first).id
            let first = try #require(
                try await world.store.acknowledgeAnomaly(id, tenant: tenant, by: "ann", note: "disk is full")
            )
            #expect(first.status == .acknowledged)
            #expect(first.acknowledgedBy == "ann")
            #expect(abs(first.acknowledgedAt?.timeIntervalSinceNow ?? 1_000) < 60)
            #expect(try await world.store.acknowledgeAnomaly(id, tenant: tenant, by: "bob")?.acknowledgedBy == "ann")
            // It goes on: whoever has acknowledged it is not asked again.
            #expect(try await world.store.note(self.finding("critical", value: 300), tenant: tenant) == false)
            #expect(try await world.store.unresolvedAnomalies(tenant: tenant).first?.status == .acknowledged)

            try await world.store.resolveAnomaly(id, tenant: tenant, by: "pulse", note: "it is 101 again")
            let over = try #require(try await world.store.anomalies(tenant: tenant, statuses: [.resolved]).first)
            #expect(over.resolvedBy == "pulse")
            #expect(over.resolvedAt != nil)
            #expect(over.worst == "critical")
            #expect(try await world.store.acknowledgeAnomaly(id, tenant: tenant, by: "bob")?.status == .resolved)
            #expect(try await world.store.unresolvedAnomalies(tenant: tenant).isEmpty)

            #expect(try await world.store.note(self.finding(), tenant: tenant) == true)
            #expect(try await world.store.anomalies(tenant: tenant).count == 2)
            #expect(try await world.store.anomalies(tenant: tenant, before: id).isEmpty)
        }
    }

    @Test("Another tenant's anomaly is as if it were not there")
    func apart() async throws {
        try await World.with { world in
            _ = try await world.store.note(self.finding(), tenant: world.tenant.id)
            let id = try #require(try await world.store.unresolvedAnomalies(tenant: world.tenant.id).first).id
            let rival = try await world.database.tenant("rival")
            #expect(try await world.store.acknowledgeAnomaly(id, tenant: rival.id, by: "rival") == nil)
            try await world.store.resolveAnomaly(id, tenant: rival.id, by: "rival", note: "")
            #expect(try await world.store.anomalies(tenant: rival.id).isEmpty)
            #expect(try await world.store.unresolvedAnomalies(tenant: world.tenant.id).first?.status == .open)
        }
    }

    @Test("Of each series the newest measurements of a time are read, the tenant's own")
    func samples() async throws {
        try await World.with { world in
            let now = Date()
            func measure(_ tenant: UUID, size: String, values: [Double]) async throws {
                try await world.store.record(
                    values.map {
                        PerformanceMeasurement(.searchLatency, $0, service: "test", at: now - $0, labels: ["size": size])
                    },
                    tenant: tenant
                )
            }
            try await measure(world.tenant.id, size: "1", values: [30, 20, 10])
            try await measure(world.tenant.id, size: "33+", values: Array(stride(from: 1, through: 9, by: 1)))
            let other = try await world.database.tenant("other").id
            try await measure(other, size: "2", values: [15])
            func read(_ tenant: UUID, until: Date? = nil, limit: Int = 2) async throws -> [Double] {
                try await world.store.samples(
                    tenant: tenant,
                    metric: .searchLatency,
                    since: now - 25,
                    until: until,
                    limit: limit
                ).map(\.value)
            }
            let newest = try await read(world.tenant.id)
            #expect(newest == [20, 10, 2, 1])
            // Between two measurements: the database rounds to microseconds.
            let before = try await read(world.tenant.id, until: now - 5.5, limit: 100)
            #expect(before == [20, 10, 9, 8, 7, 6])
            let others = try await read(other)
            #expect(others == [15])
        }
    }

    @Test("Progress of any run carries the tenant's open anomalies, and the share of good records")
    func progress() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            _ = try await world.store.note(self.finding("critical", value: 300), tenant: tenant)
            let run = try await world.store.startRun(
                tenant: tenant,
                integration: world.tenant.jira,
                jobName: "jira_job",
                channel: .jira,
                total: nil
            )
            func report(_ processed: Int, _ failed: Int) async throws -> JobProgress {
                try await world.store.reportProgress(
                    JobProgress(
                        run: run,
                        progress: 1,
                        operation: "reading",
                        processed: processed,
                        total: processed + failed,
                        failed: failed,
                        rate: 1,
                        etaSeconds: nil,
                        embeddingRate: nil
                    ),
                    tenant: tenant
                )
                let text = try #require(try await world.store.messages(tenant: tenant, channel: .jira, after: 0).progress.first)
                guard case .progress(let told) = try JSONDecoder().decode(ProgressMessage.self, from: Data(text.message.utf8))
                else {
                    throw StoreError.notMigrated
                }
                return told
            }
            let first = try await report(0, 0)
            #expect(first.ai.dataQualityScore == nil)
            #expect(first.ai.anomaliesDetected == 1)
            #expect(first.ai.predictionsGenerated == nil)
            #expect(first.ai.alerts.map(\.severity) == ["critical"])
            #expect(first.ai.alerts.first?.message.contains("200 % above") == true)
            #expect(try await report(199, 1).ai.dataQualityScore == 99.5)
            let id = try #require(first.ai.alerts.first?.id)
            try await world.store.resolveAnomaly(id, tenant: tenant, by: "pulse", note: "")
            let last = try await report(200, 1)
            #expect(last.ai.anomaliesDetected == 0)
            #expect(last.ai.alerts.isEmpty)
        }
    }
}
