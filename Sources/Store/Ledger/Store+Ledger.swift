public import Foundation
import Postgres
public import PulseModel

extension Store {
    /// Where the vectors of texts can be had in this tenant and space, by the digest of the text.
    ///
    /// - Parameter entities: of which it is told whether the ledger knows points of them.
    public func knownVectors(
        tenant: UUID,
        space: String,
        hashes: [ContentHash],
        entities: [UUID] = []
    ) async throws -> KnownVectors {
        guard !hashes.isEmpty || !entities.isEmpty else { return KnownVectors() }
        return try await self.inTenantByIndex(tenant) { connection in
            let rows = try await connection.query(
                Self.knownVectorsStatement,
                [.uuid(tenant), .text(space), .texts(hashes.map(\.description))]
            )
            var known = KnownVectors()
            for row in rows {
                let hash = ContentHash(bytes: try row.decode("content_hash"))
                known.points[hash, default: []].append(try row.decode("point_id"))
            }
            known.kept = try await Self.keptVectors(hashes, tenant: tenant, space: space, connection: connection)
            if !entities.isEmpty {
                let written = try await connection.query(
                    Self.writtenEntitiesStatement,
                    [.uuid(tenant), .text(space), .uuids(entities)]
                )
                known.written = Set(try written.map { try $0.decode("entity", as: UUID.self) })
            }
            return known
        }
    }

    /// The space is an expression: the primary key leads with it, and must not be taken for a space that the planner knows nothing of.
    package static let knownVectorsStatement = """
        SELECT v.content_hash, v.point_id
        FROM unnest($3::text[]) AS h (digits)
        CROSS JOIN LATERAL (
            SELECT q.content_hash, q.point_id
            FROM qdrant_vectors q
            WHERE q.tenant_id = $1 AND q.space || '' = $2::text AND q.content_hash = decode(h.digits, 'hex')
            LIMIT 3
        ) v
        """

    /// One step in the primary key for each entity, however many rows the planner takes the space to have.
    package static let writtenEntitiesStatement = """
        SELECT e.entity
        FROM unnest($3::uuid[]) AS e (entity)
        CROSS JOIN LATERAL (
            SELECT FROM qdrant_vectors q
            WHERE q.tenant_id = $1 AND q.space = $2::text AND q.entity = e.entity
            LIMIT 1
        ) v
        """

    /// For each table: rows of the sources, entities of the ledger, and what waits or failed in the queue.
    public func tableCounts(tenant: UUID, space: String) async throws -> [TableCounts] {
        try await self.inTenant(tenant) { connection in
            let rows = EntityTable.allCases.map { table in
                "SELECT '\(table.rawValue)' AS name, count(*) AS rows FROM \(table.rawValue) WHERE tenant_id = $1 AND deleted_at IS NULL"
            }.joined(separator: " UNION ALL ")
            let counts = try await connection.query(
                """
                WITH source AS (\(rows)), ledger AS (
                    SELECT table_name, count(DISTINCT entity) AS entities, count(*) AS points
                    FROM qdrant_vectors
                    WHERE tenant_id = $1 AND space = $2::text
                    GROUP BY table_name
                ), queue AS (
                    SELECT table_name, count(*) FILTER (WHERE status <> 'failed') AS waiting,
                        count(*) FILTER (WHERE status = 'failed') AS failed
                    FROM vectorization_queue
                    WHERE tenant_id = $1
                    GROUP BY table_name
                )
                SELECT s.name, s.rows, coalesce(l.entities, 0) AS entities, coalesce(l.points, 0) AS points,
                    coalesce(q.waiting, 0) AS waiting, coalesce(q.failed, 0) AS failed
                FROM source s
                LEFT JOIN ledger l ON l.table_name = s.name
                LEFT JOIN queue q ON q.table_name = s.name
                """,
                [.uuid(tenant), .text(space)]
            )
            let all = try counts.map { row in
                let name: String = try row.decode("name")
                guard let table = EntityTable(rawValue: name) else { throw StoreError.unknownTable(name) }
                return try TableCounts(
                    table: table,
                    rows: row.decode("rows"),
                    ledgerEntities: row.decode("entities"),
                    ledgerPoints: row.decode("points"),
                    waiting: row.decode("waiting"),
                    failed: row.decode("failed")
                )
            }
            return EntityTable.allCases.compactMap { table in all.first { $0.table == table } }
        }
    }

    /// One page of what the ledger says of a table, in the order of entities.
    ///
    /// - Parameter after: the last entity of the page before.
    public func ledgerPage(
        tenant: UUID,
        space: String,
        table: EntityTable,
        after: UUID?,
        limit: Int
    ) async throws -> [LedgerEntry] {
        try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(
                """
                SELECT entity, count(*) AS chunks, min(generation) AS generation, min(document_version) AS version
                FROM qdrant_vectors
                WHERE tenant_id = $1 AND space = $2::text AND table_name = $3::text AND ($4::uuid IS NULL OR entity > $4::uuid)
                GROUP BY entity
                ORDER BY entity
                LIMIT $5::bigint
                """,
                [.uuid(tenant), .text(space), .text(table.rawValue), .optional(after), .int(limit)]
            )
            return try rows.map { row in
                try LedgerEntry(
                    entity: row.decode("entity"),
                    chunks: row.decode("chunks"),
                    generation: row.decode("generation"),
                    documentVersion: row.decode("version")
                )
            }
        }
    }
}
