public import Foundation
import Postgres
import PulseModel

extension Store {
    /// Gives each tenant, or one, the jobs that it should have and lacks.
    public func ensureJobs(tenant: UUID? = nil) async throws {
        _ = try await self.pool.query("SELECT ensure_jobs($1)", [.optional(tenant)])
    }

    /// The tenant's jobs, those of inactive integrations left out.
    ///
    /// - Parameter name: of the job; nil for all.
    public func jobs(tenant: UUID, named name: String? = nil) async throws -> [StoredJob] {
        try await self.ensureJobs(tenant: tenant)
        return try await self.inTenant(tenant) { connection in
            try await Self.jobs(tenant: tenant, named: name, connection: connection)
        }
    }

    private static func jobs(tenant: UUID, named name: String?, connection: PostgresConnection) async throws -> [StoredJob] {
        try await connection.query(
            """
            SELECT \(StoredJob.columns)
            FROM etl_jobs j LEFT JOIN integrations i ON i.tenant_id = j.tenant_id AND i.id = j.integration_id
            WHERE j.tenant_id = $1 AND ($2::text IS NULL OR j.job_name = $2::text) AND (j.integration_id IS NULL OR i.active)
            ORDER BY j.job_name, i.name
            """,
            [.uuid(tenant), .optional(name)]
        ).map { try StoredJob($0) }
    }

    /// The emergency stop that holds the tenant's jobs; nil where none does.
    public func halt(tenant: UUID) async throws -> OrchestratorHalt? {
        try await self.inTenant(tenant) { try await Self.halt(tenant: tenant, connection: $0) }
    }

    static func halt(tenant: UUID, connection: PostgresConnection) async throws -> OrchestratorHalt? {
        let rows = try await connection.query(
            "SELECT halted_by, halted_at, reason FROM orchestrator_state WHERE tenant_id = $1",
            [.uuid(tenant)]
        )
        return try rows.first.map { row in
            try OrchestratorHalt(by: row.decode("halted_by"), at: row.decode("halted_at"), reason: row.decode("reason"))
        }
    }

