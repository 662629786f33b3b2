import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("The configuration tables", .enabled(if: TestDatabase.isAvailable))  // Needs PULSE_TEST_DATABASE_URL.
struct ConfigurationTests {
    private func configuration(_ world: World) async throws -> [String] {
        try await world.store.configuration(tenant: world.tenant.id).map { row in
            "\(row.kind) \(row.project ?? "-") \(row.from) > \(row.to)\(row.isManual ? " by hand" : "")"
        }
    }

    private func site(at minute: Int, _ world: World, statuses: [Status]? = nil, types: [WorkItemType]? = nil) async throws {
        try await world.jira(at: minute) {
            $0.projects = [World.project()]
            $0.workItemTypes = types ?? [World.type(name: "Fehler", english: "Bug"), World.type("4", name: "Epic", level: 1)]
            $0.statuses =
                statuses ?? [
                    World.status("5", name: "Offen"), World.status("6", name: "Fertig", category: "done"),
                    World.status("7", name: "Fertig", category: "indeterminate", project: "10"),
                ]
            $0.derivesConfiguration = true
        }
    }

    @Test("Defaults follow from the levels, names and categories of the site; a project that differs has its own")
    func derived() async throws {
        try await World.with { world in
            try await self.site(at: 0, world)
            #expect(
                try await self.configuration(world) == [
                    "level - 0 > Story", "level - 1 > Epic", "type - Epic > Epic", "type - Fehler > Bug",
                    "status * Fertig > Done",
                    "status * Offen > To Do", "status PAY Fertig > In Progress", "step - default/To Do > new",
                    "step - default/In Progress > indeterminate", "step - default/Done > done",
                ]
            )
        }
    }

    @Test("What is no longer on the site goes, and its points with it; what a person has set stays through every sync")
    func manualSurvives() async throws {
        try await World.with { world in
            let (tenant, jira) = (world.tenant.id, world.tenant.jira)
            try await self.site(at: 0, world)
            _ = try await world.store.setConfiguration(
                tenant: tenant,
                integration: jira,
                types: [
                    TypeMapping(from: "Fehler", to: "Defect", levelNumber: 0),
                    TypeMapping(from: "Idee", to: "Idea", levelNumber: 0),
                ]
            )
            try await world.drain()
            try await self.site(at: 1, world, statuses: [World.status("5", name: "Offen")])
            #expect(
                try await self.configuration(world).filter { !$0.hasPrefix("step") } == [
                    "level - 0 > Story", "level - 1 > Epic", "type - Epic > Epic", "type - Fehler > Defect by hand",
                    "type - Idee > Idea by hand", "status * Offen > To Do",
                ]
            )
            #expect(
                try await world.queued().filter { $0.hasSuffix("delete") } == [
                    "statuses_mappings */Fertig delete", "statuses_mappings PAY/Fertig delete",
                ]
            )
            // Given back to Pulse, it is derived again, or goes. What a person set counts as fetched then: this sync is later.
            #expect(
                try await world.store.releaseConfiguration(
                    tenant: tenant,
                    integration: jira,
                    table: .witsMappings,
                    externalID: "Fehler"
                )
            )
            #expect(
                try await world.store.releaseConfiguration(
                    tenant: tenant,
                    integration: jira,
                    table: .witsMappings,
                    externalID: "Idee"
                )
            )
            #expect(
                try await world.store.releaseConfiguration(
                    tenant: tenant,
                    integration: jira,
                    table: .witsMappings,
                    externalID: "Epic"
                ) == false
            )
            let later = Int(Date().timeIntervalSince1970 - World.time(0).timeIntervalSince1970) / 60 + 1
            try await self.site(at: later, world)
            #expect(
                try await self.configuration(world).filter { $0.hasPrefix("type") } == [
                    "type - Epic > Epic", "type - Fehler > Bug",
                ]
            )
        }
    }

    @Test("Setting the same row again changes and queues nothing")
    func idempotent() async throws {
        try await World.with { world in
            func set() async throws -> IngestionResult {
                try await world.store.setConfiguration(
                    tenant: world.tenant.id,
                    integration: world.tenant.jira,
                    steps: [
                        WorkflowStep(
                            workflow: "kanban",
                            step: "Review",
                            number: 3,
                            category: .inProgress,
                            isCommitmentPoint: false
                        )
                    ]
                )
            }
            #expect(try await set().written == 1)
            try await world.drain()
            #expect(try await set().written == 0)
            #expect(try await world.queued() == [])
        }
    }
}
