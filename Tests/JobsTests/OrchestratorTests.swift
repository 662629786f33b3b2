import Foundation
import Jobs
import PulseModel
import Store
import TestSupport
import Testing

@Suite("The orchestrator", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(2)))  // Needs PULSE_TEST_DATABASE_URL.
struct OrchestratorTests {
    @Test("A new tenant's jobs are there at once, and the sources' are due")
    func ensured() async throws {
        try await TestDatabase.with { database in
            try await database.withStore { store in
                let tenant = try await database.tenant()
                let jobs = try await store.jobs(tenant: tenant.id)
                #expect(jobs.map(\.kind) == [.github, .jira, .sleep, .vectorization])
                #expect(jobs.allSatisfy { $0.state == .notStarted })
                #expect(jobs.map(\.intervalSeconds) == [14_400, 21_600, 900, nil])
                #expect(Set(try await store.dueJobs([.github, .jira, .sleep], limit: 10).map(\.id)) == [jobs[0].id, jobs[1].id])
            }
        }
    }

    @Test("Of three orchestrators, one runs a due job, once; its history and channels tell so")
    func runsOnce() async throws {
        try await JobWorld.with { world in
            let job = ScriptedJob(.github) { context in
                context.count(requests: 7, bytes: 900)
                try await Task.sleep(for: .milliseconds(300))
                return JobOutcome(summary: "all well")
            }
            try await world.running((0..<3).map { _ in world.orchestrator([job]) }) {
                try await world.command(.start)
                let finished = try await world.wait { $0.state == .finished }
                #expect(finished.lastSuccessAt != nil)
                #expect(abs((finished.nextRunAt?.timeIntervalSinceNow ?? 0) - 4 * 3_600) < 60)
                try await Task.sleep(for: .milliseconds(400))
            }
            #expect(job.runs == 1)
            let runs = try await world.store.runs(tenant: world.tenant.id, of: "github_job")
            #expect(runs.count == 1)
            #expect(runs[0].state == "FINISHED")
            #expect(runs[0].requests == 7)
            #expect(runs[0].bytes == 900)
            #expect(runs[0].summary == "all well")
            #expect(runs[0].duration >= 0.3)
            for channel in [ProgressChannel.github, .orchestrator] {
                let events = try await world.events(channel)
                #expect(events.count == 2)
                guard case .started = events.first, case .completed(let completed) = events.last else {
                    Issue.record("\(channel): \(events)")
                    continue
                }
                #expect(completed.summary == "all well")
            }
        }
    }

    @Test("A place that becomes free is taken at once, not at the next tick")
    func refilling() async throws {
        try await JobWorld.with { world in
            for number in 1...20 {
                _ = try await world.database.integration(tenant: world.tenant.id, kind: "jira", name: "jira \(number)")
            }
            try await world.store.ensureJobs()
            try await world.database.query(
                "UPDATE etl_jobs SET next_run_at = now() - interval '1 second' WHERE job_name = 'jira_job'"
            )
            let job = ScriptedJob(.jira)
            var policy = JobWorld.policy
            policy.tick = .seconds(10)
            let started = ContinuousClock.now
            try await world.running([world.orchestrator([job], policy: policy)]) {
                while job.runs < 21, ContinuousClock.now - started < .seconds(70) { try await Task.sleep(for: .milliseconds(20)) }
            }
            #expect(job.runs == 21)
            // Three at a tick would be seven ticks.
            #expect(ContinuousClock.now - started < .seconds(45))
        }
    }

    @Test("Many claims of one job at once: one gets it", arguments: 0..<5)
    func claimRace(_ round: Int) async throws {
        try await JobWorld.with { world in
            try await world.command(.start)
            let due = DueJob(tenant: world.tenant.id, id: try await world.job().id)
            let claims = try await withThrowingTaskGroup(of: ClaimedJob?.self) { group in
                for _ in 0..<12 {
                    group.addTask { try await world.store.claim(due, owner: UUID(), decide: JobWorld.decide) }
                }
                return try await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
            }
            #expect(claims.count == 1)
            #expect(try await world.database.count("SELECT count(*) FROM job_runs") == 1)
        }
    }

