import Foundation
import Jobs
import PulseModel
import Store
import Synchronization
import TestSupport
import Testing

@Suite("The sleep job", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))  // Needs PULSE_TEST_DATABASE_URL.
struct SleepJobTests {
    private struct Away: Error, CustomStringConvertible {
        var description: String { "refused by 10.0.0.7" }
    }

    private final class Count: Sendable {
        let value = Mutex(0)
    }

    /// Runs the job once and gives its run.
    private func run(_ job: SleepJob, in world: JobWorld) async throws -> JobRun {
        try await world.running([world.orchestrator([job])]) {
            try await world.command(.start, .sleep)
            try await world.wait(.sleep) { $0.state == .finished || $0.state == .error }
        }
        return try #require(try await world.store.runs(tenant: world.tenant.id, of: "sleep_job").first)
    }

    private func job(
        _ world: JobWorld,
        tasks: [UpkeepTask] = [],
        probes: [HealthProbe] = [],
        retention: Retention = Retention()
    ) -> SleepJob {
        SleepJob(store: world.store, retention: retention, tasks: tasks) { _ in probes }
    }

    @Test(
        "Each step is told in the run's history, with what it did; one that fails harms no other, and shows nothing of its error"
    )
    func steps() async throws {
        try await JobWorld.with { world in
            let tasks = [
                UpkeepTask("broken") { _ in throw Away() },
                UpkeepTask("audit") { _ in RunStep("", count: 60, failed: 2, detail: "2 of 60 entities differ") },
            ]
            let probes = [HealthProbe("qdrant") { throw Away() }, HealthProbe("source github") {}]
            let run = try await self.run(self.job(world, tasks: tasks, probes: probes), in: world)
            #expect(run.state == "FINISHED")
            #expect(run.steps.map(\.name) == ["retries", "leases", "health", "broken", "audit", "memory", "retention"])
            let health = try #require(run.steps.first { $0.name == "health" })
            #expect(health.count == 2 && health.failed == 1)
            #expect(health.detail == "postgresql well, source github well, qdrant away")
            #expect(run.steps.first { $0.name == "broken" }?.failed == 1)
            #expect(run.steps.first { $0.name == "audit" }?.count == 60)
            #expect(run.failed == 4)
            #expect(run.summary?.contains("2 of 60 entities differ") == true)
            let all = "\(run)"
            #expect(!all.contains("10.0.0.7"))
        }
    }

    @Test("Parts are asked side by side, and a step that needs one that is away is left out and says so")
    func sideBySide() async throws {
        try await JobWorld.with { world in
            let (asked, all) = (Count(), 5)
            // None answers before all are asked.
            let sources = (1...all).map { number in
                HealthProbe("source \(number)") {
                    asked.value.withLock { $0 += 1 }
                    while asked.value.withLock({ $0 }) < all { try await Task.sleep(for: .milliseconds(10)) }
                }
            }
            let tasks = [
                UpkeepTask("audit", needing: "qdrant") { _ in RunStep("", count: 60) },
                UpkeepTask("sweep", needing: "source 1") { _ in RunStep("", count: 7) },
            ]
            let probes = sources + [HealthProbe("qdrant") { throw Away() }]
            let run = try await self.run(self.job(world, tasks: tasks, probes: probes), in: world)
            let health = try #require(run.steps.first { $0.name == "health" })
            let well = (1...all).map { "source \($0) well" }.joined(separator: ", ")
            #expect(health.detail == "postgresql well, \(well), qdrant away")
            let audit = try #require(run.steps.first { $0.name == "audit" })
            #expect(audit == RunStep("audit", detail: "left out: qdrant is away"))
            #expect(run.steps.first { $0.name == "sweep" }?.count == 7)
        }
    }

    @Test("The upkeep of a tenant that takes long does not hold up another's")
    func slowUpkeep() async throws {
        try await JobWorld.with { world in
            let other = try await world.anotherTenant()
            let slow = world.tenant.id
            let job = ScriptedJob(.sleep) { context in
                if context.tenant == slow { try await Task.sleep(for: .seconds(60)) }
                return JobOutcome(summary: "done")
            }
            try await world.running([world.orchestrator([job])]) {
                try await world.command(.start, .sleep)
                try await world.wait(.sleep) { $0.isOwned }
                _ = try await world.store.command(.start, job: "sleep_job", tenant: other.id, by: "test")
                try await world.waitForRun(of: other, .sleep)
            }
        }
    }

