public import Foundation
import Postgres
import PulseModel

extension Store {
    /// Mends and clears what time leaves behind in one tenant's tables.
    ///
    /// - Parameters:
    ///   - keep: measurements and events older than that go; events of open runs stay.
    ///   - keepRaw: raw records that were fetched longer ago go; nil keeps all.
    public func upkeep(tenant: UUID, keep: Duration = .seconds(30 * 86_400), keepRaw: Duration? = nil) async throws
        -> UpkeepReport
    {
        for channel in ProgressChannel.allCases {
            // Longer than a job's heart may be silent: whoever is to take it over does so before. A sync by hand beats with its pages
            // only, and these may wait long for a rate limit.
            let silence: Duration = channel == .github || channel == .jira ? .seconds(3_600) : .seconds(120)
            try await self.closeAbandonedRuns(tenant: tenant, channel: channel, olderThan: silence)
        }
        var report = UpkeepReport()
        report.requeuedRows = try await self.requeueTransient(tenant: tenant, olderThan: .seconds(3_600))
        report.prunedMeasurements = try await self.prune(
            """
            DELETE FROM ai_performance_metrics WHERE id IN (
                SELECT id FROM ai_performance_metrics
                WHERE tenant_id = $1 AND measurement_timestamp < now() - make_interval(secs => $2) LIMIT 5000
            )
            """,
            tenant: tenant,
            age: keep
        )
        report.prunedEvents = try await self.prune(
            """
            DELETE FROM job_events WHERE id IN (
                SELECT e.id FROM job_events e JOIN job_runs r ON r.id = e.run_id
                WHERE e.tenant_id = $1 AND e.created_at < now() - make_interval(secs => $2) AND r.state <> 'RUNNING' LIMIT 5000
            )
            """,
            tenant: tenant,
            age: keep
        )
        // A vector that nothing has needed for a day belongs to a text that is no more.
        _ = try await self.prune(
            """
            DELETE FROM unwritten_vectors WHERE tenant_id = $1 AND content_hash IN (
                SELECT content_hash FROM unwritten_vectors
                WHERE tenant_id = $1 AND kept_at < now() - make_interval(secs => $2) LIMIT 5000
            )
            """,
            tenant: tenant,
            age: .seconds(86_400)
        )
        if let keepRaw {
            report.prunedRawRecords = try await self.prune(
                """
                DELETE FROM raw_records WHERE id IN (
                    SELECT id FROM raw_records
                    WHERE tenant_id = $1 AND fetched_at < now() - make_interval(secs => $2) LIMIT 5000
                )
                """,
                tenant: tenant,
                age: keepRaw
            )
        }
        return report
    }

    /// Rows that were given up for a reason that passes.
    private func requeueTransient(tenant: UUID, olderThan age: Duration) async throws -> Int {
        try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(
                """
                UPDATE vectorization_queue
                SET status = 'pending', attempts = 0, crashes = 0, available_at = now(), failure_kind = NULL, error_message = NULL,
                    generation = nextval('vectorization_generation')
                WHERE tenant_id = $1 AND status = 'failed' AND failure_kind IN ('transient', 'unavailable', 'rate_limited')
                  AND coalesce(started_at, created_at) < now() - make_interval(secs => $2)
                """,
                [.uuid(tenant), .double(age.inSeconds)]
            )
            if rows.affectedRows > 0 { try await connection.query(QueueSQL.notify) }
            return rows.affectedRows
        }
    }

    /// Deletes in portions, each its own transaction, so that no lock is held for long.
    private func prune(_ sql: String, tenant: UUID, age: Duration) async throws -> Int {
        var total = 0
        while true {
            let gone = try await self.inTenant(tenant) { connection in
                try await connection.query(sql, [.uuid(tenant), .double(age.inSeconds)]).affectedRows
            }
            total += gone
            guard gone == 5_000 else { return total }
        }
    }
}
