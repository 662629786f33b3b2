import Foundation
import Insights
import Postgres
import PulseModel
import TestSupport
import Testing

@testable import Store

@Suite("Sprint metrics", .enabled(if: TestDatabase.isAvailable))  // Needs PULSE_TEST_DATABASE_URL.
struct SprintMetricsTests {
    /// Sprint 7 goes from day 1 to day 5.
    ///
    /// - PAY-1, 3 points: in it from the start, done on day 3.
    /// - PAY-2, 5 points: in it from the start, not done, carried into sprint 8.
    /// - PAY-3, 2 points: came on day 2, done on day 4.
    /// - PAY-4, 8 points: in it from the start, taken out on day 3.
    /// - PAY-5, 1 point: in it, but done before it began.
    /// - PAY-6, 13 points: came into it only after its end.
    private func site(_ scene: Scene) async throws {
        try await scene.sprint("7", from: 1, to: 5)
        try await scene.issue(1, points: 3, created: 0, [("2", 2), ("4", 3)], sprints: ["7"], moves: [("", "7", 0.5)])
        try await scene.issue(
            2,
            points: 5,
            created: 0,
            [("2", 2)],
            sprints: ["7", "8"],
            moves: [("", "7", 0.5), ("7", "7, 8", 5.5)]
        )
        try await scene.issue(3, points: 2, created: 0, [("2", 3), ("4", 4)], sprints: ["7"], moves: [("", "7", 2)])
        try await scene.issue(4, points: 8, created: 0, [], moves: [("", "7", 0.5), ("7", "", 3)])
        try await scene.issue(5, points: 1, created: 0, [("4", 0.7)], sprints: ["7"])
        try await scene.issue(6, points: 13, created: 0, [], sprints: ["7"], moves: [("", "7", 6)])
    }

    @Test("Committed, added, removed, completed, carried over")
    func sprints() async throws {
        try await Scene.with { scene in
            try await self.site(scene)
            let rows = try await scene.rows(.sprints)
            #expect(rows.map(\.group) == ["Sprint 7"])
            let row = try #require(rows.first)
            #expect(row.period == "2026-03-03")
            #expect(row.figure("committed_items") == 3)
            #expect(row.figure("committed_points") == 16)
            #expect(row.figure("added_items") == 1)
            #expect(row.figure("added_points") == 2)
            #expect(row.figure("removed_items") == 1)
            #expect(row.figure("removed_points") == 8)
            #expect(row.figure("completed_items") == 2)
            #expect(row.figure("velocity_points") == 5)
            #expect(row.figure("completion") == 0.667)
            #expect(row.figure("carried_over_items") == 1)
            #expect(row.figure("carried_over_points") == 5)
            #expect(try await scene.rows(.sprints, from: 2).isEmpty, "it began before this window")
            #expect(try await scene.rows(.sprints, project: "OPS").isEmpty)
        }
    }

    @Test("Burndown: what is left at the end of each day")
    func burndown() async throws {
        try await Scene.with { scene in
            try await self.site(scene)
            let rows = try await scene.rows(.burndown, sprint: "Sprint 7")
            // The sprint ends at midnight of the 7th: that day is its last moment only.
            #expect(rows.compactMap(\.period) == ["2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06", "2026-03-07"])
            // Day 2: 3+5+8 and the 2 that came with midnight; day 3: the 8 went, the 3 are done; day 4: the 2 are done.
            #expect(rows.map { $0.figure("remaining_points") } == [18, 7, 5, 5, 5])
            #expect(rows.map { $0.figure("done_points") } == [0, 3, 5, 5, 5])
            #expect(try await scene.rows(.burndown, sprint: "7").count == 5)
            #expect(try await scene.rows(.burndown, sprint: "no such").isEmpty)
        }
    }

