import Foundation
import Jobs
import PulseModel
import Store
import TestSupport
import Testing

@Suite("What becomes of jobs whose tenant or source is closed", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
struct ClosingTests {
    private func waitForPages(_ count: Int, _ world: JobWorld) async throws {
        while try await world.pages().count < count { try await Task.sleep(for: .milliseconds(10)) }
    }

    @Test("A source that is disconnected while it is read brings nothing any more, and its rows stay deleted")
    func disconnected() async throws {
        try await JobWorld.with { world in
            let job = ScriptedJob.paging(.github, pages: 1_000, every: .milliseconds(20))
            try await world.running([world.orchestrator([job])]) {
                try await world.command(.start)
                try await self.waitForPages(3, world)
                _ = try await world.store.disconnectIntegration(named: "github", tenant: world.tenant.id, by: "ann")
                let count = try await world.pages().count
                try await Task.sleep(for: .milliseconds(500))
                let later = try await world.pages().count
                #expect(later == count)
                #expect(count < 1_000)
            }
            let run = try #require(try await world.store.runs(tenant: world.tenant.id, of: "github_job").first)
            #expect(run.state == "PAUSED")
            #expect(run.errorMessage?.contains("ann") == true)
            #expect(job.runs == 1)
            // Whatever else still writes, such as a delivery in hand.
            await #expect(throws: IntegrationDisconnected.self) {
                _ = try await world.store.write(.numbered(2_000), tenant: world.tenant.id, integration: world.tenant.github)
            }
        }
    }

    @Test("A disconnection holds nothing while it waits for pages, and what its process leaves undone the upkeep does")
    func halfDisconnected() async throws {
        try await JobWorld.with { world in
            let tenant = world.tenant
            try await world.database.query(
                """
                INSERT INTO repositories (tenant_id, integration_id, stable_id, external_id, entity, name, full_name, fetched_at)
                SELECT $1, $2, n::text, n::text, gen_random_uuid(), 'api', 'acme/api', now() FROM generate_series(1, 3) n
                """,
                [.uuid(tenant.id), .uuid(tenant.github)]
            )
            let present = "SELECT count(*) FROM repositories WHERE deleted_at IS NULL"
            try await world.command(.start)
            _ = try await world.claimAsZombie()
            let pages = "SELECT pg_advisory_xact_lock(hashtextextended('ingestion ' || $1::text, 0))"
            try await world.locking(pages, [.text(tenant.id.uuidString)]) {
                let process = Task {
                    try await world.store.disconnectIntegration(named: "github", tenant: tenant.id, by: "ann")
                }
                try await world.waitForLocked()
                // The tenant's other jobs are begun meanwhile, and a source can have the name.
                try await world.command(.start, .sleep)
                _ = try await world.claimAsZombie(.sleep)
                _ = try await world.database.integration(tenant: tenant.id, kind: "github")
                process.cancel()
                _ = await process.result
            }
            #expect(try await world.store.runs(tenant: tenant.id, of: "github_job").map(\.state) == ["PAUSED"])
            #expect(try await world.database.count(present) == 3)
            let finished = try await world.store.finishDisconnections(tenant: tenant.id)
            #expect(finished == 3)
            #expect(try await world.database.count(present) == 0)
            #expect(try await world.database.count("SELECT count(*) FROM vectorization_queue") == 3)
            let again = try await world.store.finishDisconnections(tenant: tenant.id)
            #expect(again == 0)
        }
    }

    @Test("Nothing runs for a tenant that is closed; once it is open again its job goes on from the last page")
    func closedTenant() async throws {
        try await JobWorld.with { world in
            let job = ScriptedJob.paging(.github, pages: 60, every: .milliseconds(20))
            try await world.running([world.orchestrator([job])]) {
                try await world.command(.start)
                try await self.waitForPages(3, world)
                _ = try await world.store.setTenant(world.tenant.id, active: false)
                try await world.wait { !$0.isOwned }
                let left = try await world.job()
                #expect(left.state == .pending)
                let count = try await world.pages().count
                #expect(count < 60)
                try await Task.sleep(for: .milliseconds(300))
                let later = try await world.pages().count
                #expect(later == count)
                _ = try await world.store.setTenant(world.tenant.id, active: true)
                try await world.wait { $0.state == .finished }
            }
            #expect(try await world.pages() == Array(0..<60))
            let runs = try await world.store.runs(tenant: world.tenant.id, of: "github_job")
            #expect(runs.map(\.state) == ["FINISHED", "PAUSED"])
            #expect(runs.last?.errorKind == "closed")
        }
    }

    @Test("What a process has given up is not kept alive by its other jobs, and is taken back")
    func givenUp() async throws {
        try await JobWorld.with { world in
            let busy = ScriptedJob(.jira) { _ in
                try await Task.sleep(for: .seconds(60))
                return JobOutcome(summary: "too late")
            }
            let orchestrator = world.orchestrator([busy, ScriptedJob(.github)])
            try await world.command(.start)
            let job = try await world.job()
            let due = DueJob(tenant: world.tenant.id, id: job.id)
            // As where the database was away too long for the run's end to be written.
            let claimed = try await world.store.claim(due, owner: orchestrator.owner, decide: JobWorld.decide)
            #expect(claimed != nil)
            try await world.running([orchestrator]) {
                try await world.command(.start, .jira)
                try await world.wait(.jira) { $0.isOwned }
                try await Task.sleep(for: .milliseconds(500))
                try await world.silence()
                try await world.wait { $0.state == .finished }
                #expect(try await world.job(.jira).isOwned)
            }
        }
    }
}
