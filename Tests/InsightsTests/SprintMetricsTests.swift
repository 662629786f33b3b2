import Foundation
import Insights
import Store
import TestSupport
import Testing

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
}