    /// Sprint 7 goes from day 1 to day 5; all are in it from the start where nothing else is said.
    ///
    /// - PAY-1, 3 points: done on day 2, reopened on day 4, not done at the end; done in sprint 8.
    /// - PAY-2, 5 points: done before the start and reopened before it, done on day 3, reopened after the end and done again.
    /// - PAY-3, 2 points: done before the start, reopened before it, not done at the end.
    /// - PAY-4, 8 points: taken out on day 2 and back on day 3, done on day 4.
    /// - PAY-5, 1 point: done before the start, reopened on day 2, not done at the end.
    /// - PAY-6, 13 points: came on day 2, went on day 3.
    /// - PAY-7, 21 points: done on day 2, and taken out on day 3.
    private func reopened(_ scene: Scene) async throws {
        try await scene.sprint("7", from: 1, to: 5)
        try await scene.sprint("8", from: 6, to: 10)
        let start = [(from: "", to: "7", day: 0.5)]
        try await scene.issue(
            1,
            points: 3,
            created: 0,
            [("2", 1), ("4", 2), ("2", 4), ("4", 7)],
            sprints: ["7", "8"],
            moves: start + [("7", "7, 8", 5.5)]
        )
        try await scene.issue(
            2,
            points: 5,
            created: 0,
            [("4", 0.6), ("1", 0.7), ("4", 3), ("2", 6), ("4", 8)],
            sprints: ["7"],
            moves: start
        )
        try await scene.issue(3, points: 2, created: 0, [("4", 0.6), ("1", 0.7)], sprints: ["7"], moves: start)
        try await scene.issue(
            4,
            points: 8,
            created: 0,
            [("2", 2), ("4", 4)],
            sprints: ["7"],
            moves: start + [("7", "", 2), ("", "7", 3)]
        )
        try await scene.issue(5, points: 1, created: 0, [("4", 0.7), ("2", 2)], sprints: ["7"], moves: start)
        try await scene.issue(6, points: 13, created: 0, moves: [("", "7", 2), ("7", "", 3)])
        try await scene.issue(7, points: 21, created: 0, [("4", 2)], moves: start + [("7", "", 3)])
    }

    @Test("What counts is where an item stood at the sprint's start and end, however often it was reopened or came back")
    func reopenedItems() async throws {
        try await Scene.with { scene in
            try await self.reopened(scene)
            let rows = try await scene.rows(.sprints)
            #expect(rows.map(\.group) == ["Sprint 7", "Sprint 8"])
            let row = try #require(rows.first)
            #expect(row.figure("committed_items") == 5)
            #expect(row.figure("committed_points") == 39)
            #expect(row.figure("added_items") == 1)
            #expect(row.figure("added_points") == 1)
            #expect(row.figure("removed_items") == 1)
            #expect(row.figure("removed_points") == 21)
            #expect(row.figure("completed_items") == 2)
            #expect(row.figure("velocity_points") == 13)
            #expect(row.figure("completion") == 0.4)
            #expect(row.figure("carried_over_items") == 3)
            #expect(row.figure("carried_over_points") == 6)
            #expect(rows.last?.figure("velocity_points") == 3, "it is done in the sprint in which it was finished")
        }
    }

    @Test("The burndown rises again when something is reopened or comes back")
    func reopenedBurndown() async throws {
        try await Scene.with { scene in
            try await self.reopened(scene)
            let rows = try await scene.rows(.burndown, sprint: "7")
            // The ends of days 1 to 4, and the end itself. Changes at midnight count to the day that ends with it.
            // Left: PAY-2, 3, 5 and 6; then PAY-3, 4 and 5; then PAY-1, 3 and 5.
            #expect(rows.map { $0.figure("remaining_points") } == [21, 11, 6, 6, 6])
            #expect(rows.map { $0.figure("done_points") } == [24, 8, 13, 13, 13])
        }
    }

    @Test("Two boards' sprints of one name are kept apart, by their ids")
    func namesakes() async throws {
        try await Scene.with { scene in
            try await scene.sprint("7", from: 1, to: 2)
            try await scene.sprint("8", from: 1, to: 2)
            try await scene.issue(1, points: 3, created: 0, sprints: ["7"], moves: [("", "7", 0.5)])
            try await scene.issue(2, points: 5, created: 0, sprints: ["8"], moves: [("", "8", 0.5)])
            try await scene.database.query("UPDATE sprints SET name = 'Sprint 1'")
            let rows = try await scene.rows(.burndown, sprint: "Sprint 1")
            #expect(rows.map(\.group) == ["Sprint 1 (7)", "Sprint 1 (7)", "Sprint 1 (8)", "Sprint 1 (8)"])
            #expect(rows.map { $0.figure("remaining_points") } == [3, 3, 5, 5])
            let sprints = try await scene.rows(.sprints)
            #expect(sprints.map(\.group) == ["Sprint 1 (7)", "Sprint 1 (8)"])
            #expect(sprints.map { $0.figure("committed_points") } == [3, 5])
            let one = try await scene.rows(.burndown, sprint: "8")
            #expect(one.map(\.group) == ["Sprint 1", "Sprint 1"])
        }
    }

