import Foundation
import Jobs
import PulseModel
import Store
import TestSupport
import Testing

@Suite("The orchestrator", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))  // Needs PULSE_TEST_DATABASE_URL.
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
                _ = try await context.store.checkpoint(
                    tenant: context.tenant,
                    integration: try #require(context.integration),
                    unit: "none"
                )
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
            #expect(runs[0].costs.requests == 7)
            #expect(runs[0].costs.bytes == 900)
            #expect(try #require(runs[0].costs.cpuSeconds) > 0)
            #expect(try #require(runs[0].costs.peakMemory) > 1_000_000)
            #expect(try #require(runs[0].costs.databaseSeconds) > 0)
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
            policy.concurrency = 4
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
            var policy = JobWorld.policy
            policy.concurrency = 4
            try await world.running([world.orchestrator([job], policy: policy)]) {
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

    @Test("Jobs that wait for a source's limit take no place, up to four times as many jobs as there are places")
    func waitingJobs() async throws {
        try await JobWorld.with { world in
            for number in 0..<5 {
                _ = try await world.database.integration(tenant: world.tenant.id, kind: "github", name: "more-\(number)")
            }
            try await world.store.ensureJobs()
            let now = "UPDATE etl_jobs SET next_run_at = now() - interval '1 second' WHERE job_name = 'github_job'"
            try await world.database.query(now)
            let waiting = ScriptedJob(.github) { context in
                // What is said of other units before is no word against it.
                context.report("acme/api")
                context.report("waiting 60 s: rate limit", quietFor: .seconds(60))
                try await Task.sleep(for: .seconds(60))
                return JobOutcome(summary: "done")
            }
            var policy = JobWorld.policy
            policy.concurrency = 1
            try await world.running([world.orchestrator([waiting], policy: policy)]) {
                let deadline = ContinuousClock.now + .seconds(15)
                while waiting.runs < 4, .now < deadline { try await Task.sleep(for: .milliseconds(20)) }
                try await Task.sleep(for: .milliseconds(500))
            }
            #expect(waiting.runs == 4)
        }
    }

    @Test("A job one of whose units waits while others work takes its place")
    func partlyWaitingJob() async throws {
        try await JobWorld.with { world in
            let partly = ScriptedJob(.github) { context in
                context.report("acme/api: waiting 60 s: rate limit", quietFor: .seconds(60))
                context.report("acme/web: 100 rows so far")
                try await Task.sleep(for: .seconds(60))
                return JobOutcome(summary: "done")
            }
            let other = ScriptedJob(.jira)
            var policy = JobWorld.policy
            policy.concurrency = 1
            try await world.running([world.orchestrator([partly, other], policy: policy)]) {
                try await world.command(.start)
                while partly.runs < 1 { try await Task.sleep(for: .milliseconds(20)) }
                try await world.command(.start, .jira)
                try await Task.sleep(for: .milliseconds(500))
            }
            #expect(other.runs == 0)
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
            let joined = try await world.store.joinRun(
                tenant: world.tenant.id,
                jobName: JobKind.vectorization.rawValue,
                channel: .vectorization,
                total: 3
            )
            let run = try #require(joined)
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
            let refusal = RefusedTransition(state: .finished, transition: .pause)
            await #expect(throws: JobProblem.refused(job: "vectorization_job", refusal)) {
                try await world.command(.pause, .vectorization)
            }
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
}
