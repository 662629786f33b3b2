public import Foundation
import Postgres

extension Store {
    /// Writes measurements in one statement.
    public func record(_ measurements: [PerformanceMeasurement], tenant: UUID) async throws {
        let measurements = measurements.filter(\.value.isFinite)
        guard !measurements.isEmpty else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let labels = try measurements.map { String(decoding: try encoder.encode($0.labels), as: UTF8.self) }
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
                    .texts(measurements.map(\.unit)), .texts(measurements.map(\.service)), .uuids(measurements.map(\.run)),
                    .texts(measurements.map { "\($0.at.timeIntervalSince1970)" }), .texts(labels),
                ]
            )
            return ()
        }
    }

    /// Keeps a failure once per fingerprint, counted.
    public func remember(_ failure: LearnedFailure, tenant: UUID) async throws {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                INSERT INTO ai_learning_memory AS m (tenant_id, error_type, fingerprint, user_intent, failed_query, specific_issue,
                    occurrences)
                VALUES ($1, $2::text, $3::text, $4::text, $5::text, $6::text, $7)
                ON CONFLICT (tenant_id, fingerprint) DO UPDATE SET
                    occurrences = m.occurrences + excluded.occurrences, last_seen_at = now(), resolution = NULL,
                    resolved_after = NULL, specific_issue = excluded.specific_issue
                """,
                [
                    .uuid(tenant), .text(failure.errorType), .text(failure.fingerprint), .text(failure.intent),
                    .text(failure.failedQuery), .text(failure.issue), .int(failure.occurrences),
                ]
            )
            return ()
        }
    }
}
