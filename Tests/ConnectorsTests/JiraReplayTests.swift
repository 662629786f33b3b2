import Foundation
import HTTPTransport
import PulseModel
import Store
import TestSupport
import Testing

@testable import Connectors

@Suite("Jira's rows from kept records", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
// Needs PULSE_TEST_DATABASE_URL.
struct JiraReplayTests {
    private static let tables =
        EntityTable.allCases.filter { $0.source == .jira }.map(\.rawValue) + ["boards", "sprints", "source_users"]

    /// A site with all that is kept: workflows, people, boards, panels, long histories, and a status that no list holds.
    private static func fake() async -> FakeJira {
        let fake = FakeJira(pay: 9, ops: 2)
        await fake.edit { fake in
            for index in fake.issues.indices {
                fake.issues[index].fields = [
                    "customfield_1": [["id": 7, "name": "Sprint 7", "state": "active", "boardId": 8]],
                    "customfield_4": .string(index % 3 == 0 ? "{pullrequest={state=OPEN}}" : "{}"),
                ]
            }
            fake.issues[1].fields = ["status": ["id": "70", "name": "Dead", "statusCategory": ["key": "done"]]]
            fake.override = { _, asked in
                switch asked.path {
                case "/rest/api/3/users/search":
                    .json(asked.query["startAt"] == "0" ? [["accountId": "u9", "displayName": "Zoe", "active": false]] : [])
                case "/rest/api/3/workflows/search":
                    .json([
                        "isLast": true,
                        "values": [
                            ["id": "w", "name": "Kanban", "statuses": [["statusReference": "a"], ["statusReference": "b"]]]
                        ],
                        "statuses": [
                            ["statusReference": "a", "name": "Ready", "statusCategory": "TODO"],
                            ["statusReference": "b", "name": "Doing", "statusCategory": "IN_PROGRESS"],
                        ],
                    ])
                case "/rest/agile/1.0/board": .json(["isLast": true, "values": [["id": 8, "name": "B", "type": "scrum"]]])
                case "/rest/agile/1.0/board/8/sprint":
                    .json(["isLast": true, "values": [["id": 7, "name": "Sprint 7", "state": "active", "originBoardId": 8]]])
                default: nil
                }
            }
        }
        return fake
    }

    private func replay(_ world: JiraDatabase) async throws -> Replay.Report {
        try await Replay(
            .jira(world.definition()),
            store: world.store,
            tenant: world.tenant.id,
            integration: world.tenant.jira
        ).run()
    }

    @Test("Every row comes back without one request: links of the panel, workflows, people, and statuses that only issues show")
    func everything() async throws {
        try await JiraDatabase.with(await Self.fake(), ahead: -3_600) { world in
            #expect(try await world.sync().isSuccess)
            try await world.tick()
            // The second time everything is kept anew and nothing is written.
            #expect(try await world.sync().isSuccess)
            let before = try await world.rows(Self.tables)
            for table in ["wits_prs_links", "workflows", "source_users", "statuses", "wits_mappings", "changelogs"] {
                #expect(before.contains { $0.hasPrefix("\(table) ") }, "the site has no \(table)")
            }
            for table in Self.tables { try await world.database.query("DELETE FROM \(table)") }
            world.fake.recorder.forget()
            let report = try await self.replay(world)
            #expect(world.fake.recorder.all.isEmpty)
            #expect(report.unread.isEmpty)
            let after = try await world.rows(Self.tables)
            #expect(after.count == before.count)
            for row in before where !after.contains(row) { Issue.record("is missing: \(row)") }
            // Again it comes to the same.
            _ = try await self.replay(world)
            let again = try await world.rows(Self.tables)
            #expect(again == after)
        }
    }

    @Test("Story points of a field that only the boards name come back")
    func estimates() async throws {
        try await JiraDatabase.with(await JiraEstimateTests.fake(), ahead: -3_600) { world in
            _ = try await world.sync(projects: ["PAY"])
            try await world.database.query("DELETE FROM work_items")
            _ = try await self.replay(world)
            #expect(try await world.database.count("SELECT count(*) FROM work_items WHERE story_points = 8") == 1)
        }
    }

    @Test("A panel that was kept before the issue had no pull request any more brings no link back")
    func formerPanel() async throws {
        try await JiraDatabase.with(await Self.fake(), ahead: -3_600) { world in
            _ = try await world.sync()
            #expect(try await !world.ids("wits_prs_links").isEmpty)
            await world.fake.edit { fake in
                for index in fake.issues.indices where index % 3 == 0 {
                    fake.issues[index].fields = ["customfield_4": "{}"]
                    fake.issues[index].updated = fake.tick()
                }
            }
            try await world.tick()
            _ = try await world.sync()
            #expect(try await world.ids("wits_prs_links") == [])
            try await world.database.query("DELETE FROM wits_prs_links")
            _ = try await self.replay(world)
            #expect(try await world.ids("wits_prs_links") == [])
        }
    }
}
