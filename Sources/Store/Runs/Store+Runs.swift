public import Foundation
import Postgres
public import PulseModel

extension Store {
    /// Opens a run and tells its channel.
    public func startRun(
        tenant: UUID,
        integration: UUID?,
        jobName: String,
        channel: ProgressChannel,
        total: Int?
    ) async throws -> RunReference {
        try await self.inTenant(tenant) { connection in
            try await Self.startRun(
                tenant: tenant,
                integration: integration,
                jobName: jobName,
                channel: channel,
                total: total,
                connection: connection
            )
        }
    }

    static func startRun(
        tenant: UUID,
        integration: UUID?,
        jobName: String,
        channel: ProgressChannel,
        total: Int?,
        connection: PostgresConnection
    ) async throws -> RunReference {
        let rows = try await connection.query(
            """
            INSERT INTO job_runs (tenant_id, integration_id, job_name, channel, total)
            VALUES ($1, $2, $3::text, $4::text, $5) RETURNING id, started_at
            """,
            [.uuid(tenant), .optional(integration), .text(jobName), .text(channel.rawValue), .optional(total)]
        )
        guard let row = rows.first else { throw StoreError.notMigrated }
        let run = RunReference(
            jobName: jobName,
            channel: channel,
            runID: try row.decode("id"),
            at: try row.decode("started_at")
        )
        try await Self.record(.started(JobStarted(run: run, total: total)), of: run, tenant: tenant, connection: connection)
        return run
    }

