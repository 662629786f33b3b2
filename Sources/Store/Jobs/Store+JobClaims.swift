public import Foundation
import Postgres
public import PulseModel

extension Store {
    /// Jobs of all tenants that could be taken up now, the fairest first.
    public func dueJobs(_ kinds: [JobKind], limit: Int, patience: JobPatience = JobPatience()) async throws -> [DueJob] {
        try await self.pool.query(
            "SELECT tenant_id, job_id FROM due_jobs($1::text[], $2::integer, make_interval(secs => $3), make_interval(secs => $4))",
            [
                .texts(kinds.map(\.rawValue)), .int(limit), .double(patience.silence.inSeconds),
                .double(patience.obedience.inSeconds),
            ]
        ).map { try DueJob(tenant: $0.decode("tenant_id"), id: $0.decode("job_id")) }
    }

    /// Jobs of all tenants whose process is silent or has not obeyed a stop, the longest silent first.
    public func lostJobs(_ kinds: [JobKind], limit: Int, patience: JobPatience = JobPatience()) async throws -> [DueJob] {
        try await self.pool.query(
            """
            SELECT tenant_id, job_id
            FROM lost_jobs($1::text[], $2::integer, make_interval(secs => $3), make_interval(secs => $4))
            """,
            [
                .texts(kinds.map(\.rawValue)), .int(limit), .double(patience.silence.inSeconds),
                .double(patience.obedience.inSeconds),
            ]
        ).map { try DueJob(tenant: $0.decode("tenant_id"), id: $0.decode("job_id")) }
    }

    /// Fences a job's run if its process is still silent or does not obey. The job then waits for whoever takes it up, rests where
    /// a person has asked for that, or has failed.
    ///
    /// - Parameter decide: as for ``claim(_:owner:patience:decide:)``.
    /// - Returns: whether the run was fenced.
    /// - Throws: also where another transaction of the tenant holds its locks for long; see ``isLocked(_:)``.
    public func takeBack(
        _ lost: DueJob,
        patience: JobPatience = JobPatience(),
        decide: @Sendable (_ kind: JobKind, _ failures: Int) -> RetryDecision
    ) async throws -> Bool {
        try await self.inTenantBriefly(lost.tenant) { connection -> Bool in
            guard let job = try await Self.lock(due: lost, patience: patience, connection: connection),
                job.state == .running, job.isOwned
            else { return false }
            _ = try await Self.takeFromProcess(
                job,
                tenant: lost.tenant,
                patience: patience,
                decide: decide,
                connection: connection
            )
            return true
        }
    }

    /// Takes a job up, if it is still due and nobody else does: its old run is fenced, a new one opened.
    ///
    /// - Parameter decide: what follows from a job whose processes keep stopping; failures in a row, this one included.
    /// - Returns: nil where there is nothing to run.
    /// - Throws: also where another transaction of the tenant holds its locks for long; see ``isLocked(_:)``.
    public func claim(
        _ due: DueJob,
        owner: UUID,
        patience: JobPatience = JobPatience(),
        decide: @Sendable (_ kind: JobKind, _ failures: Int) -> RetryDecision
    ) async throws -> ClaimedJob? {
        try await self.inTenantBriefly(due.tenant) { connection -> ClaimedJob? in
            guard let job = try await Self.lock(due: due, patience: patience, connection: connection) else { return nil }
            guard try await Self.halt(tenant: due.tenant, connection: connection) == nil else { return nil }
            if job.state == .running, job.isOwned {
                guard
                    try await Self.takeFromProcess(
                        job,
                        tenant: due.tenant,
                        patience: patience,
                        decide: decide,
                        connection: connection
                    )
                else { return nil }
            } else {
                _ = try Self.path(of: job.state)
            }
            return try await Self.begin(job, tenant: due.tenant, owner: owner, connection: connection)
        }
    }