    @Test("Given-up rows whose reason passes come back, and those whose entity is gone; what is wrong with a text stays")
    func retries() async throws {
        try await JobWorld.with { world in
            try await world.database.query(
                """
                INSERT INTO vectorization_queue (tenant_id, integration_id, source, table_name, external_id, entity, operation, status,
                    failure_kind, error_message, started_at)
                SELECT $1, $2, 'jira', 'wits', n::text, ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'update', 'failed', kind,
                    'reason', now() - interval '2 hours'
                FROM unnest(ARRAY['transient', 'content', 'content', 'crash']) WITH ORDINALITY AS k (kind, n)
                """,
                [.uuid(world.tenant.id), .uuid(world.tenant.jira)]
            )
            // Of the two that are wrong in content, one is still there.
            try await world.database.query(
                """
                INSERT INTO wits (tenant_id, integration_id, stable_id, external_id, entity, original_name, hierarchy_level, fetched_at)
                VALUES ($1, $2, '2', '2', '00000000-0000-0000-0000-000000000002', 'Bug', 0, now())
                """,
                [.uuid(world.tenant.id), .uuid(world.tenant.jira)]
            )
            let run = try await self.run(self.job(world), in: world)
            let rows = try await world.database.query(
                "SELECT external_id || ' ' || status || ' ' || operation AS row FROM vectorization_queue ORDER BY external_id"
            ).map { try $0.decode("row", as: String.self) }
            #expect(rows == ["1 pending update", "2 failed update", "3 pending delete", "4 failed update"])
            #expect(run.steps.first?.count == 2)
            #expect(run.steps.first?.detail == "1 given-up rows and 1 rows of deleted entities requeued, 0 jobs tried again")
        }
    }

    @Test("Answers kept for repeated requests go after a day, the tenant's and those of nobody")
    func answers() async throws {
        try await JobWorld.with { world in
            try await world.database.query(
                """
                INSERT INTO idempotency_keys (caller, key, tenant_id, digest, created_at)
                SELECT gen_random_uuid(), age::text, tenant, 'x', now() - make_interval(hours => age)
                FROM unnest(ARRAY[1, 23, 26, 1000]) age, unnest(ARRAY[$1::uuid, NULL]) tenant
                """,
                [.uuid(world.tenant.id)]
            )
            let run = try await self.run(self.job(world), in: world)
            #expect(run.steps.last?.detail == "2 answers to repeated requests cleared")
            let left = try await world.database.query(
                "SELECT key || ' ' || (tenant_id IS NULL) AS line FROM idempotency_keys ORDER BY 1"
            ).map { try $0.decode("line", as: String.self) }
            #expect(left == ["1 false", "1 true", "23 false", "23 true"])
        }
    }

    @Test("A job that waits for a person is tried again once its integration was changed, and says so")
    func mended() async throws {
        try await JobWorld.with { world in
            try await world.database.query(
                """
                UPDATE etl_jobs SET status = 'ERROR', next_run_at = NULL, error_kind = 'authentication', recovery_tier = 'manual',
                    updated_at = now() - interval '1 hour'
                WHERE job_name IN ('github_job', 'jira_job')
                """
            )
            try await world.database.query("UPDATE integrations SET updated_at = now() - interval '2 hours'")
            try await world.database.query("UPDATE integrations SET updated_at = now() WHERE kind = 'github'")
            let run = try await self.run(self.job(world), in: world)
            #expect(run.steps.first?.count == 1)
            let github = try await world.job(.github)
            #expect(github.nextRunAt != nil)
            #expect(github.recoveryReason?.contains("its integration was changed") == true)
            #expect(try await world.job(.jira).nextRunAt == nil)
        }
    }