    @Test("A dead process's job is taken over, its run closed, and its late page aborts and writes nothing")
    func takeOver() async throws {
        try await JobWorld.with { world in
            try await world.command(.start)
            let zombie = try await world.claimAsZombie()
            let zombieStore = FencedStore(store: world.store, run: zombie.fence)
            let integration = world.tenant.github
            _ = try await zombieStore.write(.numbered(0), tenant: world.tenant.id, integration: integration)
            #expect(try await world.store.dueJobs([.github], limit: 10).isEmpty)
            try await world.silence()

            let job = ScriptedJob.paging(.github, pages: 3)
            try await world.running([world.orchestrator([job])]) { try await world.wait { $0.state == .finished } }
            #expect(try await world.pages() == [0, 1, 2])

            await #expect(throws: RunFenced.self) {
                _ = try await world.store.write(
                    .numbered(99),
                    tenant: world.tenant.id,
                    integration: integration,
                    run: zombie.fence
                )
            }
            await #expect(throws: CancellationError.self) {
                _ = try await zombieStore.write(.numbered(98), tenant: world.tenant.id, integration: integration)
            }
            #expect(zombieStore.interruption == .fenced)
            try await zombieStore.recordFailure(
                tenant: world.tenant.id,
                integration: integration,
                unit: "pages",
                kind: "transient",
                message: "late"
            )
            #expect(try await world.store.failedUnits(tenant: world.tenant.id).isEmpty)
            #expect(try await world.pages() == [0, 1, 2])
            #expect(try await world.store.finish(zombie, tally: RunTally(), summary: "late", seconds: 1) == nil)
            let runs = try await world.store.runs(tenant: world.tenant.id, of: "github_job")
            #expect(runs.map(\.state) == ["FINISHED", "ERROR"])
            #expect(runs[1].errorKind == "crash")
        }
    }

    @Test("A job that has brought down three processes fails and waits")
    func crashLoop() async throws {
        try await JobWorld.with { world in
            try await world.command(.start)
            for _ in 0..<3 {
                _ = try await world.claimAsZombie()
                try await world.silence()
            }
            let due = DueJob(tenant: world.tenant.id, id: try await world.job().id)
            #expect(try await world.store.claim(due, owner: UUID(), decide: JobWorld.decide) == nil)
            let job = try await world.job()
            #expect(job.state == .error)
            #expect(job.errorKind == "crash")
            #expect(abs((job.nextRunAt?.timeIntervalSinceNow ?? 0) - 300) < 10)
        }
    }

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

    @Test("A transient failure is retried when its time has come; three later it goes to the next tier")
    func retries() async throws {
        try await JobWorld.with { world in
            let job = ScriptedJob(.github) { _ in throw JobFailure(.timeout, "no answer") }
            try await world.running([world.orchestrator([job])]) {
                try await world.command(.start)
                for (failures, expected) in [(1, 300.0), (2, 600), (3, 1_200), (4, 3_600)] {
                    let failed = try await world.wait { $0.state == .error && $0.failures == failures }
                    let delay = failed.nextRunAt?.timeIntervalSinceNow ?? 0
                    #expect(delay > expected * 0.79 - 5 && delay < expected * 1.21)
                    #expect(failed.recoveryTier == (failures < 4 ? .fast : .standard))
                    #expect(failed.errorMessage == "no answer")
                    // Nothing happens before the time has come.
                    #expect(try await world.store.dueJobs([.github], limit: 10).isEmpty)
                    try await world.database.query("UPDATE etl_jobs SET next_run_at = now() WHERE status = 'ERROR'")
                }
            }
            guard case .failed(let error) = try await world.events(.github).first(where: { !$0.isStart }) else {
                Issue.record("no job_error")
                return
            }
            #expect(error.kind == "timeout")
            #expect(error.retryAt != nil)
        }
    }

    @Test("What an unforeseen error names stays in the log")
    func unforeseen() async throws {
        struct Telling: Error, CustomStringConvertible { var description: String { "postgres@10.0.0.7 refused SELECT" } }
        try await JobWorld.with { world in
            let job = ScriptedJob(.github) { _ in throw Telling() }
            try await world.running([world.orchestrator([job])]) {
                try await world.command(.start)
                let failed = try await world.wait { $0.state == .error }
                #expect(failed.errorKind == "unavailable")
                #expect(failed.errorMessage?.contains("10.0.0.7") == false)
                #expect(failed.nextRunAt != nil)
            }
        }
    }

    @Test("A permanent failure waits for a person, whom a forced start obeys")
    func permanent() async throws {
        try await JobWorld.with { world in
            let job = ScriptedJob(.github) { _ in throw JobFailure(.authentication, "the token is refused; renew it") }
            try await world.running([world.orchestrator([job])]) {
                try await world.command(.start)
                let failed = try await world.wait { $0.state == .error }
                #expect(failed.nextRunAt == nil)
                #expect(failed.recoveryTier == .manual)
                try await Task.sleep(for: .milliseconds(300))
                #expect(job.runs == 1)
                try await world.command(.start, force: true)
                try await world.wait { $0.state == .error && job.runs == 2 }
            }
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

    @Test("An emergency stop ends all jobs and holds them until the orchestrator is started and each is resumed")
    func emergency() async throws {
        try await JobWorld.with { world in
            let job = ScriptedJob.paging(.github, pages: 400, every: .milliseconds(20))
            try await world.running([world.orchestrator([job])]) {
                try await world.command(.start)
                while try await world.pages().count < 2 { try await Task.sleep(for: .milliseconds(10)) }
                let stopped = try await world.store.emergencyStop(tenant: world.tenant.id, by: "test", why: "fire")
                #expect(
                    stopped.filter { $0.kind != .vectorization }.allSatisfy { $0.state == .paused && $0.forced?.why == "fire" }
                )
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
                try await world.command(.resume)
                try await world.wait { $0.isOwned }
                while try await world.pages().count <= pages.count { try await Task.sleep(for: .milliseconds(10)) }
            }
        }
    }

    @Test("A tenant whose jobs hang or fail does not hold up the others")
    func fairness() async throws {
        try await JobWorld.with { world in
            // Six integrations of one tenant that never come to an end, and four healthy tenants.
            for number in 0..<5 {
                _ = try await world.database.integration(tenant: world.tenant.id, kind: "github", name: "more-\(number)")
            }
            var others: [TestTenant] = []
            for number in 0..<4 { others.append(try await world.database.tenant("other-\(number)")) }
            try await world.store.ensureJobs()
            try await world.database.query(
                "UPDATE etl_jobs SET next_run_at = now() - interval '1 hour' WHERE job_name = 'github_job'"
            )
            try await world.database.query(
                "UPDATE etl_jobs SET next_run_at = now() + interval '1 hour' WHERE job_name = 'jira_job'"
            )
            let hanging = world.tenant.id
            let job = ScriptedJob(.github) { context in
                if context.tenant == hanging { try await Task.sleep(for: .seconds(60)) }
                return JobOutcome(summary: "done")
            }
            let tenants = others.map(\.id)
            try await world.running([world.orchestrator([job])]) {
                for tenant in tenants {
                    let deadline = ContinuousClock.now + .seconds(10)
                    while try await world.store.jobs(tenant: tenant, named: "github_job").first?.state != .finished {
                        guard ContinuousClock.now < deadline else { throw JobWorld.Late(description: "a tenant was held up") }
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                #expect(job.tenants.count { $0 == hanging } <= 3)
            }
        }
    }

    @Test("Of many tenants with several jobs due, each has had its first before any has its second")
    func shares() async throws {
        try await JobWorld.with { world in
            for number in 0..<10 { _ = try await world.database.tenant("other-\(number)") }
            try await world.store.ensureJobs()
            try await world.database.query("UPDATE etl_jobs SET next_run_at = now() - random() * interval '1 hour'")
            var seen: [UUID: Int] = [:]
            for _ in 0..<22 {
                let due = try #require(try await world.store.dueJobs([.github, .jira], limit: 1).first)
                let claimed = try #require(try await world.store.claim(due, owner: UUID(), decide: JobWorld.decide))
                _ = try await world.store.finish(claimed, tally: RunTally(), summary: "done", seconds: 0)
                seen[due.tenant, default: 0] += 1
                if seen.count < 11 { #expect(seen.values.allSatisfy { $0 == 1 }) }
            }
            #expect(seen.count == 11)
            #expect(seen.values.allSatisfy { $0 == 2 })
        }
    }

    @Test("The vectorization job says what the queue and the workers do")
    func mirror() async throws {
        try await JobWorld.with { world in
            func state() async throws -> JobState {
                try await world.store.mirrorVectorization()
                return try await world.job(.vectorization).state
            }
            #expect(try await state() == .notStarted)
            let run = try await world.store.joinRun(
                tenant: world.tenant.id,
                jobName: JobKind.vectorization.rawValue,
                channel: .vectorization,
                total: 3
            )
            #expect(try await state() == .running)
            #expect(try await world.job(.vectorization).run == run.runID)
            try await world.store.completeWork(tenant: world.tenant.id, run: run)
            #expect(try await state() == .finished)
            // Rows that wait while no worker is there, beside other tenants that have none.
            for number in 0..<3 { _ = try await world.database.tenant("other-\(number)") }
            try await world.store.ensureJobs()
            try await world.database.query(
                """
                INSERT INTO vectorization_queue (tenant_id, integration_id, source, table_name, external_id, entity, operation)
                VALUES ($1, $2, 'github', 'prs', 'acme/api#1', gen_random_uuid(), 'insert')
                """,
                [.uuid(world.tenant.id), .uuid(world.tenant.github)]
            )
            #expect(try await state() == .running)
            let others = "SELECT count(*) FROM etl_jobs WHERE job_name = 'vectorization_job' AND status = 'NOT_STARTED'"
            #expect(try await world.database.count(others) == 3)
            try await world.database.query("DELETE FROM vectorization_queue")
            #expect(try await state() == .finished)
            await #expect(throws: JobProblem.followsWorkers) { try await world.command(.pause, .vectorization) }
        }
    }

    @Test("The sleep job clears what is old, keeps what is not, and says what is away")
    func sleepJob() async throws {
        try await JobWorld.with { world in
            try await world.database.query(
                """
                INSERT INTO ai_performance_metrics
                    (tenant_id, metric_name, metric_value, metric_unit, service_name, measurement_timestamp)
                SELECT $1, 'm', 1, 's', 'test', now() - make_interval(days => d) FROM unnest(ARRAY[0, 29, 31, 400]) AS d
                """,
                [.uuid(world.tenant.id)]
            )
            struct Away: Error, CustomStringConvertible { var description: String { "refused" } }
            var retention = Retention()
            retention.measurements = .seconds(30 * 86_400)
            let job = SleepJob(store: world.store, retention: retention) { _ in [HealthProbe("qdrant") { throw Away() }] }
            try await world.running([world.orchestrator([job])]) {
                try await world.command(.start, .sleep)
                try await world.wait(.sleep) { $0.state == .finished }
            }
            #expect(try await world.database.count("SELECT count(*) FROM ai_performance_metrics") == 2)
            let run = try #require(try await world.store.runs(tenant: world.tenant.id, of: "sleep_job").first)
            #expect(run.summary?.contains("2 measurements") == true)
            #expect(run.summary?.contains("postgresql well, qdrant away") == true)
            #expect(run.summary?.contains("refused") == false)
            #expect(run.failed == 1)
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

extension ProgressMessage {
    fileprivate var isStart: Bool {
        if case .started = self { true } else { false }
    }
}