    /// The job, its row locked until the transaction ends; nil where it is not due or somebody else holds its row.
    private static func lock(due: DueJob, patience: JobPatience, connection: PostgresConnection) async throws -> StoredJob? {
        try await connection.query(
            """
            SELECT \(StoredJob.columns)
            FROM etl_jobs j LEFT JOIN integrations i ON i.tenant_id = j.tenant_id AND i.id = j.integration_id
            WHERE j.tenant_id = $1 AND j.id = $2
              AND job_is_due(j, make_interval(secs => $3), make_interval(secs => $4))
            FOR UPDATE OF j SKIP LOCKED
            """,
            [.uuid(due.tenant), .uuid(due.id), .double(patience.silence.inSeconds), .double(patience.obedience.inSeconds)]
        ).first.map { try StoredJob($0) }
    }

    /// The state that a job passes to when it is taken up.
    private static func path(of state: JobState) throws(RefusedTransition) -> JobState {
        switch state {
        case .notStarted, .finished: try state.after(.start).after(.schedule)
        case .pending: try state.after(.schedule)
        case .error: try state.after(.retry)
        case .running: .running
        case .paused: try state.after(.schedule)
        }
    }

    /// Fences the run of a process that is silent or does not obey.
    ///
    /// - Returns: whether the job is to be run on.
    private static func takeFromProcess(
        _ job: StoredJob,
        tenant: UUID,
        patience: JobPatience,
        decide: @Sendable (JobKind, Int) -> RetryDecision,
        connection: PostgresConnection
    ) async throws -> Bool {
        // Where the database itself has restarted since the last heartbeat, the process may merely have had nobody to beat for: that is no
        // crash of the job's.
        let restarted = try await connection.query(
            "SELECT pg_postmaster_start_time() > $1 AS restarted",
            [.optional(job.heartbeatAt)]
        ).first?.decode("restarted", as: Bool?.self)
        let crashes = job.crashes + (restarted == true ? 0 : 1)
        let decision = crashes >= patience.crashes && job.request == nil ? decide(job.kind, job.failures + 1) : nil
        let retryAt = decision?.delay.map { Date(timeIntervalSinceNow: $0.inSeconds) }
        let message = "its process stopped; the next run goes on from the last page"
        if let run = job.run {
            let reference = RunReference(jobName: job.kind.rawValue, channel: job.kind.channel, runID: run, at: Date())
            let ending: RunEnding =
                if let request = job.request {
                    .interrupted(kind: request.rawValue, message: "stopped by \(job.requestedBy ?? "a person")")
                } else {
                    .failed(
                        kind: JobFailureKind.crash.rawValue,
                        message: message,
                        retryAt: retryAt,
                        recovery: decision?.reason
                    )
                }
            try await Self.closeJobRun(reference, as: ending, tally: nil, tenant: tenant, connection: connection)
        }
        let next: JobState =
            if let request = job.request {
                try job.state.after(request == .pause ? .pause : .stop)
            } else if decision != nil {
                try job.state.after(.fail)
            } else {
                .running
            }
        try await connection.query(
            """
            UPDATE etl_jobs
            -- Nobody may take it up for long: until then, too, what its process says of the job must not count.
            SET status = $3::text, fence = nextval('job_fence'), owner = NULL, request = NULL, heartbeat_at = NULL,
                updated_at = now(),
                crashes = CASE WHEN $3::text = 'RUNNING' THEN $4::integer ELSE 0 END,
                retry_count = retry_count + CASE WHEN $3::text = 'ERROR' THEN 1 ELSE 0 END,
                error_kind = CASE WHEN $3::text = 'ERROR' THEN 'crash' ELSE error_kind END,
                error_message = CASE WHEN $3::text = 'ERROR' THEN $5::text ELSE error_message END,
                recovery_tier = CASE WHEN $3::text = 'ERROR' THEN $6::text ELSE recovery_tier END,
                recovery_reason = CASE WHEN $3::text = 'ERROR' THEN $8::text ELSE recovery_reason END,
                next_run_at = CASE WHEN $3::text = 'ERROR' THEN $7 ELSE next_run_at END
            WHERE tenant_id = $1 AND id = $2
            """,
            [
                .uuid(tenant), .uuid(job.id), .text(next.rawValue), .int(crashes),
                .text("\(crashes) processes in a row stopped while they ran it"), .optional(decision?.tier.rawValue),
                .optional(retryAt), .optional(decision?.reason),
            ]
        )
        if let decision, next == .error {
            let failure = LearnedFailure(
                job.kind,
                integration: job.integration,
                named: job.integrationName,
                kind: .crash,
                message: "\(crashes) processes in a row stopped while they ran it",
                decision: decision
            )
            try await Self.remember(failure, tenant: tenant, connection: connection)
        }
        return next == .running
    }