    /// The tenant's runs, the newest first.
    ///
    /// - Parameter before: the run with which the page before ended.
    public func runs(
        tenant: UUID,
        of job: String,
        integration: String? = nil,
        before: UUID? = nil,
        limit: Int = 50
    ) async throws -> [JobRun] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT r.id, r.job_name, i.name AS integration, r.state, r.started_at, r.finished_at, r.processed, r.failed,
                    -- Both are 0 until somebody says otherwise: who counts requests also measures seconds, and who counts bytes
                    -- those of the processor. The vectorization counts no bytes.
                    CASE WHEN r.requests > 0 OR r.database_seconds IS NOT NULL OR r.cpu_seconds IS NOT NULL THEN r.requests END
                        AS requests,
                    CASE WHEN r.bytes > 0 OR (r.cpu_seconds IS NOT NULL AND r.job_name <> 'vectorization_job') THEN r.bytes END
                        AS bytes,
                    r.database_seconds, r.cpu_seconds, r.peak_memory_bytes, r.summary, r.error_kind, r.error_message,
                    r.recovery_reason, r.steps::text AS steps
                FROM job_runs r LEFT JOIN integrations i ON i.tenant_id = r.tenant_id AND i.id = r.integration_id
                WHERE r.tenant_id = $1 AND r.job_name = $2::text AND ($3::text IS NULL OR i.name = $3::text)
                  AND ($5::uuid IS NULL OR (r.started_at, r.id) < (
                      SELECT b.started_at, b.id FROM job_runs b WHERE b.tenant_id = $1 AND b.id = $5::uuid
                  ))
                ORDER BY r.started_at DESC, r.id DESC
                LIMIT $4::bigint
                """,
                [.uuid(tenant), .text(job), .optional(integration), .int(limit), .optional(before)]
            ).map { row in
                try JobRun(
                    id: row.decode("id"),
                    job: row.decode("job_name"),
                    integration: row.decode("integration"),
                    state: row.decode("state"),
                    startedAt: row.decode("started_at"),
                    finishedAt: row.decode("finished_at"),
                    processed: row.decode("processed"),
                    failed: row.decode("failed"),
                    costs: RunCosts(
                        requests: row.decode("requests"),
                        bytes: row.decode("bytes"),
                        databaseSeconds: row.decode("database_seconds"),
                        cpuSeconds: row.decode("cpu_seconds"),
                        peakMemory: row.decode("peak_memory_bytes")
                    ),
                    summary: row.decode("summary"),
                    errorKind: row.decode("error_kind"),
                    errorMessage: row.decode("error_message"),
                    recoveryReason: row.decode("recovery_reason"),
                    steps: JSONDecoder().decode([RunStep].self, from: Data(row.decode("steps", as: String.self).utf8))
                )
            }
        }
    }

    // MARK: Commands

    /// Does what a person asks of a job. A running job is asked to end and does so at its next page (pause) or within ten seconds
    /// (stop); see ``StoredJob/request``. A pause does not withdraw a stop that is still to be obeyed.
    ///
    /// No orchestrator runs `vectorization_job`: while it is paused no worker takes rows of the tenant, and what one has taken is
    /// finished.
    ///
    /// - Parameters:
    ///   - integration: the name; needed where the tenant has several.
    ///   - by: who asks, for the record.
    ///   - why: for the record of forced ones.
    /// - Returns: the job as it stands then.
    /// - Throws: ``JobProblem``.
    public func command(
        _ command: JobCommand,
        force: Bool = false,
        job name: String,
        integration: String? = nil,
        tenant: UUID,
        by: String,
        why: String = ""
    ) async throws -> StoredJob {
        try await self.ensureJobs(tenant: tenant)
        // What is asked of it depends on what the workers do now.
        if name == JobKind.vectorization.rawValue { try await self.mirrorVectorization() }
        return try await self.inTenant(tenant) { connection in
            let id = try await Self.find(name, integration: integration, tenant: tenant, connection: connection).id
            guard let job = try await Self.lock(job: id, tenant: tenant, connection: connection) else {
                throw JobProblem.unknownJob(name)
            }
            // A stop is always possible; nothing starts while an emergency stop holds.
            if command == .start || command == .resume, let halt = try await Self.halt(tenant: tenant, connection: connection) {
                throw JobProblem.halted(by: halt.by, at: halt.at)
            }
            let transition = command.transition(force: force)
            try await Self.apply(transition, to: job, tenant: tenant, by: by, why: why, connection: connection)
            if transition == .forceStart || transition == .resume {
                try await Self.noteRetryByHand(
                    of: [LearnedFailure.subject(ofJob: job.kind, integration: job.integration)],
                    by: "a start by \(by)",
                    tenant: tenant,
                    connection: connection
                )
                // The workers look for rows.
                if job.kind == .vectorization { try await connection.query(QueueSQL.notify) }
            }
            return try await Self.lock(job: id, tenant: tenant, connection: connection) ?? job
        }
    }

    /// Stops all jobs of the tenant by force, and lets none start before ``startOrchestrator(tenant:)``.
    public func emergencyStop(tenant: UUID, by: String, why: String = "") async throws -> [StoredJob] {
        try await self.ensureJobs(tenant: tenant)
        try await self.mirrorVectorization()
        return try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                INSERT INTO orchestrator_state (tenant_id, halted_by, reason) VALUES ($1, $2::text, $3::text)
                -- The one that is in force stays as it is, and is held: a start of the orchestrator that ends it waits.
                ON CONFLICT (tenant_id) DO UPDATE SET reason = orchestrator_state.reason
                """,
                [.uuid(tenant), .text(StorableText.plain(by)), .text(StorableText.plain(why))]
            )
            // Whoever takes a job up holds its row before it looks for a halt: this waits for it, and later ones find the halt.
            let jobs = try await Self.jobs(tenant: tenant, named: nil, connection: connection)
            for job in jobs.sorted(by: { $0.id.uuidString < $1.id.uuidString }) {
                guard let job = try await Self.lock(job: job.id, tenant: tenant, connection: connection) else { continue }
                // A pause that a person has made before is not the emergency stop's to end.
                if job.kind == .vectorization, job.state == .paused { continue }
                try await Self.apply(.emergencyStop, to: job, tenant: tenant, by: by, why: why, connection: connection)
            }
            return try await Self.jobs(tenant: tenant, named: nil, connection: connection)
        }
    }

    /// Ends the runs of an integration's jobs by force, within a transaction that makes an end of the integration.
    static func endJobs(of integration: UUID, tenant: UUID, by person: String, connection: PostgresConnection) async throws {
        let jobs = try await connection.query(
            "SELECT id FROM etl_jobs WHERE tenant_id = $1 AND integration_id = $2 ORDER BY id",
            [.uuid(tenant), .uuid(integration)]
        ).map { try $0.decode("id", as: UUID.self) }
        for id in jobs {
            let job = try await Self.lock(job: id, tenant: tenant, connection: connection)
            guard let job, job.state == .running else { continue }
            try await Self.apply(
                .forceStop,
                to: job,
                tenant: tenant,
                by: person,
                why: "the integration was disconnected",
                connection: connection
            )
        }
    }

    /// Ends an emergency stop. The jobs that it has paused stay so until each is resumed; only the vectorization goes on at once.
    ///
    /// - Returns: the emergency stop that was in force; nil where none was.
    public func startOrchestrator(tenant: UUID) async throws -> OrchestratorHalt? {
        try await self.ensureJobs(tenant: tenant)
        return try await self.inTenant(tenant) { connection in
            // An emergency stop that is under way comes to its end first, and this ends it; a later one finds none and begins anew.
            try await connection.query("SELECT FROM orchestrator_state WHERE tenant_id = $1 FOR UPDATE", [.uuid(tenant)])
            let halt = try await Self.halt(tenant: tenant, connection: connection)
            let resumed = try await connection.query(
                """
                UPDATE etl_jobs j SET status = 'RUNNING', updated_at = now()
                FROM orchestrator_state h
                WHERE h.tenant_id = $1 AND j.tenant_id = $1 AND j.job_name = 'vectorization_job' AND j.status = 'PAUSED'
                  -- By the emergency stop itself: both have the time of its transaction.
                  AND j.forced_at = h.halted_at
                """,
                [.uuid(tenant)]
            )
            if resumed.affectedRows > 0 { try await connection.query(QueueSQL.notify) }
            try await connection.query("DELETE FROM orchestrator_state WHERE tenant_id = $1", [.uuid(tenant)])
            return halt
        }
    }

    /// Whether a person has paused or stopped the tenant's vectorization: no worker takes rows of it.
    public func isVectorizationPaused(tenant: UUID) async throws -> Bool {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                "SELECT id FROM etl_jobs WHERE tenant_id = $1 AND job_name = 'vectorization_job' AND status = 'PAUSED'",
                [.uuid(tenant)]
            ).first != nil
        }
    }

    private static func find(
        _ name: String,
        integration: String?,
        tenant: UUID,
        connection: PostgresConnection
    ) async throws -> StoredJob {
        let all = try await Self.jobs(tenant: tenant, named: name, connection: connection)
        guard !all.isEmpty else { throw JobProblem.unknownJob(name) }
        if let integration {
            guard let job = all.first(where: { $0.integrationName == integration }) else {
                throw JobProblem.unknownIntegration(integration, job: name)
            }
            return job
        }
        guard all.count == 1 else {
            throw JobProblem.integrationNeeded(job: name, among: all.compactMap(\.integrationName))
        }
        return all[0]
    }

    /// The job, its row locked until the transaction ends.
    private static func lock(job: UUID, tenant: UUID, connection: PostgresConnection) async throws -> StoredJob? {
        try await connection.query(
            """
            SELECT \(StoredJob.columns)
            FROM etl_jobs j LEFT JOIN integrations i ON i.tenant_id = j.tenant_id AND i.id = j.integration_id
            WHERE j.tenant_id = $1 AND j.id = $2
            FOR UPDATE OF j
            """,
            [.uuid(tenant), .uuid(job)]
        ).first.map { try StoredJob($0) }
    }

    private static func apply(
        _ transition: JobTransition,
        to job: StoredJob,
        tenant: UUID,
        by: String,
        why: String,
        connection: PostgresConnection
    ) async throws {
        let next: JobState
        do {
            next = try job.state.after(transition)
        } catch {
            throw JobProblem.refused(job: job.kind.rawValue, error)
        }
        let by = StorableText.plain(by)
        let isAsked = job.state == .running && job.isOwned && (transition == .pause || transition == .stop)
        if isAsked {
            // The stop was asked for already, and is more than a pause.
            if job.request == .stop, transition == .pause { return }
            try await connection.query(
                """
                UPDATE etl_jobs
                SET request = $3::text, requested_by = $4::text, updated_at = now(),
                    -- A second stop does not put off what is done with a run that does not obey.
                    requested_at = CASE WHEN request IS NOT DISTINCT FROM $3::text THEN requested_at ELSE now() END
                WHERE tenant_id = $1 AND id = $2 AND status = 'RUNNING'
                """,
                [.uuid(tenant), .uuid(job.id), .text(transition.rawValue), .text(by)]
            )
            return
        }
        let isForced = [.forceStart, .forceStop, .emergencyStop].contains(transition)
        try await connection.query(
            """
            UPDATE etl_jobs
            SET status = $5::text, owner = NULL, heartbeat_at = NULL, request = NULL, requested_by = $6::text, requested_at = now(),
                -- What a new beginning was asked for begins to count anew.
                retry_count = CASE WHEN $5::text IN ('PENDING', 'RUNNING') THEN 0 ELSE retry_count END,
                crashes = CASE WHEN $5::text IN ('PENDING', 'RUNNING') THEN 0 ELSE crashes END,
                forced_by = CASE WHEN $7 THEN $6::text ELSE forced_by END,
                forced_at = CASE WHEN $7 THEN now() ELSE forced_at END,
                forced_why = CASE WHEN $7 THEN $8::text ELSE forced_why END,
                updated_at = now()
            WHERE tenant_id = $1 AND id = $2 AND status = $3::text AND fence = $4
            """,
            [
                .uuid(tenant), .uuid(job.id), .text(job.state.rawValue), .int(job.fence), .text(next.rawValue), .text(by),
                .bool(isForced), .text(StorableText.plain(why.isEmpty ? transition.rawValue : why)),
            ]
        )
        if job.state == .running, let run = job.run {
            try await Self.closeJobRun(
                RunReference(jobName: job.kind.rawValue, channel: job.kind.channel, runID: run, at: Date()),
                as: .interrupted(kind: transition.rawValue, message: "stopped by \(by); resume goes on from the last page"),
                tally: nil,
                tenant: tenant,
                connection: connection
            )
        }
    }
}
