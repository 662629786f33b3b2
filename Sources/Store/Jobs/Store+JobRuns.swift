import Foundation
import Postgres
import PulseModel

/// How a job's run ends.
enum RunEnding {
    case finished(summary: String, seconds: Double)
    /// - Parameter recovery: what is done about it, and why.
    case failed(kind: String, message: String, retryAt: Date?, recovery: String?)
    /// Neither done nor failed: the next run goes on from its checkpoints.
    case interrupted(kind: String, message: String)

    var state: String {
        switch self {
        case .finished: "FINISHED"
        case .failed: "ERROR"
        case .interrupted: "PAUSED"
        }
    }
}

extension Store {
    /// Opens the run of a job under a new fence, and tells the job's channel and the orchestrator's.
    static func openJobRun(
        _ kind: JobKind,
        tenant: UUID,
        integration: UUID?,
        fence: Int,
        connection: PostgresConnection
    ) async throws -> RunReference {
        let run = try await Self.startRun(
            tenant: tenant,
            integration: integration,
            jobName: kind.rawValue,
            channel: kind.channel,
            total: nil,
            connection: connection
        )
        try await connection.query(
            "UPDATE job_runs SET fence = $3 WHERE tenant_id = $1 AND id = $2",
            [.uuid(tenant), .uuid(run.runID), .int(fence)]
        )
        if kind.channel != .orchestrator {
            var copy = run
            copy.channel = .orchestrator
            try await Self.tell(.started(JobStarted(run: copy, total: nil)), of: copy, tenant: tenant, connection: connection)
        }
        return run
    }

    /// Closes the run of a job, where it is open, and tells the job's channel and the orchestrator's.
    ///
    /// - Parameter tally: nil leaves what the run has reported so far.
    static func closeJobRun(
        _ run: RunReference,
        as ending: RunEnding,
        tally: RunTally?,
        steps: [RunStep] = [],
        tenant: UUID,
        connection: PostgresConnection
    ) async throws {
        var (summary, kind, text, recovery): (String?, String?, String?, String?)
        switch ending {
        case .finished(let said, _): summary = StorableText.plain(said)
        case .failed(let errorKind, let message, _, let why):
            (kind, text, recovery) = (errorKind, StorableText.plain(message), why.map(StorableText.plain))
        case .interrupted(let errorKind, let message): (kind, text) = (errorKind, StorableText.plain(message))
        }
        let stepsJSON = StorableText.json(String(decoding: try JSONEncoder().encode(steps), as: UTF8.self))
        let closed = try await connection.query(
            """
            UPDATE job_runs
            SET state = $3::text, processed = coalesce($4::bigint, processed), failed = coalesce($5::bigint, failed),
                requests = coalesce($6::bigint, requests), bytes = coalesce($7::bigint, bytes), summary = $8::text,
                error_kind = $9::text, error_message = $10::text, recovery_reason = $11::text,
                steps = CASE WHEN $12::text = '[]' THEN steps ELSE $12::text::jsonb END,
                database_seconds = coalesce($13::double precision, database_seconds),
                cpu_seconds = coalesce($14::double precision, cpu_seconds),
                peak_memory_bytes = coalesce($15::bigint, peak_memory_bytes),
                heartbeat_at = now(), finished_at = now()
            WHERE tenant_id = $1 AND id = $2 AND state = 'RUNNING'
            """,
            [
                .uuid(tenant), .uuid(run.runID), .text(ending.state), .optional(tally?.processed), .optional(tally?.failed),
                .optional(tally?.costs.requests), .optional(tally?.costs.bytes), .optional(summary), .optional(kind),
                .optional(text), .optional(recovery), .text(stepsJSON), .optional(tally?.costs.databaseSeconds),
                .optional(tally?.costs.cpuSeconds), .optional(tally?.costs.peakMemory),
            ]
        )
        guard closed.affectedRows == 1 else { return }
        let channels: [ProgressChannel] = run.channel == .orchestrator ? [.orchestrator] : [run.channel, .orchestrator]
        for channel in channels {
            let reference = RunReference(jobName: run.jobName, channel: channel, runID: run.runID, at: Date())
            let message: ProgressMessage =
                switch ending {
                case .finished(_, let seconds):
                    .completed(
                        JobCompleted(
                            run: reference,
                            processed: tally?.processed ?? 0,
                            failed: tally?.failed ?? 0,
                            durationSeconds: (seconds * 1_000).rounded() / 1_000,
                            summary: summary ?? ""
                        )
                    )
                case .failed(_, _, let retryAt, _):
                    .failed(JobError(run: reference, kind: kind ?? "", message: text ?? "", retryAt: retryAt))
                case .interrupted: .failed(JobError(run: reference, kind: kind ?? "", message: text ?? "", retryAt: nil))
                }
            try await Self.tell(message, of: reference, tenant: tenant, connection: connection)
        }
    }

    /// Adds an event to a channel.
    private static func tell(
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
        let json = String(decoding: try JSONEncoder().encode(message), as: UTF8.self)
        try await connection.query(
            """
            INSERT INTO job_events (run_id, seq, tenant_id, channel, message)
            SELECT $2, coalesce(max(seq), 0) + 1, $1::uuid, $3::text, $4::text::jsonb FROM job_events WHERE run_id = $2
            """,
            [.uuid(tenant), .uuid(run.runID), .text(run.channel.rawValue), .text(json)]
        )
        try await connection.query(
            "SELECT pg_notify('pulse_progress', $1::text)",
            [.text("\(tenant.uuidString.lowercased()) \(run.channel.rawValue)")]
        )
    }
}