    private static func begin(
        _ job: StoredJob,
        tenant: UUID,
        owner: UUID,
        connection: PostgresConnection
    ) async throws -> ClaimedJob {
        let drawn = try await connection.query("SELECT nextval('job_fence') AS fence")
        guard let row = drawn.first else { throw StoreError.notMigrated }
        let fence: Int = try row.decode("fence")
        let run = try await Self.openJobRun(
            job.kind,
            tenant: tenant,
            integration: job.integration,
            fence: fence,
            connection: connection
        )
        try await connection.query(
            """
            UPDATE etl_jobs
            SET status = 'RUNNING', fence = $3, run_id = $4, owner = $5, heartbeat_at = now(), last_started_at = now(),
                request = NULL, updated_at = now()
            WHERE tenant_id = $1 AND id = $2
            """,
            [.uuid(tenant), .uuid(job.id), .int(fence), .uuid(run.runID), .uuid(owner)]
        )
        return ClaimedJob(
            id: job.id,
            kind: job.kind,
            tenant: tenant,
            integration: job.integration,
            integrationName: job.integrationName,
            fence: RunFence(tenant: tenant, run: run.runID, number: fence),
            run: run,
            failures: job.failures
        )
    }

    /// Which of its jobs an orchestrator still holds, and what is asked of them.
    ///
    /// - Parameters:
    ///   - running: the jobs that it runs, each under its fence. What it once held and no longer runs is not kept alive.
    ///   - renew: whether they and their runs count as alive from now on.
    public func ownedJobs(_ running: [ClaimedJob], owner: UUID, renew: Bool) async throws -> [OwnedJob] {
        try await self.pool.query(
            "SELECT job_id, fence, request, is_open FROM owned_jobs($1, $2, $3::uuid[], $4::bigint[])",
            [.uuid(owner), .bool(renew), .uuids(running.map(\.id)), .ints(running.map(\.fence.number))]
        ).map { row in
            let request: String? = try row.decode("request")
            return try OwnedJob(
                id: row.decode("job_id"),
                fence: row.decode("fence"),
                request: request.flatMap(StoredJob.Request.init),
                isOpen: row.decode("is_open")
            )
        }
    }

    /// Brings each `vectorization_job` into the state that its tenant's queue and workers are in.
    ///
    /// - Parameter isBrief: whether it fails where another transaction holds one of them locked for long; see ``isLocked(_:)``.
    public func mirrorVectorization(isBrief: Bool = false) async throws {
        try await self.pool.withTransaction(settings: isBrief ? ["lock_timeout": Self.longestLockWait] : [:]) { connection in
            _ = try await connection.query("SELECT mirror_vectorization()")
        }
    }

    // MARK: Ending

    /// The run has done its work: `FINISHED`, or `PAUSED` where that was asked for meanwhile.
    ///
    /// - Returns: the state; nil where the run is fenced.
    public func finish(
        _ job: ClaimedJob,
        tally: RunTally,
        summary: String,
        seconds: Double,
        steps: [RunStep] = []
    ) async throws -> JobState? {
        let state = try await self.end(job, .finish, tally: tally, decision: nil, steps: steps) {
            .finished(summary: summary, seconds: seconds)
        } kindOfError: {
            nil
        }
        if state != nil { await self.learn(fromSuccessOf: job) }
        return state
    }

    /// The run has failed.
    ///
    /// - Parameter hasProgressed: whether it has brought something before: failures in a row are counted from it on then.
    /// - Returns: the state; nil where the run is fenced.
    public func fail(
        _ job: ClaimedJob,
        tally: RunTally,
        kind: JobFailureKind,
        message: String,
        decision: RetryDecision,
        hasProgressed: Bool = false,
        steps: [RunStep] = []
    ) async throws -> JobState? {
        let retryAt = decision.delay.map { Date(timeIntervalSinceNow: $0.inSeconds) }
        let failures = (hasProgressed ? 0 : job.failures) + (decision.isCounted ? 1 : 0)
        let state = try await self.end(job, .fail, tally: tally, decision: decision, failures: failures, steps: steps) {
            .failed(kind: kind.rawValue, message: message, retryAt: retryAt, recovery: decision.reason)
        } kindOfError: {
            (kind.rawValue, message)
        }
        if state != nil { await self.learn(from: job, kind: kind, message: message, decision: decision) }
        return state
    }

