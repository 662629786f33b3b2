public import Foundation
import Postgres
public import PulseModel

extension Store {
    /// Writes measurements in one statement.
    public func record(_ measurements: [PerformanceMeasurement], tenant: UUID) async throws {
        let measurements = measurements.filter(\.value.isFinite)
        guard !measurements.isEmpty else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let labels = try measurements.map { measurement in
            StorableText.json(String(decoding: try encoder.encode(measurement.labels), as: UTF8.self))
        }
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                INSERT INTO ai_performance_metrics (tenant_id, metric_name, metric_value, metric_unit, service_name, job_run_id,
                    measurement_timestamp, labels)
                SELECT $1::uuid, m.name, m.value::double precision, m.unit, m.service, m.run,
                    to_timestamp(m.at::double precision), m.labels::jsonb
                FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::text[])
                    AS m (name, value, unit, service, run, at, labels)
                """,
                [
                    .uuid(tenant), .texts(measurements.map(\.name)), .texts(measurements.map { "\($0.value)" }),
                    .texts(measurements.map(\.unit)), .texts(measurements.map { StorableText.plain($0.service) }),
                    .uuids(measurements.map(\.run)), .texts(measurements.map { "\($0.at.timeIntervalSince1970)" }),
                    .texts(labels),
                ]
            )
            return ()
        }
    }

    /// Each metric that was measured between two times, summed up.
    public func metricSummaries(tenant: UUID, from: Date, to: Date) async throws -> [MetricSummary] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                WITH \(Self.measured)
                SELECT name, min(unit) AS unit, sum(count)::bigint AS count, sum(sum) AS sum, min(minimum) AS minimum,
                    max(maximum) AS maximum, sum(p50 * count) / sum(count) AS p50, sum(p95 * count) / sum(count) AS p95,
                    max(last) AS last
                FROM measured GROUP BY name ORDER BY name
                """,
                // One bucket that holds all of time.
                [.uuid(tenant), .timestamp(from), .timestamp(to), .null, .double(1e12), .text("{}")]
            ).map { row in
                try MetricSummary(
                    name: row.decode("name"),
                    unit: row.decode("unit"),
                    figures: MetricFigures(row),
                    last: row.decode("last")
                )
            }
        }
    }

    /// One metric over time, in buckets of `bucket` seconds that begin at multiples of it since 1970, the earliest first. Buckets
    /// without a measurement are left out.
    ///
    /// - Parameter labels: only measurements that have all of these.
    /// - Precondition: `bucket` is at least 1.
    public func metricBuckets(
        tenant: UUID,
        name: String,
        from: Date,
        to: Date,
        bucket: Int,
        labels: [String: String] = [:]
    ) async throws -> [MetricBucket] {
        let json = StorableText.json(String(decoding: try JSONEncoder().encode(labels), as: UTF8.self))
        return try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                WITH \(Self.measured)
                SELECT at, min(unit) AS unit, sum(count)::bigint AS count, sum(sum) AS sum, min(minimum) AS minimum,
                    max(maximum) AS maximum, sum(p50 * count) / sum(count) AS p50, sum(p95 * count) / sum(count) AS p95
                FROM measured GROUP BY at ORDER BY at
                """,
                [
                    .uuid(tenant), .timestamp(from), .timestamp(to), .text(StorableText.plain(name)), .double(Double(bucket)),
                    .text(json),
                ]
            ).map { row in
                try MetricBucket(start: row.decode("at"), unit: row.decode("unit"), figures: MetricFigures(row))
            }
        }
    }

    /// Measurements by bucket: those that still stand by themselves, and hours of those that are gone.
    private static let measured = """
        measured AS (
            SELECT metric_name AS name, metric_unit AS unit,
                to_timestamp(floor(extract(epoch FROM measurement_timestamp)::double precision / $5) * $5) AS at,
                count(*) AS count, sum(metric_value) AS sum, min(metric_value) AS minimum, max(metric_value) AS maximum,
                percentile_cont(0.5) WITHIN GROUP (ORDER BY metric_value) AS p50,
                percentile_cont(0.95) WITHIN GROUP (ORDER BY metric_value) AS p95, max(measurement_timestamp) AS last
            FROM ai_performance_metrics
            WHERE tenant_id = $1 AND measurement_timestamp >= $2 AND measurement_timestamp < $3
              AND ($4::text IS NULL OR metric_name = $4::text) AND labels @> $6::text::jsonb
            GROUP BY 1, 2, 3
            UNION ALL
            SELECT metric_name, metric_unit, to_timestamp(floor(extract(epoch FROM hour)::double precision / $5) * $5),
                count, sum, minimum, maximum, p50, p95, hour
            FROM ai_metric_hours
            WHERE tenant_id = $1 AND hour >= $2 AND hour < $3
              AND ($4::text IS NULL OR metric_name = $4::text) AND labels @> $6::text::jsonb
        )
        """

    // MARK: Keeping it small

    /// Makes one row an hour and series of the measurements that are older than `keep`, in whole hours, and deletes those of hours
    /// that are older than `keepHours`.
    ///
    /// Percentiles of two parts of one hour, where a measurement came late, become their mean, weighted by their counts.
    ///
    /// - Returns: how many measurements are gone.
    func condenseMeasurements(tenant: UUID, keep: Duration, keepHours: Duration) async throws -> Int {
        var total = 0
        while true {
            try Task.checkCancellation()
            // An hour a transaction: no measurement is counted twice or not at all, and none holds locks for long.
            let gone = try await self.inTenant(tenant) { connection -> Int? in
                let oldest = try await connection.query(
                    """
                    SELECT date_trunc('hour', min(measurement_timestamp)) AS hour FROM ai_performance_metrics
                    WHERE tenant_id = $1
                      AND measurement_timestamp < date_trunc('hour', now() - make_interval(secs => $2))
                    """,
                    [.uuid(tenant), .double(keep.inSeconds)]
                )
                guard let hour = try oldest.first?.decode("hour", as: Date?.self) else { return nil }
                let rows = try await connection.query(
                    """
                    WITH gone AS (
                        DELETE FROM ai_performance_metrics
                        WHERE tenant_id = $1 AND measurement_timestamp >= $2
                          AND measurement_timestamp < $2::timestamptz + interval '1 hour'
                        RETURNING metric_name, labels, metric_unit, metric_value
                    ), condensed AS (
                        INSERT INTO ai_metric_hours AS h
                            (tenant_id, metric_name, hour, labels, metric_unit, count, sum, minimum, maximum, p50, p95)
                        SELECT $1, metric_name, $2, labels, min(metric_unit), count(*), sum(metric_value), min(metric_value),
                            max(metric_value), percentile_cont(0.5) WITHIN GROUP (ORDER BY metric_value),
                            percentile_cont(0.95) WITHIN GROUP (ORDER BY metric_value)
                        FROM gone GROUP BY metric_name, labels
                        ON CONFLICT (tenant_id, metric_name, hour, labels) DO UPDATE SET
                            count = h.count + excluded.count, sum = h.sum + excluded.sum,
                            minimum = least(h.minimum, excluded.minimum), maximum = greatest(h.maximum, excluded.maximum),
                            p50 = (h.p50 * h.count + excluded.p50 * excluded.count) / (h.count + excluded.count),
                            p95 = (h.p95 * h.count + excluded.p95 * excluded.count) / (h.count + excluded.count)
                    )
                    SELECT count(*) AS count FROM gone
                    """,
                    [.uuid(tenant), .timestamp(hour)]
                )
                return try rows.first?.decode("count")
            }
            guard let gone else { break }
            total += gone
        }
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                "DELETE FROM ai_metric_hours WHERE tenant_id = $1 AND hour < now() - make_interval(secs => $2)",
                [.uuid(tenant), .double(keepHours.inSeconds)]
            )
            return ()
        }
        return total
    }
}
