public import Foundation
import Postgres
public import PulseModel

extension Store {
    // MARK: Mending

    /// Closes runs whose process is gone.
    ///
    /// - Returns: how many.
    public func closeSilentRuns(tenant: UUID) async throws -> Int {
        var closed = 0
        for channel in ProgressChannel.allCases {
            // Longer than a job's heart may be silent: whoever is to take it over does so before. A sync by hand beats with its pages
            // only, and these may wait long for a rate limit.
            let silence: Duration = channel == .github || channel == .jira ? .seconds(3_600) : .seconds(120)
            closed += try await self.closeAbandonedRuns(tenant: tenant, channel: channel, olderThan: silence)
        }
        return closed
    }

    /// Sends rows back that were given up for a reason that passes.
    ///
    /// - Returns: how many.
    public func requeueTransient(tenant: UUID, olderThan age: Duration) async throws -> Int {
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

    /// Sends given-up rows back whose entity was deleted since: to delete points takes no embedding, whatever was wrong with the
    /// text.
    ///
    /// - Returns: how many.
    public func requeueLeftovers(tenant: UUID) async throws -> Int {
        try await self.inTenant(tenant) { connection in
            var total = 0
            for table in EntityTable.allCases {
                total += try await connection.query(
                    """
                    UPDATE vectorization_queue q
                    SET status = 'pending', operation = 'delete', attempts = 0, available_at = now(), failure_kind = NULL,
                        error_message = NULL, generation = nextval('vectorization_generation')
                    WHERE q.tenant_id = $1 AND q.status = 'failed' AND q.table_name = $2::text
                      -- One that kills its worker even so is left to a person.
                      AND q.failure_kind IS DISTINCT FROM 'crash'
                      AND NOT EXISTS (
                          SELECT FROM \(table.rawValue) t
                          WHERE t.tenant_id = $1 AND t.entity = q.entity AND t.deleted_at IS NULL
                      )
                    """,
                    [.uuid(tenant), .text(table.rawValue)]
                ).affectedRows
            }
            if total > 0 { try await connection.query(QueueSQL.notify) }
            return total
        }
    }

    /// Lets jobs run again that wait for a person and whose integration a person has changed since, or replaced a secret of it.
    ///
    /// - Returns: how many.
    public func retryMendedJobs(tenant: UUID) async throws -> Int {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE etl_jobs j
                SET next_run_at = now(), updated_at = now(),
                    recovery_reason = CASE WHEN i.updated_at > j.updated_at
                        THEN 'its integration was changed since it failed: it is tried again'
                        ELSE 'a secret of its integration was replaced since it failed: it is tried again' END
                FROM integrations i
                WHERE j.tenant_id = $1 AND j.status = 'ERROR' AND j.next_run_at IS NULL
                  AND i.tenant_id = j.tenant_id AND i.id = j.integration_id AND i.active
                  AND (i.updated_at > j.updated_at OR EXISTS (
                      SELECT FROM tenant_secrets s
                      WHERE s.tenant_id = j.tenant_id AND s.updated_at > j.updated_at
                        AND jsonb_path_exists(
                            i.configuration, '$.** ? (@ == $reference)', jsonb_build_object('reference', 'vault:' || s.id)
                        )
                  ))
                """,
                [.uuid(tenant)]
            ).affectedRows
        }
    }

    /// Takes rows back whose lease has run out; a worker that claims does so too, and this where none does.
    ///
    /// - Returns: how many.
    public func expireLeases(tenant: UUID, policy: QueuePolicy) async throws -> Int {
        let count = try await self.inTenant(tenant) { connection -> Int in
            try await connection.query(
                """
                SELECT count(*) AS count FROM vectorization_queue
                WHERE tenant_id = $1 AND status = 'processing' AND lease_until < now()
                """,
                [.uuid(tenant)]
            ).first?.decode("count") ?? 0
        }
        guard count > 0 else { return 0 }
        // A claim of no rows: one place knows what becomes of a lease that has run out.
        var policy = policy
        policy.aloneAfterCrashes = Int(Int32.max)
        _ = try await self.claim(owner: UUID(), limit: 0, policy: policy, tenant: tenant)
        return count
    }

    // MARK: Clearing

    /// A repeated request is answered the same for a day; an hour more harms nobody.
    private static let answersKept = Duration.seconds(25 * 3_600)

    /// Deletes what is older than it is kept; what is open or under way stays.
    public func clear(tenant: UUID, retention: Retention) async throws -> UpkeepReport {
        var report = UpkeepReport()
        report.measurements = try await self.condenseMeasurements(
            tenant: tenant,
            keep: retention.measurements,
            keepHours: retention.metricHours
        )
        report.events = try await self.prune(UpkeepSQL.events, tenant: tenant, age: retention.events)
        report.runs = try await self.prune(UpkeepSQL.runs, tenant: tenant, age: retention.runs)
        report.rejectedRecords = try await self.prune(UpkeepSQL.rejectedRecords, tenant: tenant, age: retention.rejectedRecords)
        if let age = retention.rawRecords {
            report.rawRecords = try await self.prune(UpkeepSQL.rawRecords, tenant: tenant, age: age)
        }
        report.deliveries = try await self.prune(UpkeepSQL.deliveries, tenant: tenant, age: retention.deliveries)
        report.anomalies = try await self.prune(UpkeepSQL.anomalies, tenant: tenant, age: retention.anomalies)
        report.memories = try await self.prune(UpkeepSQL.memory, tenant: tenant, age: retention.memory)
        _ = try await self.prune(UpkeepSQL.unwrittenVectors, tenant: tenant, age: .seconds(86_400))
        _ = try await self.prune(UpkeepSQL.tickets, tenant: tenant, age: .zero)
        report.answers = try await self.prune(UpkeepSQL.answers, tenant: tenant, age: Self.answersKept)
        _ = try await self.pool.query(UpkeepSQL.answersOfNobody, [.double(Self.answersKept.inSeconds)])
        return report
    }

    /// Deletes in portions, each its own transaction, so that no lock is held for long.
    private func prune(_ sql: String, tenant: UUID, age: Duration) async throws -> Int {
        var total = 0
        while true {
            try Task.checkCancellation()
            let gone = try await self.inTenant(tenant) { connection in
                try await connection.query(sql, [.uuid(tenant), .double(age.inSeconds)]).affectedRows
            }
            total += gone
            guard gone == 5_000 else { return total }
        }
    }
}
