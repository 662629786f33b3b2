import Foundation
import Jobs
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Commands to the orchestrator", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
struct OrchestratorCommandTests {
    @Test("A pause ends a run after its page and keeps the checkpoint; resume goes on from there")
    func pauseAndResume() async throws {
        try await JobWorld.with { world in
            let job = ScriptedJob.paging(.github, pages: 30, every: .milliseconds(30))
            try await world.running([world.orchestrator([job])]) {
                try await world.command(.start)
                try await world.wait { _ in true }
                while try await world.pages().count < 3 { try await Task.sleep(for: .milliseconds(10)) }
                let asked = try await world.command(.pause)
                #expect(asked.state == .running)
                #expect(asked.request == .pause)
                let paused = try await world.wait { $0.state == .paused }
                #expect(paused.request == nil)
                let pages = try await world.pages()
                #expect(pages.count >= 3 && pages.count < 30)
                try await Task.sleep(for: .milliseconds(300))
                #expect(try await world.pages() == pages)

                #expect(try await world.command(.resume).state == .running)
                try await world.wait { $0.state == .finished }
            }
            #expect(try await world.pages() == Array(0..<30))
            #expect(job.runs == 2)
            let runs = try await world.store.runs(tenant: world.tenant.id, of: "github_job")
            #expect(runs.map(\.state) == ["FINISHED", "PAUSED"])
            // No page was written twice.
            #expect(try await world.store.failedUnits(tenant: world.tenant.id).isEmpty)
        }
    }

