public import Foundation
import Postgres
public import PulseModel

extension Store: IngestionStore {
    public func checkpoint(tenant: UUID, integration: UUID, unit: String) async throws -> Checkpoint? {
        try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(
                """
                SELECT cursor::text AS cursor, watermark, validators::text AS validators FROM job_checkpoints
                WHERE tenant_id = $1 AND integration_id = $2 AND unit = $3
                """,
                [.uuid(tenant), .uuid(integration), .text(unit)]
            )
            return try rows.first.map { row in
                try Checkpoint(
                    unit: unit,
                    cursor: row.decode("cursor"),
                    watermark: row.decode("watermark"),
                    validators: row.decode("validators")
                )
            }
        }
    }

    public func completeUnits(_ prefix: String, tenant: UUID, integration: UUID) async throws -> Set<String> {
        try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(
                """
                SELECT unit FROM job_checkpoints
                WHERE tenant_id = $1 AND integration_id = $2 AND starts_with(unit, $3) AND cursor IS NULL AND error_kind IS NULL
                """,
                [.uuid(tenant), .uuid(integration), .text(prefix)]
            )
            return Set(try rows.map { try $0.decode("unit", as: String.self) })
        }
    }

    public func write(_ page: IngestionPage, tenant: UUID, integration: UUID) async throws -> IngestionResult {
        let result = try await self.inTenantInserting(tenant) { connection in
            var ingestion = Ingestion(connection: connection, tenant: tenant, integration: integration, fetchedAt: page.fetchedAt)
            return try await ingestion.write(page)
        }
        // Not within the transaction: other pages of the tenant would wait for it. What is written is written, counted or not.
        if result.written > 0 { _ = try? await self.pool.query("SELECT settle_statistics()") }
        return result
    }

    /// A transaction that writes entities.
    ///
    /// An entity's table has two unique keys, and ON CONFLICT watches one of them: where two transactions insert the same new row at
    /// once, the other key may refuse the second. Run again, it finds the row of the first.
    func inTenantInserting<R: Sendable>(_ tenant: UUID, _ body: @Sendable (PostgresConnection) async throws -> R) async throws
        -> R
    {
        for _ in 0..<4 {
            do {
                return try await self.inTenantByIndex(tenant, body)
            } catch let error as PostgresError where error.isUniqueViolation {
                continue
            }
        }
        return try await self.inTenantByIndex(tenant, body)
    }

    public func recordFailure(tenant: UUID, integration: UUID, unit: String, kind: String, message: String) async throws {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                INSERT INTO job_checkpoints (tenant_id, integration_id, unit, error_kind, error_message)
                VALUES ($1, $2, $3, $4::text, $5::text)
                ON CONFLICT (tenant_id, integration_id, unit) DO UPDATE SET
                    error_kind = excluded.error_kind, error_message = excluded.error_message, updated_at = now()
                """,
                [.uuid(tenant), .uuid(integration), .text(unit), .text(kind), .text(message)]
            )
            return ()
        }
    }

    public func keptRecord(_ kind: String, _ stableID: String, tenant: UUID, integration: UUID) async throws -> String? {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT body::text AS body FROM raw_records
                WHERE tenant_id = $1 AND integration_id = $2 AND kind = $3 AND stable_id = $4
                """,
                [.uuid(tenant), .uuid(integration), .text(kind), .text(stableID)]
            ).first?.decode("body")
        }
    }

    public func releases(
        of repositoryID: String,
        notSeenSince time: Date,
        tenant: UUID,
        integration: UUID
    ) async throws -> [String] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT stable_id FROM releases
                WHERE tenant_id = $1 AND integration_id = $2 AND repository_id = $3 AND deleted_at IS NULL AND fetched_at < $4
                ORDER BY stable_id
                """,
                [.uuid(tenant), .uuid(integration), .text(repositoryID), .timestamp(time)]
            ).map { try $0.decode("stable_id") }
        }
    }

    public func standingIssues(_ ids: [String], tenant: UUID, integration: UUID) async throws -> Set<String> {
        try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(
                """
                SELECT stable_id FROM work_items
                WHERE tenant_id = $1 AND integration_id = $2 AND stable_id = ANY ($3::text[]) AND deleted_at IS NULL
                """,
                [.uuid(tenant), .uuid(integration), .texts(ids)]
            )
            return Set(try rows.map { try $0.decode("stable_id", as: String.self) })
        }
    }

    public func repositories(_ ids: [String], tenant: UUID, integration: UUID) async throws -> [Repository] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT t.* FROM unnest($3::text[]) WITH ORDINALITY AS w (id, place)
                JOIN repositories t ON t.tenant_id = $1 AND t.integration_id = $2 AND t.stable_id = w.id AND t.deleted_at IS NULL
                ORDER BY w.place
                """,
                [.uuid(tenant), .uuid(integration), .texts(ids)]
            ).map(Repository.init(row:))
        }
    }
}