    /// Replaces the run's newest progress and tells its channel. The share of a run never falls: an earlier, greater one stays.
    public func reportProgress(_ progress: JobProgress, tenant: UUID) async throws {
        try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(
                """
                SELECT coalesce((progress->>'progress')::double precision, 0) AS before
                FROM job_runs WHERE tenant_id = $1 AND id = $2 AND state = 'RUNNING' FOR UPDATE
                """,
                [.uuid(tenant), .uuid(progress.run.runID)]
            )
            guard let row = rows.first else { return }
            var progress = progress
            progress.progress = max(progress.progress, try row.decode("before"))
            try await Self.writeProgress(progress, tenant: tenant, connection: connection)
        }
    }

    /// - Precondition: the transaction holds the run's row.
    static func writeProgress(_ progress: JobProgress, tenant: UUID, connection: PostgresConnection) async throws {
        var progress = progress
        progress.ai = try await Self.aiStatus(of: progress, tenant: tenant, connection: connection)
        try await connection.query(
            """
            UPDATE job_runs
            SET progress = $3::text::jsonb, progress_seq = progress_seq + 1, processed = $4, failed = $5, total = $6,
                heartbeat_at = now()
            WHERE tenant_id = $1 AND id = $2 AND state = 'RUNNING'
            """,
            [
                .uuid(tenant), .uuid(progress.run.runID), .text(try Self.json(of: .progress(progress))),
                .int(progress.processed), .int(progress.failed), .int(progress.total),
            ]
        )
        try await Self.notify(progress.run, tenant: tenant, connection: connection)
    }

    /// Closes the run and tells its channel.
    ///
    /// - Parameter costs: what is known of them; what is nil stays as it stands.
    public func completeRun(_ completed: JobCompleted, costs: RunCosts = RunCosts(), tenant: UUID) async throws {
        try await self.inTenant(tenant) { connection in
            try await Self.completeRun(completed, costs: costs, tenant: tenant, connection: connection)
        }
    }

    static func completeRun(
        _ completed: JobCompleted,
        costs: RunCosts = RunCosts(),
        tenant: UUID,
        connection: PostgresConnection
    ) async throws {
        try await Self.closeRun(
            completed.run,
            state: "FINISHED",
            processed: completed.processed,
            failed: completed.failed,
            costs: costs,
            error: nil,
            message: .completed(completed),
            tenant: tenant,
            connection: connection
        )
    }

    /// Closes the run as failed and tells its channel.
    ///
    /// - Parameter costs: what is known of them; what is nil stays as it stands.
    public func failRun(_ error: JobError, costs: RunCosts = RunCosts(), tenant: UUID) async throws {
        try await self.inTenant(tenant) { connection in
            try await Self.failRun(error, costs: costs, tenant: tenant, connection: connection)
        }
    }

    private static func failRun(
        _ error: JobError,
        costs: RunCosts = RunCosts(),
        tenant: UUID,
        connection: PostgresConnection
    ) async throws {
        var error = error
        error.message = StorableText.plain(error.message)
        try await Self.closeRun(
            error.run,
            state: "ERROR",
            processed: nil,
            failed: nil,
            costs: costs,
            error: (error.kind, error.message),
            message: .failed(error),
            tenant: tenant,
            connection: connection
        )
    }

    private static func closeRun(
        _ run: RunReference,
        state: String,
        processed: Int?,
        failed: Int?,
        costs: RunCosts,
        error: (kind: String, message: String)?,
        message: ProgressMessage,
        tenant: UUID,
        connection: PostgresConnection
    ) async throws {
        let rows = try await connection.query(
            """
            UPDATE job_runs
            SET state = $3::text, processed = coalesce($4::bigint, processed), failed = coalesce($5::bigint, failed),
                error_kind = $6::text, error_message = $7::text, requests = coalesce($8::bigint, requests),
                bytes = coalesce($9::bigint, bytes), database_seconds = coalesce($10::double precision, database_seconds),
                cpu_seconds = coalesce($11::double precision, cpu_seconds),
                peak_memory_bytes = coalesce($12::bigint, peak_memory_bytes), heartbeat_at = now(), finished_at = now()
            WHERE tenant_id = $1 AND id = $2 AND state = 'RUNNING'
            """,
            [
                .uuid(tenant), .uuid(run.runID), .text(state), .optional(processed), .optional(failed),
                .optional(error?.kind), .optional(error?.message), .optional(costs.requests), .optional(costs.bytes),
                .optional(costs.databaseSeconds), .optional(costs.cpuSeconds), .optional(costs.peakMemory),
            ]
        )
        guard rows.affectedRows == 1 else { return }
        try await Self.record(message, of: run, tenant: tenant, connection: connection)
    }

    /// Runs of the channel whose process is gone: they are closed as failed, so that no client waits for them for ever.
    ///
    /// - Returns: how many.
    @discardableResult
    public func closeAbandonedRuns(tenant: UUID, channel: ProgressChannel, olderThan silence: Duration) async throws -> Int {
        try await self.inTenant(tenant) { connection in
            // Locked, so that none that a heartbeat revives meanwhile is closed.
            let abandoned = try await connection.query(
                """
                SELECT id, job_name FROM job_runs
                WHERE tenant_id = $1 AND channel = $2::text AND state = 'RUNNING'
                  AND heartbeat_at < now() - make_interval(secs => $3)
                ORDER BY id FOR UPDATE
                """,
                [.uuid(tenant), .text(channel.rawValue), .double(silence.inSeconds)]
            )
            for row in abandoned {
                let run = try RunReference(jobName: row.decode("job_name"), channel: channel, runID: row.decode("id"), at: Date())
                try await Self.failRun(
                    JobError(
                        run: run,
                        kind: "crash",
                        message: "its process stopped; the next run goes on from there",
                        retryAt: nil
                    ),
                    tenant: tenant,
                    connection: connection
                )
            }
            return abandoned.count
        }
    }

    // MARK: Reading

    /// What a newcomer to the channel is shown, and from where it goes on: the last event and, of a running run, its progress.
    public func latestMessages(tenant: UUID, channel: ProgressChannel) async throws -> ChannelPosition {
        try await self.inTenant(tenant) { connection in
            let events = try await connection.query(
                """
                SELECT id, run_id, message::text AS message FROM job_events
                WHERE tenant_id = $1 AND channel = $2::text ORDER BY id DESC LIMIT 1
                """,
                [.uuid(tenant), .text(channel.rawValue)]
            )
            var position = ChannelPosition(lastEvent: 0, messages: [])
            if let row = events.first {
                position.lastEvent = try row.decode("id")
                position.messages = [try row.decode("message", as: String.self)]
            }
            let progress = try await connection.query(Self.progressStatement, [.uuid(tenant), .text(channel.rawValue)])
            // A newcomer gets the newest word: progress where a run is under way.
            if let row = progress.last { position.messages = [try row.decode("progress", as: String.self)] }
            return position
        }
    }

    /// What has happened on the channel since event `after`: all events, then the newest progress of each running run.
    public func messages(tenant: UUID, channel: ProgressChannel, after: Int) async throws -> ChannelMessages {
        let rows = try await self.readInTenant(
            tenant,
            [
                PostgresStatement(
                    """
                    SELECT id, message::text AS message FROM job_events
                    WHERE tenant_id = $1 AND channel = $2::text AND id > $3 ORDER BY id LIMIT 1000
                    """,
                    [.uuid(tenant), .text(channel.rawValue), .int(after)]
                ),
                PostgresStatement(Self.progressStatement, [.uuid(tenant), .text(channel.rawValue)]),
            ]
        )
        return try ChannelMessages(
            events: rows[0].map { try ChannelMessages.Event(id: $0.decode("id"), message: $0.decode("message")) },
            progress: rows[1].map {
                try ChannelMessages.Progress(
                    run: $0.decode("id"),
                    sequence: $0.decode("progress_seq"),
                    message: $0.decode("progress")
                )
            }
        )
    }

    private static let progressStatement = """
        SELECT id, progress_seq, progress::text AS progress FROM job_runs
        WHERE tenant_id = $1 AND channel = $2::text AND state = 'RUNNING' AND progress IS NOT NULL
        ORDER BY started_at
        """

    /// Each change on any channel, as `(tenant, channel)`; nil after a connect, when everything must be read again.
    public func channelChanges() -> AsyncStream<ChannelChange?> {
        let events = PostgresListener(configuration: self.configuration).listen(to: ["pulse_progress"])
        return AsyncStream { continuation in
            let task = Task {
                for await event in events {
                    switch event {
                    case .connected:
                        continuation.yield(nil)
                    case .notification(_, let payload):
                        let parts = payload.split(separator: " ")
                        guard parts.count == 2, let tenant = UUID(uuidString: String(parts[0])),
                            let channel = ProgressChannel(rawValue: String(parts[1]))
                        else { continue }
                        continuation.yield(ChannelChange(tenant: tenant, channel: channel))
                    }
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    /// An element for each time that rows were put into the queue, and one after each connect: a tenant for whom something was mended,
    /// see ``noteMended(tenant:knownAfter:)``, else nil.
    public func queueChanges() -> AsyncStream<UUID?> {
        let events = PostgresListener(configuration: self.configuration).listen(to: ["pulse_queue"])
        return AsyncStream(bufferingPolicy: .bufferingNewest(1_000)) { continuation in
            let task = Task {
                for await event in events {
                    guard case .notification(_, let payload) = event else {
                        continuation.yield(nil)
                        continue
                    }
                    continuation.yield(UUID(uuidString: payload))
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private static func record(
        _ message: ProgressMessage,
        of run: RunReference,
        tenant: UUID,
        connection: PostgresConnection
    ) async throws {
        // Events of a channel are numbered in the order of their commits, so that a reader who has seen one misses none before it.
        try await connection.query(
            "SELECT pg_advisory_xact_lock(hashtextextended($1::text || $2::text, 0))",
            [.text(tenant.uuidString), .text(run.channel.rawValue)]
        )
        try await connection.query(
            """
            INSERT INTO job_events (run_id, seq, tenant_id, channel, message)
            SELECT $2, coalesce(max(seq), 0) + 1, $1::uuid, $3::text, $4::text::jsonb FROM job_events WHERE run_id = $2
            """,
            [.uuid(tenant), .uuid(run.runID), .text(run.channel.rawValue), .text(try Self.json(of: message))]
        )
        try await Self.notify(run, tenant: tenant, connection: connection)
    }

    private static func notify(_ run: RunReference, tenant: UUID, connection: PostgresConnection) async throws {
        try await connection.query(
            "SELECT pg_notify('pulse_progress', $1::text)",
            [.text("\(tenant.uuidString.lowercased()) \(run.channel.rawValue)")]
        )
    }

    private static func json(of message: ProgressMessage) throws -> String {
        String(decoding: try JSONEncoder().encode(message), as: UTF8.self)
    }
}