    @Test("Three times as many issues cost the burndown three times the rows, without statistics of the tenant")
    func manyIssues() async throws {
        try await Scene.with { scene in
            for number in 1...20 { try await scene.sprint("\(number)", from: Double(number), to: Double(number) + 1) }
            try await self.fill(scene, 1...500)
            let few = try await self.rowsTouched(by: .burndown, scene)
            try await self.fill(scene, 501...1_500)
            let many = try await self.rowsTouched(by: .burndown, scene)
            #expect(few > 1_000)
            #expect(many < few * 4, "\(few) rows, then \(many)")
            let rows = try await scene.rows(.sprints)
            #expect(rows.map { $0.figure("committed_items") } == [75] + Array(repeating: 150, count: 19))
            let burndown = try await scene.rows(.burndown, sprint: "7")
            #expect(burndown.map { $0.figure("remaining_items") } == [150, 150])
        }
    }

    /// Issue n comes into a sprint half a day before its start, and half a day after it into the next one as well.
    private func fill(_ scene: Scene, _ numbers: ClosedRange<Int>) async throws {
        let begin = "timestamptz '2026-03-02 00:00:00+00' + n % 20 * interval '1 day'"
        let parameters: [PostgresValue] = [
            .uuid(scene.tenant.id), .uuid(scene.tenant.jira), .int(numbers.lowerBound), .int(numbers.upperBound),
        ]
        try await scene.database.query(
            """
            INSERT INTO work_items (entity, tenant_id, integration_id, stable_id, external_id, fetched_at, key, project_id, wit_id,
                status_id, summary, sprint_ids, created, updated)
            SELECT gen_random_uuid(), $1, $2, n::text, 'PAY-' || n, now(), 'PAY-' || n, '10', '3', '1', 'Issue ' || n,
                ARRAY[(n % 20 + 1)::text, (n % 20 + 2)::text], \(begin), now()
            FROM generate_series($3::bigint, $4::bigint) AS n
            """,
            parameters
        )
        try await scene.database.query(
            """
            INSERT INTO changelogs (entity, tenant_id, integration_id, stable_id, external_id, fetched_at, work_item_id,
                transition_change_date, items)
            SELECT gen_random_uuid(), $1, $2, n || '-' || m, n || '-' || m, now(), n::text,
                \(begin) + interval '12 hours' + m * interval '1 day',
                jsonb_build_array(jsonb_build_object('field', 'Sprint', 'role', 'sprint',
                    'from', CASE m WHEN 0 THEN '' ELSE (n % 20 + 1)::text END,
                    'to', CASE m WHEN 0 THEN (n % 20 + 1)::text ELSE concat(n % 20 + 1, ', ', n % 20 + 2) END))
            FROM generate_series($3::bigint, $4::bigint) AS n, generate_series(0, 1) AS m
            """,
            parameters
        )
    }

    /// Rows that the parts of the metric's plan bring and throw away, all taken together.
    private func rowsTouched(by metric: InsightMetric, _ scene: Scene) async throws -> Double {
        let plan = try await scene.database.query(
            "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) WITH \(InsightSQL.scope), \(metric.sql)",
            [
                .uuid(scene.tenant.id), .timestamp(Scene.day(0)), .timestamp(Scene.day(28)), .text("none"), .null, .null, .null,
                .null,
                metric == .burndown ? .text("7") : .null,
            ]
        ).map { try $0.decode(at: 0, as: String.self) }.joined()
        func touched(_ node: Any) -> Double {
            if let nodes = node as? [Any] { return nodes.map(touched).reduce(0, +) }
            guard let node = node as? [String: Any] else { return 0 }
            let rows = ["Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck"]
                .map { (node[$0] as? Double) ?? 0 }.reduce(0, +)
            let own = rows * ((node["Actual Loops"] as? Double) ?? 0)
            return own + touched(node["Plan"] ?? 0) + touched(node["Plans"] ?? 0)
        }
        return touched(try JSONSerialization.jsonObject(with: Data(plan.utf8)))
    }

    @Test("A status counts as its project's mapping says, and an issue without history from its resolution on")
    func mappedStatuses() async throws {
        try await Scene.with { scene in
            try await scene.sprint("7", from: 1, to: 5)
            try await scene.issue(1, points: 3, created: 0, [("3", 2)], sprints: ["7"], moves: [("", "7", 0.5)])
            try await scene.issue(2, project: "OPS", points: 5, created: 0, [("3", 2)], sprints: ["7"], moves: [("", "7", 0.5)])
            _ = try await scene.store.setConfiguration(
                tenant: scene.tenant.id,
                integration: scene.tenant.jira,
                statuses: [StatusMapping(project: "OPS", from: "Review", to: "Shipped", category: .done, step: nil)]
            )
            #expect(try await scene.rows(.sprints).first?.figure("velocity_points") == 5)
        }
    }
}
