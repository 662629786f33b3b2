import Foundation
import Insights
import Store
import TestSupport
import Testing

@Suite("Flow metrics", .enabled(if: TestDatabase.isAvailable))  // Needs PULSE_TEST_DATABASE_URL.
struct FlowMetricsTests {
    /// Three done: cycle times of 1, 3 and 2 days, the last done without a start; one in progress since day 6; one in the backlog.
    private func site(_ scene: Scene) async throws {
        try await scene.issue(1, team: "Core", points: 3, created: 0, [("2", 1), ("4", 2)])
        try await scene.issue(2, team: "Core", points: 5, created: 0, [("2", 5), ("3", 6), ("2", 7), ("4", 8)])
        try await scene.issue(1, project: "OPS", team: "Edge", created: 2, [("4", 9)])
        try await scene.issue(3, team: "Core", points: 8, created: 0, [("2", 6)])
        try await scene.issue(4, team: "Edge", created: 0)
    }

    @Test("Cycle and lead time: percentiles over what was completed last in the window")
    func cycleTime() async throws {
        try await Scene.with { scene in
            try await self.site(scene)
            let row = try #require(try await scene.rows(.cycleTime).first)
            #expect(row.count == 3 && row.group.isEmpty && row.period == nil)
            // 24 and 72 hours; the third has none.
            #expect(row.figure("cycle_hours_p50") == 48)
            #expect(row.figure("cycle_hours_p85") == 64.8)
            #expect(row.figure("cycle_hours_mean") == 48)
            // 48, 192, 168.
            #expect(row.figure("lead_hours_p50") == 168)
            #expect(row.figure("lead_hours_mean") == 136)
            // 24, 48 in work and 24 in review, none.
            #expect(row.figure("work_hours_mean") == 24)
            #expect(row.figure("review_hours_mean") == 8)
            #expect(row.figure("reworked") == 0.333)
            #expect(row.figure("never_in_progress") == 1)
            #expect(try await scene.rows(.cycleTime, from: 3, to: 8).isEmpty, "the window's end is not in it")
            #expect(try await scene.rows(.cycleTime, from: 8, to: 8.5).map(\.count) == [1], "its begin is")
        }
    }

    @Test("Grouped by team or project, cut by week, filtered")
    func cut() async throws {
        try await Scene.with { scene in
            try await self.site(scene)
            #expect(try await scene.rows(.throughput, by: .team).map { "\($0.group) \($0.count)" } == ["Core 2", "Edge 1"])
            #expect(try await scene.rows(.throughput, by: .project).map { "\($0.group) \($0.count)" } == ["OPS 1", "PAY 2"])
            #expect(try await scene.rows(.throughput, by: .type).map { "\($0.group) \($0.count)" } == ["Story 3"])
            let weeks = try await scene.rows(.throughput, period: .week)
            #expect(weeks.map { "\($0.period ?? "-") \($0.count)" } == ["2026-03-02 1", "2026-03-09 2"])
            #expect(weeks.map { $0.figure("points") } == [3, 5])
            #expect(weeks.map { $0.figure("estimated") } == [1, 1])
            #expect(try await scene.rows(.throughput, project: "OPS").map(\.count) == [1])
            #expect(try await scene.rows(.throughput, team: "Core").map(\.count) == [2])
        }
    }

    @Test("Time in status, by the status that was left in the window")
    func timeInStatus() async throws {
        try await Scene.with { scene in
            try await self.site(scene)
            let rows = try await scene.rows(.timeInStatus)
            #expect(rows.map { "\($0.group) \($0.count)" } == ["Doing 3", "Open 4", "Review 1"])
            // 24, 24, 24.
            #expect(rows[0].figure("hours_p50") == 24)
            // 24, 120, 168, 144.
            #expect(rows[1].figure("hours_p50") == 132)
            #expect(rows[1].figure("hours_sum") == 456)
            #expect(rows[2].figure("hours_mean") == 24)
            #expect(try await scene.rows(.timeInStatus, by: .project).map(\.group).first == "OPS / Open")
        }
    }

    @Test("Work in progress and its age up to the window's end")
    func workInProgress() async throws {
        try await Scene.with { scene in
            try await self.site(scene)
            let row = try #require(try await scene.rows(.workInProgress, to: 10).first)
            #expect(row.count == 1)
            #expect(row.figure("age_days_p50") == 4)
            #expect(row.figure("age_days_max") == 4)
            #expect(row.figure("points") == 8)
        }
    }

    @Test("Another tenant's rows are in no figure")
    func tenants() async throws {
        try await Scene.with { scene in
            try await self.site(scene)
            let other = try await scene.database.tenant("globex")
            let foreign = Scene(database: scene.database, store: scene.store, tenant: other)
            for metric in InsightMetric.allCases {
                let rows = try await foreign.rows(metric, sprint: metric == .burndown || metric == .sprints ? "7" : nil)
                #expect(rows.isEmpty, "\(metric)")
            }
        }
    }

    @Test("A cut that a metric does not have is refused with what is allowed")
    func refused() async throws {
        try await Scene.with { scene in
            func error(_ body: () async throws -> [InsightRow]) async -> InsightError? {
                do {
                    _ = try await body()
                    return nil
                } catch { return error as? InsightError }
            }
            #expect(await error { try await scene.rows(.cycleTime, by: .repository) }?.parameter == "by")
            #expect(await error { try await scene.rows(.workInProgress, period: .week) }?.parameter == "period")
            #expect(await error { try await scene.rows(.throughput, repository: "acme/api") }?.parameter == "repository")
            #expect(await error { try await scene.rows(.burndown) }?.parameter == "sprint")
            #expect(await error { try await scene.rows(.throughput, from: 3, to: 3) }?.parameter == "from")
        }
    }
}

@Suite("Metric definitions")
struct MetricDefinitionTests {
    @Test("Each metric says what it is, and names each of its figures once")
    func definitions() {
        #expect(MetricDefinition.all.count == InsightMetric.allCases.count)
        for definition in MetricDefinition.all {
            #expect(definition.definition.count > 40 && !definition.counts.isEmpty)
            #expect(Set(definition.figures.map(\.name)).count == definition.figures.count)
            #expect(definition.groupings.contains(.none))
        }
    }
}
