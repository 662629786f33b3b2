import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Changes that reach many documents", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
// Needs PULSE_TEST_DATABASE_URL.
struct FanOutTests {
    private static let issues = 2_345

    /// A project with more issues than one transaction should queue, all of them worked off.
    private func largeProject(_ world: World) async throws {
        try await world.jira(at: 0) {
            $0.projects = [World.project()]
            $0.workItems = (1...Self.issues).map { World.issue("\($0)", "PAY-\($0)") }
        }
        try await world.drain()
    }

    private func queued(_ world: World) async throws -> Int {
        try await world.database.count("SELECT count(*) FROM vectorization_queue WHERE table_name = 'work_items'")
    }

    @Test("A renamed project queues a thousand issues with its own transaction, the others in pages, each issue once")
    func pages() async throws {
        try await World.with { world in
            try await self.largeProject(world)
            try await world.jira(at: 1) { $0.projects = [World.project(name: "Money")] }
            #expect(try await self.queued(world) == 1_000)
            #expect(try await world.store.fanOut())
            #expect(try await self.queued(world) == 2_000)
            // Of the two pages that are left, one is short: the fan-out is over, and only then.
            #expect(try await world.store.fanOut(tenant: world.tenant.id))
            #expect(try await self.queued(world) == Self.issues)
            #expect(try await !world.store.fanOut())
            #expect(try await world.database.count("SELECT count(*) FROM queue_fanouts") == 0)
            let least = try await world.database.count(
                "SELECT min(priority) FROM vectorization_queue WHERE table_name = 'work_items'"
            )
            #expect(least > 0, "what merely shows a change goes after what changed")
        }
    }

    @Test("Workers at once share the pages, and what was queued and worked off meanwhile is not queued again")
    func workersAtOnce() async throws {
        try await World.with { world in
            try await self.largeProject(world)
            try await world.jira(at: 1) { $0.projects = [World.project(name: "Money")] }
            try await world.drain()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        // Nothing to be had may mean that all is in other hands.
                        var idle = 0
                        while idle < 3 { idle = try await world.store.fanOut() ? 0 : idle + 1 }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await self.queued(world) == Self.issues - 1_000)
            #expect(try await world.database.count("SELECT count(*) FROM queue_fanouts") == 0)
        }
    }

    @Test("A page in another's hands is no page to be had, and the fan-out goes on")
    func held() async throws {
        try await World.with { world in
            let other = try await world.database.tenant("other")
            try await self.largeProject(world)
            try await world.jira(at: 1) { $0.projects = [World.project(name: "Money")] }
            let (store, tenant) = (world.store, world.tenant.id)
            try await world.database.owner.withTransaction { connection in
                try await connection.query("SELECT 1 FROM queue_fanouts FOR UPDATE")
                let hasPage = try await store.fanOut(tenant: tenant)
                let isFanningOut = try await store.isFanningOut(tenant: tenant)
                #expect(!hasPage && isFanningOut)
            }
            let others = try await store.isFanningOut(tenant: other.id)
            #expect(!others)
            while try await store.fanOut(tenant: tenant) {}
            let isFanningOut = try await store.isFanningOut(tenant: tenant)
            #expect(!isFanningOut)
        }
    }

    @Test("A second change while the first is fanned out reaches every document, and no other tenant's")
    func twice() async throws {
        try await World.with { world in
            let other = try await world.database.tenant("other")
            try await self.largeProject(world)
            try await world.jira(at: 1) { $0.projects = [World.project(name: "Money")] }
            _ = try await world.store.fanOut()
            try await world.drain()
            try await world.jira(at: 2) { $0.projects = [World.project(name: "Payments")] }
            #expect(try await !world.store.fanOut(tenant: other.id))
            while try await world.store.fanOut() {}
            #expect(try await self.queued(world) == Self.issues)
            #expect(
                try await world.database.count(
                    "SELECT count(*) FROM vectorization_queue WHERE tenant_id <> $1",
                    [.uuid(world.tenant.id)]
                ) == 0
            )
        }
    }
}