    @Test("A job that waits for a person is tried again once a secret of its integration was replaced, not encrypted anew")
    func mendedSecret() async throws {
        try await JobWorld.with { world in
            let tenant = world.tenant.id
            let (old, new) = (String(repeating: "0a", count: 32), String(repeating: "0b", count: 32))
            func keep(_ id: String) async throws {
                let cipher = try VaultCipher(keys: [old])
                _ = try await world.store.keepSecret("a token", id: id, tenant: tenant, by: "ann", cipher: cipher)
            }
            for id in ["github_token", "jira-token", "other"] { try await keep(id) }
            try await world.database.query("UPDATE tenant_secrets SET updated_at = now() - interval '2 hours'")
            try await world.database.query(
                """
                UPDATE integrations SET updated_at = now() - interval '2 hours', configuration = CASE kind
                    WHEN 'github' THEN '{"tokens": ["env:A", "vault:github_token"]}'::jsonb
                    ELSE '{"api_token": "vault:jira-token"}'::jsonb END
                """
            )
            try await world.database.query(
                """
                UPDATE etl_jobs SET status = 'ERROR', next_run_at = NULL, error_kind = 'authentication', recovery_tier = 'manual',
                    updated_at = now() - interval '1 hour'
                WHERE job_name IN ('github_job', 'jira_job')
                """
            )
            let rotated = try await world.store.rotateSecrets(tenant: tenant, cipher: try VaultCipher(keys: [new, old]))
            #expect(rotated == 3)
            try await keep("other")
            let early = try await world.store.retryMendedJobs(tenant: tenant)
            #expect(early == 0)
            try await keep("github_token")
            let mended = try await world.store.retryMendedJobs(tenant: tenant)
            #expect(mended == 1)
            let github = try await world.job(.github)
            #expect(github.nextRunAt != nil)
            #expect(github.recoveryReason?.contains("a secret of its integration was replaced") == true)
            #expect(try await world.job(.jira).nextRunAt == nil)
        }
    }

    @Test("Rows and runs of processes that are gone are taken back")
    func leases() async throws {
        try await JobWorld.with { world in
            try await world.database.query(
                """
                INSERT INTO vectorization_queue (tenant_id, integration_id, source, table_name, external_id, entity, operation, status,
                    crashes, lease_owner, lease_until)
                SELECT $1, $2, 'jira', 'wits', n::text, gen_random_uuid(), 'update', 'processing', c, gen_random_uuid(),
                    now() + make_interval(secs => s)
                FROM (VALUES (1, 0, -60), (2, 4, -60), (3, 0, 60)) AS v (n, c, s)
                """,
                [.uuid(world.tenant.id), .uuid(world.tenant.jira)]
            )
            let silent = try await world.store.startRun(
                tenant: world.tenant.id,
                integration: nil,
                jobName: "vectorization_job",
                channel: .vectorization,
                total: 3
            )
            try await world.database.query(
                "UPDATE job_runs SET heartbeat_at = now() - interval '5 minutes' WHERE id = $1",
                [.uuid(silent.runID)]
            )
            let run = try await self.run(self.job(world), in: world)
            let rows = try await world.database.query(
                "SELECT external_id || ' ' || status || ' ' || crashes AS row FROM vectorization_queue ORDER BY external_id"
            ).map { try $0.decode("row", as: String.self) }
            #expect(rows == ["1 pending 1", "2 failed 5", "3 processing 0"])
            let step = try #require(run.steps.first { $0.name == "leases" })
            #expect(step.count == 3)
            #expect(try await world.store.runs(tenant: world.tenant.id, of: "vectorization_job").first?.state == "ERROR")
        }
    }

