public import Foundation
import Postgres
public import PulseModel

extension Store {
    /// The open vectorization run of a tenant: the one that another process has opened, or a new one.
    ///
    /// - Returns: nil where the vectorization is paused or the tenant closed: what was claimed before is finished without a run.
    public func joinRun(tenant: UUID, jobName: String, channel: ProgressChannel, total: Int) async throws -> RunReference? {
        try await self.closeAbandonedRuns(tenant: tenant, channel: channel, olderThan: .seconds(60))
        return try await self.inTenant(tenant) { connection in
            try await connection.query(
                "SELECT pg_advisory_xact_lock(hashtextextended('run ' || $1::text || $2::text, 0))",
                [.text(tenant.uuidString), .text(jobName)]
            )
            let rows = try await connection.query(
                """
                UPDATE job_runs SET heartbeat_at = now()
                WHERE tenant_id = $1 AND job_name = $2::text AND channel = $3::text AND state = 'RUNNING'
                RETURNING id, started_at
                """,
                [.uuid(tenant), .text(jobName), .text(channel.rawValue)]
            )
            if let row = rows.first {
                return try RunReference(
                    jobName: jobName,
                    channel: channel,
                    runID: row.decode("id"),
                    at: row.decode("started_at")
                )
            }
            // Whoever pauses the job holds its row until the pause is there to be seen: none slips in between.
            try await connection.query(
                "SELECT id FROM etl_jobs WHERE tenant_id = $1 AND job_name = $2::text FOR SHARE",
                [.uuid(tenant), .text(jobName)]
            )
            let rest = try await connection.query(
                "SELECT r.tenant_id FROM tenants_at_rest() r WHERE r.tenant_id = $1",
                [.uuid(tenant)]
            )
            guard rest.isEmpty else { return nil }
            // Under the same lock: another that joins now finds this run.
            return try await Self.startRun(
                tenant: tenant,
                integration: nil,
                jobName: jobName,
                channel: channel,
                total: total,
                connection: connection
            )
        }
    }

    /// Adds work to a run that several processes may share, and tells its channel.
    ///
    /// - Parameters:
    ///   - done: rows completed since the last report.
    ///   - failed: rows given up since the last report.
    ///   - open: rows that wait or are being worked off now.
    ///   - costs: since the last report; of the memory, what is resident now.
    ///   - steps: since the last report; see `adding(_:)` of steps.
    /// - Returns: the run's progress; nil where the run is closed.
    public func reportWork(
        tenant: UUID,
        run: RunReference,
        done: Int,
        failed: Int,
        open: Int,
        costs: RunCosts = RunCosts(),
        steps: [RunStep] = [],
        rate: Double,
        embeddingRate: Double?,
        operation: String
    ) async throws -> JobProgress? {
        try await self.inTenant(tenant) { connection -> JobProgress? in
            let rows = try await connection.query(
                """
                UPDATE job_runs
                SET processed = processed + $3, failed = failed + $4, requests = requests + coalesce($5::bigint, 0),
                    bytes = bytes + coalesce($6::bigint, 0), heartbeat_at = now(),
                    database_seconds = CASE
                        WHEN $7::double precision IS NULL THEN database_seconds
                        ELSE coalesce(database_seconds, 0) + $7::double precision
                    END,
                    cpu_seconds = CASE
                        WHEN $8::double precision IS NULL THEN cpu_seconds
                        ELSE coalesce(cpu_seconds, 0) + $8::double precision
                    END,
                    peak_memory_bytes = greatest(peak_memory_bytes, $9::bigint)
                WHERE tenant_id = $1 AND id = $2 AND state = 'RUNNING'
                RETURNING processed, failed, coalesce((progress->>'progress')::double precision, 0) AS before,
                    steps::text AS steps
                """,
                [
                    .uuid(tenant), .uuid(run.runID), .int(done), .int(failed), .optional(costs.requests),
                    .optional(costs.bytes), .optional(costs.databaseSeconds), .optional(costs.cpuSeconds),
                    .optional(costs.peakMemory),
                ]
            )
            guard let row = rows.first else { return nil }
            let processed: Int = try row.decode("processed")
            let given: Int = try row.decode("failed")
            let before: Double = try row.decode("before")
            if !steps.isEmpty {
                let known = try JSONDecoder().decode([RunStep].self, from: Data(row.decode("steps", as: String.self).utf8))
                let json = String(decoding: try JSONEncoder().encode(known.adding(steps)), as: UTF8.self)
                try await connection.query(
                    "UPDATE job_runs SET steps = $3::text::jsonb WHERE tenant_id = $1 AND id = $2",
                    [.uuid(tenant), .uuid(run.runID), .text(StorableText.json(json))]
                )
            }
            let total = processed + given + open
            let share = total == 0 ? 100 : 100 * Double(processed + given) / Double(total)
            let progress = JobProgress(
                run: RunReference(jobName: run.jobName, channel: run.channel, runID: run.runID, at: Date()),
                progress: max(before, (share * 10).rounded(.down) / 10),
                operation: operation,
                processed: processed,
                total: total,
                failed: given,
                rate: (rate * 10).rounded() / 10,
                etaSeconds: rate > 0 ? (Double(open) / rate).rounded() : nil,
                embeddingRate: embeddingRate.map { ($0 * 10).rounded() / 10 }
            )
            // In the same transaction: of two processes that report at once, none undoes what the other has counted.
            try await Self.writeProgress(progress, tenant: tenant, connection: connection)
            return progress
        }
    }

    /// Closes a run whose queue is empty, with what it came to.
    public func completeWork(tenant: UUID, run: RunReference) async throws {
        try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(
                """
                SELECT processed, failed, extract(epoch FROM now() - started_at)::double precision AS seconds
                FROM job_runs WHERE tenant_id = $1 AND id = $2 AND state = 'RUNNING' FOR UPDATE
                """,
                [.uuid(tenant), .uuid(run.runID)]
            )
            guard let row = rows.first else { return }
            let processed: Int = try row.decode("processed")
            let failed: Int = try row.decode("failed")
            let seconds: Double = try row.decode("seconds")
            let completed = JobCompleted(
                run: RunReference(jobName: run.jobName, channel: run.channel, runID: run.runID, at: Date()),
                processed: processed,
                failed: failed,
                durationSeconds: (seconds * 1_000).rounded() / 1_000,
                summary: failed == 0 ? "\(processed) rows indexed" : "\(processed) rows indexed, \(failed) given up"
            )
            try await Self.completeRun(completed, tenant: tenant, connection: connection)
        }
    }
}
