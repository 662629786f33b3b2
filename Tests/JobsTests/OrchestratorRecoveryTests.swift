import Foundation
import Jobs
import PulseModel
import Store
import TestSupport
import Testing

@Suite(
    "What the orchestrator does when a job or its process fails",
    .enabled(if: TestDatabase.isAvailable),
    .timeLimit(.minutes(10))
)  // Needs PULSE_TEST_DATABASE_URL.
struct OrchestratorRecoveryTests {
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

    @Test("A dead process's job is freed, and a stop that is not obeyed is enforced, also where no place is free")
    func withoutPlaces() async throws {
        try await JobWorld.with { world in
            let busy = ScriptedJob(.jira) { _ in
                try await Task.sleep(for: .seconds(60))
                return JobOutcome(summary: "too late")
            }
            let idle = ScriptedJob(.github)
            var policy = JobWorld.policy
            policy.concurrency = 1
            try await world.running([world.orchestrator([busy, idle], policy: policy)]) {
                try await world.command(.start, .jira)
                try await world.wait(.jira) { $0.isOwned }
                try await world.command(.start)
                let dead = try await world.claimAsZombie()
                try await world.silence()
                let freed = try await world.wait { !$0.isOwned }
                #expect(freed.state == .running)
                #expect(freed.crashes == 1)
                // Nobody has taken it up, and yet its late end counts for nothing.
                #expect(try await world.store.finish(dead, tally: RunTally(), summary: "late", seconds: 1) == nil)
                #expect(try await world.job().state == .running)

                _ = try await world.claimAsZombie()
                try await world.command(.stop)
                try await world.database.query(
                    "UPDATE etl_jobs SET requested_at = now() - interval '9 seconds' WHERE request IS NOT NULL"
                )
                try await world.wait { $0.state == .paused }
            }
            #expect(idle.runs == 0)
            let runs = try await world.store.runs(tenant: world.tenant.id, of: "github_job")
            #expect(runs.map(\.state) == ["PAUSED", "ERROR"])
        }
    }

    @Test("A transaction of one tenant that takes long holds up no job of others, and its own only until it ends")
    func slowTransaction() async throws {
        try await JobWorld.with { world in
            let other = try await world.anotherTenant()
            let job = ScriptedJob(.github)
            // As whoever has told the tenant's channel of a run and goes on for long.
            let channel = "SELECT pg_advisory_xact_lock(hashtextextended($1::text || 'Orchestrator', 0))"
            try await world.running([world.orchestrator([job])]) {
                try await world.locking(channel, [.text(world.tenant.id.uuidString)]) {
                    try await world.command(.start)
                    try await world.waitForLocked()
                    _ = try await world.store.command(.start, job: "github_job", tenant: other.id, by: "test")
                    try await world.waitForRun(of: other)
                }
                try await world.wait { $0.state == .finished }
            }
            #expect(job.tenants == [other.id, world.tenant.id])
        }
    }

    @Test("A process that is suspended in the middle of a page holds up no job of other tenants")
    func suspendedProcess() async throws {
        try await JobWorld.with { world in
            let other = try await world.anotherTenant()
            let job = ScriptedJob(.github)
            try await world.command(.start)
            let suspended = try await world.claimAsZombie()
            try await world.silence()
            try await world.locking("SELECT FROM job_runs WHERE id = $1 FOR UPDATE", [.uuid(suspended.run.runID)]) {
                try await world.running([world.orchestrator([job])]) {
                    try await world.waitForLocked()
                    _ = try await world.store.command(.start, job: "github_job", tenant: other.id, by: "test")
                    try await world.waitForRun(of: other)
                }
            }
            #expect(job.tenants == [other.id])
            try await world.running([world.orchestrator([job])]) { try await world.wait { $0.state == .finished } }
        }
    }

    @Test("What a run has done is in its history, also where it fails or is ended before its time")
    func steps() async throws {
        try await JobWorld.with { world in
            let through = RunStep("acme/api", count: 3, detail: "3 rows")
            let broken = RunStep("acme/web", failed: 1, detail: "HTTP 503 from the host")
            let job = ScriptedJob(.github) { context in
                context.keep([through])
                if try await world.job().failures == 0 {
                    context.keep([broken])
                    throw JobFailure(.unavailable, "HTTP 503 from the host")
                }
                try await Task.sleep(for: .seconds(60))
                return JobOutcome(summary: "too late")
            }
            try await world.running([world.orchestrator([job])]) {
                try await world.command(.start)
                try await world.wait { $0.state == .error }
                // Its time has come.
                try await world.database.query("UPDATE etl_jobs SET next_run_at = now() WHERE job_name = 'github_job'")
                try await world.wait { $0.isOwned }
                while job.runs < 2 { try await Task.sleep(for: .milliseconds(10)) }
                try await Task.sleep(for: .milliseconds(300))
                try await world.command(.stop)
                try await world.wait { $0.state == .paused }
            }
            let runs = try await world.store.runs(tenant: world.tenant.id, of: "github_job")
            #expect(runs.map(\.state) == ["PAUSED", "ERROR"])
            #expect(runs.map(\.steps) == [[through], [through, broken]])
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
            #expect(abs((job.nextRunAt?.timeIntervalSinceNow ?? 0) - 360) < 10)
        }
    }

    @Test("What was taken up is run, also where the database goes away before the rest of what is due is known")
    func halfTick() async throws {
        try await JobWorld.with { world in
            try await world.database.query(
                """
                CREATE OR REPLACE FUNCTION due_jobs(p_names text[], p_limit integer, p_silence interval, p_obedience interval)
                RETURNS TABLE (tenant_id uuid, job_id uuid)
                LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
                BEGIN
                    IF 'sleep_job' = ANY (p_names) THEN RAISE 'away'; END IF;
                    RETURN QUERY SELECT j.tenant_id, j.id FROM etl_jobs j WHERE j.job_name = ANY (p_names) AND j.status = 'PENDING';
                END
                $$
                """
            )
            let job = ScriptedJob(.github)
            try await world.running([world.orchestrator([job, ScriptedJob(.sleep)])]) {
                try await world.command(.start)
                try await world.wait { $0.state == .finished }
            }
            #expect(job.runs == 1)
        }
    }

