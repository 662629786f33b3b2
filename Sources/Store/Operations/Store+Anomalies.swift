public import Foundation
import Postgres
public import PulseModel

extension Store {
    // MARK: Watching

    /// Tenants that something was measured of lately.
    public func measuredTenants(since: Date) async throws -> [UUID] {
        try await self.pool.query("SELECT tenant_id FROM measured_tenants($1)", [.timestamp(since)]).map {
            try $0.decode("tenant_id")
        }
    }

    /// The newest measurements of each series of a metric within a time, the earliest first.
    ///
    /// - Parameters:
    ///   - until: nil for all since `since`.
    ///   - limit: of one series.
    public func samples(
        tenant: UUID,
        metric: PerformanceMetric,
        since: Date,
        until: Date? = nil,
        limit: Int
    ) async throws -> [SeriesSample] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                "SELECT * FROM series_samples($1::text, $2, $3::timestamptz, $4::bigint)",
                [.text(metric.rawValue), .timestamp(since), .optional(until), .int(limit)]
            ).map { try Self.sample($0) }
        }
    }

    /// What a metric has summed up to in each whole hour since a time, the earliest first; hours without any are left out.
    public func hourlySums(tenant: UUID, metric: PerformanceMetric, since: Date) async throws -> [SeriesSample] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT sum(metric_value) AS metric_value, date_trunc('hour', measurement_timestamp) + interval '1 hour'
                    AS measurement_timestamp, jsonb_build_object('provider', labels->>'provider')::text AS labels, NULL::uuid AS job_run_id
                FROM ai_performance_metrics
                WHERE tenant_id = $1 AND metric_name = $2::text AND measurement_timestamp >= $3
                  AND measurement_timestamp < date_trunc('hour', now())
                GROUP BY 2, 3
                ORDER BY 2
                """,
                [.uuid(tenant), .text(metric.rawValue), .timestamp(since)]
            ).map { try Self.sample($0) }
        }
    }

    private static func sample(_ row: PostgresRow) throws -> SeriesSample {
        let labels: String = try row.decode("labels")
        return try SeriesSample(
            value: row.decode("metric_value"),
            at: row.decode("measurement_timestamp"),
            labels: (try? JSONDecoder().decode([String: String].self, from: Data(labels.utf8))) ?? [:],
            run: row.decode("job_run_id")
        )
    }

    /// Anomalies that are not over.
    public func unresolvedAnomalies(tenant: UUID) async throws -> [StoredAnomaly] {
        try await self.inTenant(tenant) { connection in try await Self.unresolved(tenant: tenant, connection: connection) }
    }

    static func unresolved(tenant: UUID, connection: PostgresConnection) async throws -> [StoredAnomaly] {
        try await connection.query(
            """
            SELECT \(StoredAnomaly.columns) FROM ai_anomalies
            WHERE tenant_id = $1 AND status <> 'resolved'
            ORDER BY array_position(ARRAY['critical', 'high', 'medium', 'low'], severity), id
            """,
            [.uuid(tenant)]
        ).map { try StoredAnomaly($0) }
    }

    /// Opens an anomaly, or brings the one that is open for the same cause up to date; who has acknowledged it stays.
    ///
    /// - Returns: whether it is new.
    public func note(_ finding: AnomalyFinding, tenant: UUID) async throws -> Bool {
        try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(
                """
                INSERT INTO ai_anomalies AS a (tenant_id, metric, series, unit, type, value, baseline, band, deviation, samples,
                    severity, worst, run)
                VALUES ($1, $2::text, $3::text, $4::text, $5::text, $6, $7, $8, $9, $10::integer, $11::text, $11::text,
                    (SELECT r.id FROM job_runs r WHERE r.tenant_id = $1 AND r.id = $12))
                ON CONFLICT (tenant_id, metric, series, type) WHERE status <> 'resolved' DO UPDATE SET
                    value = excluded.value, baseline = excluded.baseline, band = excluded.band, deviation = excluded.deviation,
                    samples = excluded.samples, severity = excluded.severity, run = coalesce(excluded.run, a.run),
                    changed_at = now(),
                    worst = CASE
                        WHEN array_position(ARRAY['low', 'medium', 'high', 'critical'], excluded.severity)
                            > array_position(ARRAY['low', 'medium', 'high', 'critical'], a.worst)
                        THEN excluded.severity ELSE a.worst
                    END
                RETURNING xmax = 0 AS is_new
                """,
                [
                    .uuid(tenant), .text(finding.metric), .text(StorableText.plain(finding.series)), .text(finding.unit),
                    .text(finding.type), .double(finding.value), .double(finding.baseline), .double(finding.band),
                    .double(finding.deviation), .int(finding.samples), .text(finding.severity), .optional(finding.run),
                ]
            )
            return try rows.first?.decode("is_new") ?? false
        }
    }

    /// Ends an anomaly.
    public func resolveAnomaly(_ id: Int, tenant: UUID, by: String, note: String) async throws {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE ai_anomalies
                SET status = 'resolved', resolved_at = now(), resolved_by = $3::text, note = $4::text, changed_at = now()
                WHERE tenant_id = $1 AND id = $2 AND status <> 'resolved'
                """,
                [.uuid(tenant), .int(id), .text(StorableText.plain(by)), .text(StorableText.plain(note))]
            )
            return ()
        }
    }

    // MARK: People

    /// A tenant's anomalies, the newest first.
    ///
    /// - Parameters:
    ///   - statuses: nil takes all.
    ///   - before: only those with a lesser id: the last of the page before.
    public func anomalies(
        tenant: UUID,
        statuses: [StoredAnomaly.Status]? = nil,
        before: Int? = nil,
        limit: Int = 100
    ) async throws -> [StoredAnomaly] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT \(StoredAnomaly.columns) FROM ai_anomalies
                WHERE tenant_id = $1 AND ($2::text[] IS NULL OR status = ANY ($2::text[])) AND ($3::bigint IS NULL OR id < $3::bigint)
                ORDER BY id DESC
                LIMIT $4::bigint
                """,
                [.uuid(tenant), statuses.map { .texts($0.map(\.rawValue)) } ?? .null, .optional(before), .int(limit)]
            ).map { try StoredAnomaly($0) }
        }
    }

    /// Says that somebody knows of an anomaly. What is acknowledged already stays as it is.
    ///
    /// - Returns: the anomaly; nil where the tenant has none of this id. One that is resolved is not changed.
    public func acknowledgeAnomaly(_ id: Int, tenant: UUID, by: String, note: String? = nil) async throws -> StoredAnomaly? {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE ai_anomalies
                SET status = 'acknowledged', acknowledged_by = $3::text, acknowledged_at = now(), changed_at = now(),
                    note = coalesce($4::text, note)
                WHERE tenant_id = $1 AND id = $2 AND status = 'open'
                """,
                [.uuid(tenant), .int(id), .text(StorableText.plain(by)), .optional(note.map(StorableText.plain))]
            )
            return try await connection.query(
                "SELECT \(StoredAnomaly.columns) FROM ai_anomalies WHERE tenant_id = $1 AND id = $2",
                [.uuid(tenant), .int(id)]
            ).first.map { try StoredAnomaly($0) }
        }
    }
}
