import Foundation
import Postgres
import PulseModel

/// A row that a write has changed.
struct ChangedEntity: Sendable {
    var entity: UUID
    var externalID: String
    var stableID: String
    var operation: QueueOperation
    /// Whether documents of other entities show something that changed.
    var touchesOthers: Bool
}

/// Writes entity rows of one tenant and integration within a transaction.
struct EntityWriter {
    let connection: PostgresConnection
    let tenant: UUID
    let integration: UUID
    let fetchedAt: Date
    /// Whether a person sets the rows: configuration rows of a person are left alone by everything that is derived.
    var isManual = false

    /// Writes `entities`, each once (the last one counts), in the order of their ids.
    ///
    /// A row is left alone where it stands as it came, where what stands there is newer at the source, or where it was deleted
    /// after it was fetched.
    ///
    /// - Returns: the rows that changed.
    func write<E: StoredEntity>(_ entities: [E]) async throws -> [ChangedEntity] {
        try await self.write(self.ordered(entities))
    }

    /// Each of `entities` once (the last one counts), in the order of their ids.
    func ordered<E: StoredEntity>(_ entities: [E]) -> [(key: UUID, value: E)] {
        var newest: [UUID: E] = [:]
        for entity in entities { newest[self.id(of: entity)] = entity }
        return newest.sorted { $0.key < $1.key }
    }

    /// - Parameter rows: of ``ordered(_:)``.
    func write<E: StoredEntity>(_ rows: [(key: UUID, value: E)]) async throws -> [ChangedEntity] {
        guard !rows.isEmpty else { return [] }
        let ids = PostgresValue.uuids(rows.map(\.key))

        // The rows that stand are locked first: the next statement then sees what a concurrent page has left.
        try await self.connection.query(
            "SELECT 1 FROM \(E.table.rawValue) WHERE tenant_id = $1 AND entity = ANY ($2) ORDER BY entity FOR UPDATE",
            [.uuid(self.tenant), ids]
        )
        var parameters: [PostgresValue] = [
            .uuid(self.tenant), .uuid(self.integration), .timestamp(self.fetchedAt), ids,
            .texts(rows.map { StorableText.plain($0.value.stableID) }),
            .texts(rows.map { StorableText.plain($0.value.externalID) }),
            .texts(rows.map { $0.value.sourceUpdatedAt.map { "\($0.timeIntervalSince1970)" } }),
        ]
        for column in E.columns { parameters.append(.texts(rows.map { column.value($0.value) })) }
        return try await self.connection.query(Self.upsert(E.self, isManual: self.isManual), parameters).map { row in
            try ChangedEntity(
                entity: row.decode("entity"),
                externalID: row.decode("external_id"),
                stableID: row.decode("stable_id"),
                operation: row.decode("is_new") ? .insert : .update,
                touchesOthers: row.decode("touches_others")
            )
        }
    }

    /// Lays tombstones on `entities` where they were not fetched or deleted later.
    func delete<E: StoredEntity>(_ type: E.Type, _ entities: [UUID]) async throws -> [ChangedEntity] {
        guard !entities.isEmpty else { return [] }
        let sql = """
            UPDATE \(E.table.rawValue) t
            SET deleted_at = $3, last_updated_at = now()
            WHERE t.tenant_id = $1 AND t.entity = ANY ($2) AND t.deleted_at IS NULL AND t.fetched_at <= $3
            RETURNING t.entity, t.external_id, t.stable_id
            """
        let parameters: [PostgresValue] = [
            .uuid(self.tenant), .uuids(entities.sorted()), .timestamp(self.fetchedAt),
        ]
        return try await self.connection.query(sql, parameters).map { row in
            try ChangedEntity(
                entity: row.decode("entity"),
                externalID: row.decode("external_id"),
                stableID: row.decode("stable_id"),
                operation: .delete,
                touchesOthers: true
            )
        }
    }

    func id(of entity: some StoredEntity) -> UUID { self.id(of: type(of: entity).table, entity.stableID) }