    @Test("A restart of the database gives running jobs their time to show life, and is no crash of theirs")
    func restartedDatabase() async throws {
        try await JobWorld.with { world in
            try await world.command(.start)
            let claimed = try await world.claimAsZombie()
            try await world.database.query(
                "UPDATE etl_jobs SET heartbeat_at = pg_postmaster_start_time() - interval '1 minute' WHERE owner IS NOT NULL"
            )
            let up = try await world.database.query(
                "SELECT extract(epoch FROM now() - pg_postmaster_start_time())::double precision AS seconds"
            ).first?.decode("seconds", as: Double.self)
            var patience = JobPatience()
            // The last heartbeat is longer ago, and the restart is not.
            patience.silence = .seconds(try #require(up) + 30)
            let early = try await world.store.lostJobs([.github], limit: 10, patience: patience)
            #expect(early.isEmpty)
            patience.silence = .zero
            patience.crashes = 1
            let due = DueJob(tenant: world.tenant.id, id: claimed.id)
            let isTaken = try await world.store.takeBack(due, patience: patience, decide: JobWorld.decide)
            #expect(isTaken)
            let job = try await world.job()
            #expect(job.state == .running)
            #expect(job.crashes == 0)
        }
    }

    @Test("A transient failure is retried when its time has come; three later it goes to the next tier")
    func retries() async throws {
        try await JobWorld.with { world in
            let job = ScriptedJob(.github) { _ in throw JobFailure(.timeout, "no answer") }
            try await world.running([world.orchestrator([job])]) {
                try await world.command(.start)
                let all: [(Int, ClosedRange<Double>)] = [(1, 300...420), (2, 480...720), (3, 960...1_440), (4, 3_600...5_040)]
                for (failures, expected) in all {
                    let failed = try await world.wait { $0.state == .error && $0.failures == failures }
                    let delay = failed.nextRunAt?.timeIntervalSinceNow ?? 0
                    #expect(delay > expected.lowerBound - 15 && delay < expected.upperBound)
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

    /// Whether the last run has failed; a job that is due again may show the failure of the one before.
    private static func hasFailed(_ job: StoredJob) -> Bool {
        job.state == .error && job.nextRunAt.map { $0.timeIntervalSinceNow > 60 } ?? false
    }

    @Test("A source's limit costs no attempt, and the next run comes when the source has named it")
    func rateLimits() async throws {
        try await JobWorld.with { world in
            let job = ScriptedJob(.github) { _ in
                throw JobFailure(.rateLimited, "the limit is reached", retryAt: Date().addingTimeInterval(3_000))
            }
            try await world.running([world.orchestrator([job])]) {
                try await world.command(.start)
                for runs in 1...5 {
                    let limited = try await world.wait { Self.hasFailed($0) && job.runs == runs }
                    #expect(limited.failures == 0)
                    #expect(limited.recoveryTier == .fast)
                    #expect((2_980...3_600).contains(limited.nextRunAt?.timeIntervalSinceNow ?? 0))
                    try await world.database.query("UPDATE etl_jobs SET next_run_at = now() WHERE status = 'ERROR'")
                }
            }
        }
    }

    @Test("Failures are counted from the last run on that has brought something")
    func progress() async throws {
        try await JobWorld.with { world in
            let job = ScriptedJob(.github) { context in
                if try await world.job().failures == 2 {
                    var page = IngestionPage.numbered(1)
                    page.repositories.append(Repository(id: "1", name: "api", fullName: "acme/api"))
                    _ = try await context.store.write(
                        page,
                        tenant: context.tenant,
                        integration: try #require(context.integration)
                    )
                }
                throw JobFailure(.timeout, "no answer")
            }
            try await world.running([world.orchestrator([job])]) {
                try await world.command(.start)
                for (runs, failures) in [(1, 1), (2, 2), (3, 1), (4, 2)] {
                    let failed = try await world.wait { Self.hasFailed($0) && job.runs == runs }
                    #expect(failed.failures == failures)
                    try await world.database.query("UPDATE etl_jobs SET next_run_at = now() WHERE status = 'ERROR'")
                }
            }
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

    @Test("A job that shows no life is cancelled and tried again; a wait that it has announced is no stall")
    func stalls() async throws {
        try await JobWorld.with { world in
            let silent = ScriptedJob(.github) { _ in
                try await Task.sleep(for: .seconds(60))
                return JobOutcome(summary: "too late")
            }
            let waiting = ScriptedJob(.jira) { context in
                context.report("waiting 10 s: rate limit", quietFor: .seconds(10))
                // What works beside it does not take the announcement back.
                context.report("another unit")
                try await Task.sleep(for: .seconds(2))
                return JobOutcome(summary: "done")
            }
            var policy = JobWorld.policy
            policy.stall = .milliseconds(300)
            try await world.running([world.orchestrator([silent, waiting], policy: policy)]) {
                try await world.command(.start)
                let stalled = try await world.wait { $0.state == .error }
                #expect(stalled.errorKind == "stalled")
                #expect(stalled.nextRunAt != nil)
                try await world.command(.start, .jira)
                let waited = try await world.wait(.jira) { $0.state == .finished || $0.state == .error }
                #expect(waited.state == .finished, "\(waited)")
                #expect(waited.failures == 0)
            }
            #expect(waiting.runs == 1)
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
}
