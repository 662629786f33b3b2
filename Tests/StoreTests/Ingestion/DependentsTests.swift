import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("A change queues the documents that show it, and no others", .enabled(if: TestDatabase.isAvailable))
// Needs PULSE_TEST_DATABASE_URL.
struct DependentsTests {
    /// What is queued when `change` is written to a world with one of everything.
    private func queued(_ change: (World) async throws -> Void) async throws -> [String] {
        var queued: [String] = []
        try await World.with { world in
            _ = try await world.writeEverything()
            try await world.drain()
            try await change(world)
            queued = try await world.queued()
        }
        return queued
    }

    @Test("A status's new name reaches its issues and their history")
    func status() async throws {
        let queued = try await self.queued { try await $0.jira(at: 1) { $0.statuses = [World.status(name: "Offen")] } }
        #expect(queued == ["changelogs 77 update", "statuses 5 update", "work_items PAY-1 update", "work_items PAY-2 update"])
    }

    @Test("A status's new description reaches itself only")
    func statusDescription() async throws {
        let queued = try await self.queued { world in
            try await world.jira(at: 1) {
                var status = World.status()
                status.details = "not begun"
                $0.statuses = [status]
            }
        }
        #expect(queued == ["statuses 5 update"])
    }

    @Test("A type's new name reaches its issues")
    func type() async throws {
        let queued = try await self.queued { try await $0.jira(at: 1) { $0.workItemTypes = [World.type(name: "Defect")] } }
        #expect(queued == ["wits 3 update", "work_items PAY-1 update", "work_items PAY-2 update"])
    }

    @Test("A project's new name reaches its issues, their history and their links")
    func project() async throws {
        let queued = try await self.queued { try await $0.jira(at: 1) { $0.projects = [World.project(name: "Money")] } }
        #expect(
            queued == [
                "changelogs 77 update", "projects 10 update", "wits_prs_links PAY-2~acme/api#57 update",
                "work_items PAY-1 update",
                "work_items PAY-2 update",
            ]
        )
    }

    @Test("An issue's new summary reaches its children, its history and its links; its new description only itself")
    func issue() async throws {
        let child = try await self.queued {
            try await $0.jira(at: 1) {
                $0.workItems = [World.issue("2", "PAY-2", "Retry twice", parent: ("1", "PAY-1"), updated: 1)]
            }
        }
        #expect(child == ["changelogs 77 update", "wits_prs_links PAY-2~acme/api#57 update", "work_items PAY-2 update"])
        let parent = try await self.queued {
            try await $0.jira(at: 1) { $0.workItems = [World.issue("1", "PAY-1", "Trust", updated: 1)] }
        }
        #expect(parent == ["work_items PAY-1 update", "work_items PAY-2 update"])
        let description = try await self.queued {
            try await $0.jira(at: 1) { $0.workItems = [World.issue("1", "PAY-1", "Reliability", details: "more", updated: 1)] }
        }
        #expect(description == ["work_items PAY-1 update"])
    }

    @Test("A moved issue keeps its row and is queued under its new key, with its history")
    func movedIssue() async throws {
        try await World.with { world in
            _ = try await world.writeEverything()
            let before = try await world.entities(.workItems)
            try await world.drain()
            try await world.jira(at: 1) { $0.workItems = [World.issue("2", "OPS-9", parent: ("1", "PAY-1"), updated: 1)] }
            #expect(try await world.entities(.workItems) == before)
            let queued = try await world.queued()
            #expect(queued.contains("work_items OPS-9 update") && queued.contains("changelogs 77 update"))
        }
    }

    @Test("A pull request's new title reaches its commits, reviews, comments and links; its new body only itself")
    func pullRequest() async throws {
        let title = try await self.queued {
            try await $0.github(at: 1) { $0.pullRequests = [World.pull(57, "Once", updated: 1)] }
        }
        #expect(
            title == [
                "prs acme/api#57 update", "prs_comments issue:9 update", "prs_comments review:9 update",
                "prs_commits acme/api#57@aaaa update", "prs_reviews 8 update", "wits_prs_links PAY-2~acme/api#57 update",
            ]
        )
        let body = try await self.queued {
            try await $0.github(at: 1) { $0.pullRequests = [World.pull(57, body: "?", updated: 1)] }
        }
        #expect(body == ["prs acme/api#57 update"])
    }

    @Test("A mapping that a person sets reaches the type or status that it maps")
    func mappings() async throws {
        let type = try await self.queued { world in
            let mapping = TypeMapping(from: "Bug", to: "Defect", levelNumber: 0)
            _ = try await world.store.setConfiguration(tenant: world.tenant.id, integration: world.tenant.jira, types: [mapping])
        }
        #expect(type == ["wits 3 update", "wits_mappings Bug update"])
        let status = try await self.queued { world in
            let mapping = StatusMapping(project: "*", from: "Open", to: "Waiting", category: .toDo, step: nil)
            _ = try await world.store.setConfiguration(
                tenant: world.tenant.id,
                integration: world.tenant.jira,
                statuses: [mapping]
            )
        }
        #expect(status == ["statuses 5 update", "statuses_mappings */Open update"])
    }
}