    func id(of table: EntityTable, _ stableID: String) -> UUID {
        EntityKey(tenant: self.tenant, integration: self.integration, table: table, stableID: stableID).entity
    }

    /// The statement for one table, made from its list of columns.
    private static func upsert<E: StoredEntity>(_ type: E.Type, isManual: Bool) -> String {
        let columns = E.columns
        let arrays = columns.indices.map { "$\($0 + 8)::text[]" }.joined(separator: ", ")
        let given = columns.map(\.name).joined(separator: ", ")
        var stored = columns.map(\.name)
        var converted = columns.map { $0.expression("i.\($0.name)") }
        if E.isDerived {
            stored.append("origin")
            converted.append(isManual ? "'manual'" : "'derived'")
        }
        let names = stored.joined(separator: ", ")
        let assignments = stored.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        let old = stored.map { "t.\($0)" }.joined(separator: ", ")
        let new = stored.map { "excluded.\($0)" }.joined(separator: ", ")
        let seen = ["entity", "deleted_at"] + E.shownElsewhere
        let shown =
            E.shownElsewhere.map { "b.\($0) IS DISTINCT FROM w.\($0)" } + ["b.entity IS NULL", "b.deleted_at IS NOT NULL"]
        // What Pulse derives never replaces what a person has set; what the development panel says never replaces a key's proof.
        let guarded =
            if E.isDerived && !isManual {
                "AND (t.origin = 'derived' OR t.deleted_at IS NOT NULL)"
            } else if E.table == .links {
                "AND NOT (t.origin = 'key' AND excluded.origin = 'dev-status' AND t.deleted_at IS NULL)"
            } else {
                ""
            }
        return """
            WITH incoming AS (
                SELECT *
                FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], \(arrays))
                    AS i (entity, stable_id, external_id, source_updated_at, \(given))
            ), before AS (
                SELECT \(seen.map { "t.\($0)" }.joined(separator: ", "))
                FROM \(E.table.rawValue) t WHERE t.tenant_id = $1 AND t.entity = ANY ($4)
            ), written AS (
                INSERT INTO \(E.table.rawValue) AS t
                    (entity, tenant_id, integration_id, stable_id, external_id, source_updated_at, fetched_at, \(names))
                SELECT i.entity, $1, $2, i.stable_id, i.external_id, to_timestamp(i.source_updated_at::double precision), $3,
                    \(converted.joined(separator: ", "))
                FROM incoming i
                WHERE NOT EXISTS (
                    SELECT FROM entity_tombstones g WHERE g.tenant_id = $1 AND g.entity = i.entity AND g.deleted_at >= $3
                )
                ON CONFLICT (entity) DO UPDATE SET
                    external_id = excluded.external_id, source_updated_at = excluded.source_updated_at,
                    fetched_at = excluded.fetched_at, deleted_at = NULL, last_updated_at = now(), \(assignments)
                WHERE (t.deleted_at IS NULL OR t.deleted_at < excluded.fetched_at)
                  AND CASE WHEN t.source_updated_at IS DISTINCT FROM excluded.source_updated_at
                          AND t.source_updated_at IS NOT NULL AND excluded.source_updated_at IS NOT NULL
                      THEN excluded.source_updated_at > t.source_updated_at
                      ELSE excluded.fetched_at >= t.fetched_at END
                  AND (t.external_id, t.deleted_at IS NOT NULL, \(old)) IS DISTINCT FROM (excluded.external_id, false, \(new))
                  \(guarded)
                RETURNING \((["external_id", "stable_id"] + seen).map { "t.\($0)" }.joined(separator: ", "))
            )
            SELECT w.entity, w.external_id, w.stable_id, b.entity IS NULL AS is_new,
                (\(shown.joined(separator: " OR "))) AS touches_others
            FROM written w
            LEFT JOIN before b USING (entity)
            ORDER BY w.entity
            """
    }
}