    /// The run has ended before its time: `PAUSED` where that was asked for, else `PENDING` for another process.
    ///
    /// - Parameter isClosed: because its tenant was closed, and not its process.
    /// - Returns: the state; nil where the run is fenced.
    public func release(
        _ job: ClaimedJob,
        tally: RunTally,
        steps: [RunStep] = [],
        isClosed: Bool = false
    ) async throws -> JobState? {
        try await self.end(job, .release, tally: tally, decision: nil, steps: steps) {
            isClosed
                ? .interrupted(kind: "closed", message: "its tenant was closed; open again, it goes on from the last page")
                : .interrupted(kind: "shutdown", message: "its process was shut down; another goes on from the last page")
        } kindOfError: {
            nil
        }
    }

    private func end(
        _ job: ClaimedJob,
        _ transition: JobTransition,
        tally: RunTally,
        decision: RetryDecision?,
        failures: Int? = nil,
        steps: [RunStep] = [],
        as ending: @Sendable () -> RunEnding,
        kindOfError: @Sendable () -> (kind: String, message: String)?
    ) async throws -> JobState? {
        try await self.inTenant(job.tenant) { connection -> JobState? in
            let rows = try await connection.query(
                """
                SELECT request, requested_by FROM etl_jobs
                WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND status = 'RUNNING' AND owner IS NOT NULL FOR UPDATE
                """,
                [.uuid(job.tenant), .uuid(job.id), .int(job.fence.number)]
            )
            guard let row = rows.first else { return nil }
            let asked: String? = try row.decode("request")
            let by: String? = try row.decode("requested_by")
            let request = asked.flatMap(StoredJob.Request.init)
            // What a person has asked for stands, also where the run came to its end by itself.
            let next = try JobState.running.after(request.map { $0 == .pause ? .pause : .stop } ?? transition)
            let error = kindOfError()
            let hasFinished = transition == .finish
            try await connection.query(
                """
                UPDATE etl_jobs
                SET status = $4::text, owner = NULL, heartbeat_at = NULL, request = NULL, updated_at = now(), crashes = 0,
                    retry_count = CASE WHEN $5 THEN 0 ELSE coalesce($11::integer, retry_count) END,
                    last_success_at = CASE WHEN $5 THEN now() ELSE last_success_at END,
                    error_kind = CASE WHEN $5 THEN NULL ELSE coalesce($6::text, error_kind) END,
                    error_message = CASE WHEN $5 THEN NULL ELSE coalesce($7::text, error_message) END,
                    recovery_tier = CASE WHEN $5 THEN NULL ELSE coalesce($8::text, recovery_tier) END,
                    recovery_reason = CASE WHEN $5 THEN NULL ELSE coalesce($10::text, recovery_reason) END,
                    next_run_at = CASE
                        WHEN $5 THEN now() + make_interval(secs => interval_seconds)
                        WHEN $6::text IS NOT NULL THEN now() + make_interval(secs => $9)
                        ELSE next_run_at
                    END
                WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND status = 'RUNNING'
                """,
                [
                    .uuid(job.tenant), .uuid(job.id), .int(job.fence.number), .text(next.rawValue), .bool(hasFinished),
                    .optional(error?.kind), .optional(error.map { StorableText.plain($0.message) }),
                    .optional(decision?.tier.rawValue), .optional(decision?.delay?.inSeconds), .optional(decision?.reason),
                    .optional(failures),
                ]
            )
            var outcome = ending()
            if let request, case .interrupted = outcome {
                outcome = .interrupted(
                    kind: request == .pause ? "paused" : "stopped",
                    message:
                        "\(request == .pause ? "paused" : "stopped") by \(by ?? "a person"); resume goes on from the last page"
                )
            }
            try await Self.closeJobRun(
                job.run,
                as: outcome,
                tally: tally,
                steps: steps,
                tenant: job.tenant,
                connection: connection
            )
            return next
        }
    }
}
