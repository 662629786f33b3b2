public import Foundation
import Postgres

/// The queue of one table.
public struct QueueCounts: Sendable, Equatable {
    public var table: String
    public var pending: Int
    public var processing: Int
    public var failed: Int
}

extension Store {
    /// What the tenant's queue holds, by table.
    public func queueCounts(tenant: UUID) async throws -> [QueueCounts] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT table_name, count(*) FILTER (WHERE status = 'pending') AS pending,
                    count(*) FILTER (WHERE status = 'processing') AS processing, count(*) FILTER (WHERE status = 'failed') AS failed
                FROM vectorization_queue WHERE tenant_id = $1 GROUP BY table_name ORDER BY table_name
                """,
                [.uuid(tenant)]
            ).map { row in
                try QueueCounts(
                    table: row.decode("table_name"),
                    pending: row.decode("pending"),
                    processing: row.decode("processing"),
                    failed: row.decode("failed")
                )
            }
        }
    }

    /// Rows a second of the tenant's vectorization run that is under way; nil where none is.
    public func vectorizationRate(tenant: UUID) async throws -> Double? {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT (progress->>'rate')::double precision AS rate FROM job_runs
                WHERE tenant_id = $1 AND job_name = 'vectorization_job' AND state = 'RUNNING' AND progress IS NOT NULL
                ORDER BY started_at DESC LIMIT 1
                """,
                [.uuid(tenant)]
            ).first?.decode("rate")
        }
    }
}
