import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("The flow columns of work items", .enabled(if: TestDatabase.isAvailable))  // Needs PULSE_TEST_DATABASE_URL.
struct FlowTests {
    /// PAY-1 was begun an hour after its creation and done two hours later.
    private func site(_ world: World) async throws {
        try await world.jira(at: 0) {
            $0.projects = [World.project()]
            $0.workItemTypes = [World.type()]
            $0.statuses = [
                World.status("5", name: "Open"), World.status("6", name: "Doing", category: "indeterminate"),
                World.status("7", name: "Done", category: "done"),
            ]
            $0.derivesConfiguration = true
        }
        try await world.jira(at: 1) {
            $0.workItems = [Self.issue("1", "PAY-1", status: "7"), Self.issue("2", "PAY-2", status: "5")]
            $0.changelogs = [Self.change("12", "7", hour: 3, from: "6"), Self.change("11", "6", hour: 1, from: "5")]
        }
    }

    private static func issue(_ id: String, _ key: String, status: String, updated: Int = 0) -> WorkItem {
        WorkItem(
            id: id,
            key: key,
            projectID: "10",
            typeID: "3",
            statusID: status,
            summary: "Something",
            sprintIDs: ["7", "8"],
            codeChanged: true,
            customFields: ["customfield_9": "a \"b\""],
            createdAt: World.time(0),
            updatedAt: World.time(updated)
        )
    }

    private static func change(_ id: String, _ to: String, hour: Int, from: String, of issue: String = "1") -> Changelog {
        Changelog(
            id: id,
            workItemID: issue,
            fromStatusID: from,
            toStatusID: to,
            changedBy: "Ann",
            changedAt: World.time(hour * 60),
            enteredAt: nil,
            timeInStatusSeconds: nil,
            items: [.init(field: "status", from: from, to: to, fromText: "a", toText: "b")]
        )
    }

    private func flow(_ world: World, _ key: String) async throws -> [String] {
        let rows = try await world.database.query(
            """
            SELECT extract(epoch FROM work_first_committed_at - created)::bigint::text AS committed,
                extract(epoch FROM work_first_started_at - created)::bigint::text AS started,
                extract(epoch FROM work_last_completed_at - created)::bigint::text AS completed, total_work_starts::text AS starts,
                total_completions::text AS completions, total_cycle_time_seconds::text AS cycle,
                total_lead_time_seconds::text AS lead, total_work_time_seconds::text AS work,
                CASE WHEN is_done THEN 'done' WHEN is_in_progress THEN 'in progress' ELSE 'to do' END AS state
            FROM work_items WHERE key = $1::text
            """,
            [.text(key)]
        )
        let row = try #require(rows.first)
        return try ["committed", "started", "completed", "starts", "completions", "cycle", "lead", "work", "state"].map {
            try row.decode($0, as: String?.self) ?? "-"
        }
    }

    @Test("A status that is deleted at the source still counts for the time in which issues stood in it")
    func deletedStatus() async throws {
        try await World.with { world in
            try await self.site(world)
            let before = try await self.flow(world, "PAY-1")
            try await world.jira(at: 2) { $0.deletions = [Deletion(.statuses, "6")] }
            try await world.jira(at: 3) { $0.workItems = [Self.issue("1", "PAY-1", status: "7", updated: 3)] }
            #expect(try await self.flow(world, "PAY-1") == before)
            #expect(before.last == "done" && before[3] == "1")
        }
    }

    @Test("They are derived in the transaction that writes the issue and its history, whichever comes first")
    func derived() async throws {
        try await World.with { world in
            try await self.site(world)
            #expect(
                try await self.flow(world, "PAY-1") == [
                    "3600", "3600", "10800", "1", "1", "7200", "10800", "7200", "done",
                ]
            )
            #expect(try await self.flow(world, "PAY-2") == ["-", "-", "-", "0", "0", "-", "-", "0", "to do"])
            // A history that arrives alone counts as well.
            try await world.jira(at: 2) { $0.changelogs = [Self.change("21", "6", hour: 2, from: "5", of: "2")] }
            #expect(
                try await self.flow(world, "PAY-2") == ["7200", "7200", "-", "1", "0", "-", "-", "0", "in progress"]
            )
            let kept = try await world.database.query(
                "SELECT sprint_ids::text AS sprints, code_changed, custom_fields->>'customfield_9' AS field FROM work_items WHERE key = 'PAY-1'"
            )
            #expect(try kept[0].decode("sprints", as: String.self) == "{7,8}")
            #expect(try kept[0].decode("code_changed", as: Bool.self))
            #expect(try kept[0].decode("field", as: String.self) == "a \"b\"")
        }
    }

    @Test("A mapping or a commitment point that a person sets derives them anew, in the same transaction")
    func configuration() async throws {
        try await World.with { world in
            try await self.site(world)
            _ = try await world.store.setConfiguration(
                tenant: world.tenant.id,
                integration: world.tenant.jira,
                statuses: [StatusMapping(project: "PAY", from: "Done", to: "Still to test", category: .inProgress, step: nil)]
            )
            #expect(
                try await self.flow(world, "PAY-1") == [
                    "3600", "3600", "-", "1", "0", "-", "-", "7200", "in progress",
                ]
            )
            _ = try await world.store.setConfiguration(
                tenant: world.tenant.id,
                integration: world.tenant.jira,
                steps: [
                    WorkflowStep(
                        workflow: "default",
                        step: "To Do",
                        number: 1,
                        category: .toDo,
                        isCommitmentPoint: true
                    )
                ]
            )
            #expect(try await self.flow(world, "PAY-2").first == "0", "promised as soon as it is there")
        }
    }

    @Test("An older page that comes late leaves them as the newer history says")
    func late() async throws {
        try await World.with { world in
            try await self.site(world)
            try await world.jira(at: 0) { $0.workItems = [Self.issue("1", "PAY-1", status: "5", updated: -30)] }
            #expect(try await self.flow(world, "PAY-1").last == "done")
        }
    }
}