    @Test("A stop ends a job between its pages; one that does not obey loses its run")
    func stop() async throws {
        try await JobWorld.with { world in
            let job = ScriptedJob(.github) { _ in
                try await Task.sleep(for: .seconds(60))
                return JobOutcome(summary: "too late")
            }
            try await world.running([world.orchestrator([job])]) {
                try await world.command(.start)
                try await world.wait { $0.isOwned }
                let began = ContinuousClock.now
                try await world.command(.stop)
                try await world.wait { $0.state == .paused }
                #expect(ContinuousClock.now - began < .seconds(5))
            }
            // A process that hangs.
            try await world.command(.resume)
            let zombie = try await world.claimAsZombie()
            try await world.command(.stop)
            try await world.database.query(
                "UPDATE etl_jobs SET requested_at = now() - interval '9 seconds' WHERE request IS NOT NULL"
            )
            try await world.running([world.orchestrator([job])]) { try await world.wait { $0.state == .paused } }
            await #expect(throws: RunFenced.self) {
                _ = try await world.store.write(
                    .numbered(1),
                    tenant: world.tenant.id,
                    integration: world.tenant.github,
                    run: zombie.fence
                )
            }
        }
    }

    @Test("A pause does not withdraw a stop that is still to be obeyed")
    func pauseAfterStop() async throws {
        try await JobWorld.with { world in
            try await world.command(.start)
            _ = try await world.claimAsZombie()
            #expect(try await world.command(.pause).request == .pause)
            #expect(try await world.command(.stop).request == .stop)
            let asked = try await world.command(.pause)
            #expect(asked.state == .running)
            #expect(asked.request == .stop)
            try await world.database.query(
                "UPDATE etl_jobs SET requested_at = now() - interval '9 seconds' WHERE request IS NOT NULL"
            )
            try await world.command(.pause)
            #expect(try await world.store.lostJobs([.github], limit: 10).count == 1)
        }
    }

    @Test("A forced stop fences the run at once, and is recorded with who and why")
    func forceStop() async throws {
        try await JobWorld.with { world in
            try await world.command(.start)
            let zombie = try await world.claimAsZombie()
            let stopped = try await world.command(.stop, force: true)
            #expect(stopped.state == .paused)
            #expect(stopped.forced?.by == "test")
            #expect(stopped.forced?.why == "a test")
            await #expect(throws: RunFenced.self) {
                _ = try await world.store.write(
                    .numbered(1),
                    tenant: world.tenant.id,
                    integration: world.tenant.github,
                    run: zombie.fence
                )
            }
            let started = try await world.command(.start, force: true)
            #expect(started.state == .pending)
        }
    }

    @Test("A shutdown ends jobs at their next page, and another process goes on from there")
    func shutdown() async throws {
        try await JobWorld.with { world in
            let job = ScriptedJob.paging(.github, pages: 40, every: .milliseconds(30))
            try await world.running([world.orchestrator([job])]) {
                try await world.command(.start)
                while try await world.pages().count < 3 { try await Task.sleep(for: .milliseconds(10)) }
            }
            let left = try await world.job()
            #expect(left.state == .pending)
            #expect(!left.isOwned)
            let before = try await world.pages()
            #expect(before.count < 40)
            try await world.running([world.orchestrator([job])]) { try await world.wait { $0.state == .finished } }
            #expect(try await world.pages() == Array(0..<40))
            #expect(job.runs == 2)
        }
    }

    @Test("A shutdown does not wait for a job that never reaches a page")
    func hurriedShutdown() async throws {
        try await JobWorld.with { world in
            let job = ScriptedJob(.github) { _ in
                try await Task.sleep(for: .seconds(60))
                return JobOutcome(summary: "too late")
            }
            let began = ContinuousClock.now
            try await world.running([world.orchestrator([job])]) {
                try await world.command(.start)
                try await world.wait { $0.isOwned }
            }
            #expect(ContinuousClock.now - began < .seconds(10))
            #expect(try await world.job().state == .pending)
        }
    }

    @Test("An orchestrator that is cancelled gives its jobs back: that is no crash of theirs, whatever they throw")
    func cancelled() async throws {
        struct Torn: Error {}
        try await JobWorld.with { world in
            let sleeping = ScriptedJob(.github) { _ in
                try await Task.sleep(for: .seconds(60))
                return JobOutcome(summary: "too late")
            }
            let torn = ScriptedJob(.jira) { _ in
                do { try await Task.sleep(for: .seconds(60)) } catch { throw Torn() }
                return JobOutcome(summary: "too late")
            }
            var policy = JobWorld.policy
            policy.grace = .seconds(5)
            let orchestrator = world.orchestrator([sleeping, torn], policy: policy)
            let process = Task { try await orchestrator.run() }
            for kind in [JobKind.github, .jira] {
                try await world.command(.start, kind)
                try await world.wait(kind) { $0.isOwned }
            }
            while sleeping.runs + torn.runs < 2 { try await Task.sleep(for: .milliseconds(10)) }
            process.cancel()
            _ = await process.result
            for kind in [JobKind.github, .jira] {
                let left = try await world.job(kind)
                #expect(left.state == .pending, "\(left)")
                #expect(!left.isOwned)
                #expect(left.crashes == 0)
                #expect(left.failures == 0)
            }
        }
    }

    @Test("An emergency stop ends all jobs and holds them until the orchestrator is started and each is resumed")
    func emergency() async throws {
        try await JobWorld.with { world in
            let job = ScriptedJob.paging(.github, pages: 400, every: .milliseconds(20))
            try await world.running([world.orchestrator([job])]) {
                try await world.command(.start)
                while try await world.pages().count < 2 { try await Task.sleep(for: .milliseconds(10)) }
                let stopped = try await world.store.emergencyStop(tenant: world.tenant.id, by: "test", why: "fire")
                #expect(stopped.map(\.kind) == [.github, .jira, .sleep, .vectorization])
                #expect(stopped.allSatisfy { $0.state == .paused && $0.forced?.why == "fire" })
                let pages = try await world.pages()
                try await Task.sleep(for: .milliseconds(300))
                #expect(try await world.pages() == pages)
                for (command, force) in [(JobCommand.start, false), (.start, true), (.resume, false)] {
                    await #expect(throws: JobProblem.self) { try await world.command(command, force: force) }
                }
                #expect(try await world.store.halt(tenant: world.tenant.id)?.reason == "fire")
                #expect(try await world.store.startOrchestrator(tenant: world.tenant.id) != nil)
                #expect(try await world.store.halt(tenant: world.tenant.id) == nil)
                #expect(try await world.job().state == .paused)
                #expect(try await world.job(.vectorization).state != .paused)
                try await world.command(.resume)
                try await world.wait { $0.isOwned }
                while try await world.pages().count <= pages.count { try await Task.sleep(for: .milliseconds(10)) }
            }
        }
    }

    @Test("A start of the orchestrator waits for an emergency stop under way, which never ends without a halt in force")
    func emergencyStopAndStart() async throws {
        try await JobWorld.with { world in
            let tenant = world.tenant.id
            _ = try await world.store.emergencyStop(tenant: tenant, by: "ann", why: "fire")
            for kind in [JobKind.github, .vectorization] { try await world.put(.finished, kind) }
            let (stop, start) = try await world.locking(
                "SELECT FROM etl_jobs WHERE tenant_id = $1 AND job_name = 'github_job' FOR UPDATE",
                [.uuid(tenant)]
            ) {
                let stop = Task { try await world.store.emergencyStop(tenant: tenant, by: "bob", why: "fire again") }
                try await world.waitForLocked()
                let start = Task { try await world.store.startOrchestrator(tenant: tenant) }
                try await world.waitForLocked(2)
                return (stop, start)
            }
            let stopped = try await stop.value
            #expect(stopped.allSatisfy { $0.state == .paused })
            // The halt that was in force before has stood until then.
            let ended = try await start.value
            #expect(ended?.by == "ann")
            #expect(try await world.store.halt(tenant: tenant) == nil)
        }
    }

    @Test("Nobody takes rows of a paused vectorization before it is resumed; an emergency stop ends with the pause that it made")
    func pausedVectorization() async throws {
        try await JobWorld.with { world in
            let other = try await world.database.tenant("other")
            try await world.store.ensureJobs()
            for (tenant, integration) in [(world.tenant.id, world.tenant.github), (other.id, other.github)] {
                try await world.database.query(
                    """
                    INSERT INTO vectorization_queue
                        (tenant_id, integration_id, source, table_name, external_id, entity, operation)
                    SELECT $1::uuid, $2::uuid, 'github', 'prs', 'acme/api#' || n, gen_random_uuid(), 'insert'
                    FROM generate_series(1, 4) AS n
                    """,
                    [.uuid(tenant), .uuid(integration)]
                )
            }
            func claim() async throws -> [UUID] {
                try await world.store.claim(owner: UUID(), limit: 1, policy: QueuePolicy(), tenant: world.tenant.id).map(\.tenant)
            }
            let joined = try await self.join(world)
            let run = try #require(joined)
            #expect(try await claim().count == 1)
            for command in [JobCommand.pause, .stop] {
                #expect(try await world.command(command, .vectorization).state == .paused)
                #expect(try await world.store.isVectorizationPaused(tenant: world.tenant.id))
                #expect(try await claim().isEmpty)
                // The queue still holds rows, and the job stays as it is.
                try await world.store.mirrorVectorization()
                #expect(try await world.job(.vectorization).state == .paused)
                #expect(try await world.command(.resume, .vectorization).state == .running)
                #expect(try await claim().count == 1)
            }
            let runs = try await world.store.runs(tenant: world.tenant.id, of: "vectorization_job")
            #expect(runs.map(\.id) == [run.runID])
            #expect(runs.map(\.state) == ["PAUSED"])
            #expect(try await world.store.isVectorizationPaused(tenant: other.id) == false)

            // One that pauses it, and one that finds it paused.
            _ = try await world.store.emergencyStop(tenant: world.tenant.id, by: "test")
            #expect(try await claim().isEmpty)
            let others = try await world.store.claim(owner: UUID(), limit: 4, policy: QueuePolicy())
            #expect(others.count == 4 && others.allSatisfy { $0.tenant == other.id })
            _ = try await world.store.startOrchestrator(tenant: world.tenant.id)
            #expect(try await world.job(.vectorization).state == .running)
            try await world.command(.pause, .vectorization)
            _ = try await world.store.emergencyStop(tenant: world.tenant.id, by: "test")
            _ = try await world.store.startOrchestrator(tenant: world.tenant.id)
            #expect(try await world.job(.vectorization).state == .paused)
            #expect(try await world.command(.start, .vectorization, force: true).state == .pending)
            #expect(try await claim().count == 1)
        }
    }

    private func join(_ world: JobWorld) async throws -> RunReference? {
        try await world.store.joinRun(
            tenant: world.tenant.id,
            jobName: JobKind.vectorization.rawValue,
            channel: .vectorization,
            total: 4
        )
    }

    @Test("What was claimed before a pause, or before its tenant was closed, opens no run afterwards")
    func lateClaim() async throws {
        try await JobWorld.with { world in
            let open = "SELECT count(*) FROM job_runs WHERE state = 'RUNNING'"
            try await world.put(.running, .vectorization)
            // The pause is under way when the run is asked for.
            let joined = try await world.database.owner.withTransaction { connection in
                try await connection.query("UPDATE etl_jobs SET status = 'PAUSED' WHERE job_name = 'vectorization_job'")
                let joining = Task { try await self.join(world) }
                try await Task.sleep(for: .milliseconds(300))
                return joining
            }
            let late = try await joined.value
            #expect(late == nil)
            let later = try await self.join(world)
            #expect(later == nil)
            #expect(try await world.database.count(open) == 0)
            try await world.command(.resume, .vectorization)
            try await world.database.query("UPDATE tenants SET active = false")
            let closed = try await self.join(world)
            #expect(closed == nil)
            try await world.database.query("UPDATE tenants SET active = true")
            let resumed = try await self.join(world)
            #expect(resumed != nil)
            #expect(try await world.database.count(open) == 1)
        }
    }

    @Test(
        "Every command in every state does what the state machine says, and names the reason where it refuses",
        arguments: JobState.allCases
    )
    func commands(_ state: JobState) async throws {
        try await JobWorld.with { world in
            for command in JobCommand.allCases {
                for force in command.canBeForced ? [false, true] : [false] {
                    try await world.put(state)
                    let expected = try? state.after(command.transition(force: force))
                    if let expected {
                        #expect(try await world.command(command, force: force).state == expected)
                    } else {
                        let refusal = RefusedTransition(state: state, transition: command.transition(force: force))
                        await #expect(throws: JobProblem.refused(job: "github_job", refusal)) {
                            try await world.command(command, force: force)
                        }
                        #expect(try await world.job().state == state)
                    }
                }
            }
        }
    }
}
