public import Foundation
import Postgres
public import PulseModel

extension Store {
    /// The documents of those of `entities` that stand in `table`; what is missing from the answer is gone.
    public func documents(tenant: UUID, table: EntityTable, entities: [UUID]) async throws -> [EntityRow] {
        guard !entities.isEmpty else { return [] }
        return try await self.inTenantByIndex(tenant) { connection in
            try await Self.documents(of: table.entityType, tenant: tenant, entities: entities, connection: connection)
        }
    }

    private static func documents<E: StoredEntity>(
        of type: E.Type,
        tenant: UUID,
        entities: [UUID],
        connection: PostgresConnection
    ) async throws -> [EntityRow] {
        let rows = try await connection.query(
            "\(E.documentSelect) WHERE t.tenant_id = $1 AND t.entity = ANY ($2) AND t.deleted_at IS NULL",
            [.uuid(tenant), .uuids(entities)]
        )
        // A number may name two pull requests where a repository was replaced: either serves a comment as its heading.
        var seen: Set<UUID> = []
        return try rows.compactMap { row in
            let entity: UUID = try row.decode("entity")
            guard seen.insert(entity).inserted else { return nil }
            return try EntityRow(
                entity: entity,
                integration: row.decode("integration_id"),
                table: E.table,
                externalID: row.decode("external_id"),
                document: E.document(from: row),
                documentVersion: E.documentVersion
            )
        }
    }
}