    @Test("Each kind of record is cleared by its own age; what is open, running, or a job's last run stays")
    func retention() async throws {
        try await JobWorld.with { world in
            let tenant = world.tenant.id
            try await world.database.query(
                """
                INSERT INTO job_runs (tenant_id, job_name, channel, state, started_at, finished_at)
                SELECT $1, 'sleep_job', 'Orchestrator', state, now() - interval '100 days', CASE WHEN state <> 'RUNNING' THEN
                    now() - make_interval(days => d) END
                FROM (VALUES ('FINISHED', 99), ('ERROR', 91), ('FINISHED', 89), ('RUNNING', 0)) AS v (state, d)
                """,
                [.uuid(tenant)]
            )
            // The last run of a job that has not run since.
            try await world.database.query(
                """
                UPDATE etl_jobs SET run_id = (SELECT id FROM job_runs ORDER BY finished_at LIMIT 1)
                WHERE tenant_id = $1 AND job_name = 'jira_job'
                """,
                [.uuid(tenant)]
            )
            try await world.database.query(
                """
                INSERT INTO rejected_records (tenant_id, integration_id, kind, identity, reason, last_seen_at)
                SELECT $1, $2, 'issue', d::text, 'no summary', now() - make_interval(days => d) FROM unnest(ARRAY[1, 91]) AS d
                """,
                [.uuid(tenant), .uuid(world.tenant.jira)]
            )
            try await world.database.query(
                """
                INSERT INTO raw_records (tenant_id, integration_id, kind, stable_id, body, fetched_at)
                SELECT $1, $2, 'issue', d::text, '{}', now() - make_interval(days => d) FROM unnest(ARRAY[1, 20, 900]) AS d
                """,
                [.uuid(tenant), .uuid(world.tenant.jira)]
            )
            try await world.database.query(
                """
                INSERT INTO webhook_deliveries (tenant_id, integration_id, delivery_id, event, status, received_at)
                SELECT $1, $2, d || s, 'push', s, now() - make_interval(days => d)
                FROM unnest(ARRAY[29, 31]) AS d, unnest(ARRAY['done', 'failed', 'pending']) AS s
                """,
                [.uuid(tenant), .uuid(world.tenant.github)]
            )
            try await world.database.query(
                """
                INSERT INTO ai_anomalies (tenant_id, metric, value, baseline, deviation, severity, type, status, resolved_at)
                SELECT $1, 'm' || d, 1, 1, 1, 'low', 't', CASE WHEN d = 0 THEN 'open' ELSE 'resolved' END,
                    CASE WHEN d > 0 THEN now() - make_interval(days => d) END
                FROM unnest(ARRAY[0, 300, 400]) AS d
                """,
                [.uuid(tenant)]
            )
            try await world.database.query(
                """
                INSERT INTO ai_learning_memory (tenant_id, error_type, fingerprint, user_intent, failed_query, specific_issue,
                    last_seen_at, resolved_at)
                SELECT $1, 't', 'f' || d || over, 'i', 'q', 's', now() - make_interval(days => d), CASE WHEN over THEN now() END
                FROM (VALUES (1, true), (400, true), (400, false)) AS v (d, over)
                """,
                [.uuid(tenant)]
            )
            _ = try await self.run(self.job(world), in: world)
            #expect(try await world.database.count("SELECT count(*) FROM raw_records") == 3)
            var retention = Retention()
            retention.rawRecords = .seconds(10 * 86_400)
            try await world.put(.finished, .sleep)
            let run = try await self.run(self.job(world, retention: retention), in: world)
            func count(_ table: String, _ condition: String = "true") async throws -> Int {
                try await world.database.count("SELECT count(*) FROM \(table) WHERE \(condition)")
            }
            #expect(try await count("job_runs", "finished_at < now() - interval '90 days'") == 1)
            #expect(try await count("job_runs", "started_at < now() - interval '90 days'") == 3)
            #expect(try await count("rejected_records") == 1)
            #expect(try await count("raw_records") == 1)
            #expect(try await count("webhook_deliveries") == 3)
            #expect(try await count("ai_anomalies") == 2)
            #expect(try await count("ai_learning_memory") == 2)
            #expect(run.steps.last?.detail == "2 raw records cleared")
        }
    }

    @Test("Another tenant's rows are not touched")
    func apart() async throws {
        try await JobWorld.with { world in
            let rival = try await world.database.tenant("rival")
            try await world.database.query(
                """
                INSERT INTO vectorization_queue (tenant_id, integration_id, source, table_name, external_id, entity, operation, status,
                    failure_kind, started_at)
                VALUES ($1, $2, 'jira', 'wits', '1', gen_random_uuid(), 'update', 'failed', 'transient', now() - interval '2 hours')
                """,
                [.uuid(rival.id), .uuid(rival.jira)]
            )
            try await world.database.query(
                """
                INSERT INTO ai_performance_metrics (tenant_id, metric_name, metric_value, metric_unit, service_name,
                    measurement_timestamp)
                VALUES ($1, 'm', 1, 's', 'test', now() - interval '400 days')
                """,
                [.uuid(rival.id)]
            )
            let run = try await self.run(self.job(world), in: world)
            #expect(run.steps.allSatisfy { $0.name == "health" || $0.count == 0 })
            #expect(try await world.database.count("SELECT count(*) FROM vectorization_queue WHERE status = 'failed'") == 1)
            #expect(try await world.database.count("SELECT count(*) FROM ai_performance_metrics") == 1)
        }
    }
}
