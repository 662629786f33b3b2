public import Foundation
import Postgres
public import PulseModel

extension Store {
    /// One page of all entities of a table that have a row or a place in the ledger, in the order of their ids.
    ///
    /// - Parameter after: the last entity of the page before.
    public func auditPage(
        tenant: UUID,
        space: String,
        table: EntityTable,
        after: UUID?,
        limit: Int
    ) async throws -> [AuditedEntity] {
        try await self.inTenant(tenant) { connection in
            let ids = try await connection.query(
                """
                SELECT entity FROM (
                    (SELECT entity FROM \(table.rawValue)
                     WHERE tenant_id = $1 AND deleted_at IS NULL AND ($4::uuid IS NULL OR entity > $4::uuid)
                     ORDER BY entity LIMIT $5::bigint)
                    UNION
                    (SELECT DISTINCT entity FROM qdrant_vectors
                     WHERE tenant_id = $1 AND space = $2::text AND table_name = $3::text
                       AND ($4::uuid IS NULL OR entity > $4::uuid)
                     ORDER BY entity LIMIT $5::bigint)
                ) e
                ORDER BY entity
                LIMIT $5::bigint
                """,
                [.uuid(tenant), .text(space), .text(table.rawValue), .optional(after), .int(limit)]
            ).map { try $0.decode("entity", as: UUID.self) }
            return try await Self.audited(ids, tenant: tenant, space: space, table: table, connection: connection)
        }
    }

    /// The same of given entities, whether they are known or not.
    public func audited(_ entities: [UUID], tenant: UUID, space: String, table: EntityTable) async throws -> [AuditedEntity] {
        try await self.inTenant(tenant) { connection in
            try await Self.audited(entities, tenant: tenant, space: space, table: table, connection: connection)
        }
    }

    /// A number that is greater than every claim's so far, and less than every later one's.
    public func nextFence() async throws -> Int64 {
        let rows = try await self.pool.query("SELECT nextval('vectorization_generation') AS fence")
        guard let row = rows.first else { throw StoreError.notMigrated }
        return try row.decode("fence")
    }

    /// Takes entities out of the ledger whose points are gone and whose rows are no more, as far as no later claim wrote them.
    public func forget(_ entities: [UUID], tenant: UUID, space: String, upTo fence: Int64) async throws {
        guard !entities.isEmpty else { return }
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                DELETE FROM qdrant_vectors
                WHERE tenant_id = $1 AND space = $2::text AND entity = ANY ($3) AND generation <= $4
                """,
                [.uuid(tenant), .text(space), .uuids(entities), .int(Int(fence))]
            )
            return ()
        }
    }

    private static func audited(
        _ entities: [UUID],
        tenant: UUID,
        space: String,
        table: EntityTable,
        connection: PostgresConnection
    ) async throws -> [AuditedEntity] {
        guard !entities.isEmpty else { return [] }
        let states = try await connection.query(
            """
            SELECT e.entity, t.entity IS NOT NULL AS is_present,
                coalesce(q.status <> 'failed', false) OR coalesce(NOT b.failed, false) AS is_queued,
                coalesce(q.status = 'failed', false) OR coalesce(b.failed, false) AS is_failed
            FROM unnest($2::uuid[]) AS e (entity)
            LEFT JOIN \(table.rawValue) t ON t.tenant_id = $1 AND t.entity = e.entity AND t.deleted_at IS NULL
            LEFT JOIN vectorization_queue q ON q.tenant_id = $1 AND q.entity = e.entity
            LEFT JOIN space_backlog b ON b.tenant_id = $1 AND b.space = $3::text AND b.entity = e.entity
            ORDER BY e.entity
            """,
            [.uuid(tenant), .uuids(entities), .text(space)]
        )
        let ledger = try await connection.query(
            """
            SELECT entity, chunk, content_hash, generation
            FROM qdrant_vectors
            WHERE tenant_id = $1 AND space = $2::text AND entity = ANY ($3)
            ORDER BY entity, chunk
            """,
            [.uuid(tenant), .text(space), .uuids(entities)]
        )
        var chunks: [UUID: [AuditedEntity.Chunk]] = [:]
        for row in ledger {
            let chunk = try AuditedEntity.Chunk(
                number: row.decode("chunk"),
                hash: ContentHash(bytes: row.decode("content_hash")),
                generation: row.decode("generation")
            )
            chunks[try row.decode("entity"), default: []].append(chunk)
        }
        return try states.map { row in
            let entity: UUID = try row.decode("entity")
            return try AuditedEntity(
                entity: entity,
                isPresent: row.decode("is_present"),
                isQueued: row.decode("is_queued"),
                isFailed: row.decode("is_failed"),
                chunks: chunks[entity] ?? []
            )
        }
    }
}
