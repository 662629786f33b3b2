public import Foundation
import Postgres
import PulseModel

/// An integration with what a person wants to know of it.
public struct IntegrationRecord: Sendable, Equatable {
    public var integration: StoredIntegration
    public var createdAt: Date
    public var updatedAt: Date
}

extension Store {
    /// The tenant's active integrations by name.
    public func integrationRecords(
        tenant: UUID,
        named name: String? = nil,
        after: String? = nil,
        limit: Int = 1_000
    ) async throws -> [IntegrationRecord] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT \(StoredIntegration.columns), i.created_at, i.updated_at
                FROM integrations i
                WHERE i.tenant_id = $1 AND i.active AND ($2::text IS NULL OR i.name = $2::text)
                  AND ($3::text IS NULL OR i.name > $3::text)
                ORDER BY i.name LIMIT $4::bigint
                """,
                [.uuid(tenant), .optional(name), .optional(after), .int(limit)]
            ).map { row in
                IntegrationRecord(
                    integration: try StoredIntegration(row),
                    createdAt: try row.decode("created_at"),
                    updatedAt: try row.decode("updated_at")
                )
            }
        }
    }

    /// Disconnects a source: it is read no more, its name is free, and all that came from it leaves the index.
    ///
    /// A run of its job is ended first, then the pages that are being written are waited for: none comes after. The rows get tombstones,
    /// and their queue rows go with them in one transaction.
    ///
    /// - Returns: how many entities are on their way out; nil where there is no such integration.
    public func disconnectIntegration(named name: String, tenant: UUID, by person: String) async throws -> Int? {
        try await self.inTenant(tenant) { connection -> Int? in
            let found = try await connection.query(
                "SELECT id FROM integrations WHERE tenant_id = $1 AND name = $2::text AND active",
                [.uuid(tenant), .text(name)]
            )
            guard let id = try found.first?.decode("id", as: UUID.self) else { return nil }
            try await Self.endJobs(of: id, tenant: tenant, by: person, connection: connection)
            try await Ingestion.waitForOthers(tenant: tenant, connection: connection)
            let disconnected = try await connection.query(
                """
                UPDATE integrations SET active = false, name = left(name, 150) || ' (disconnected ' || id::text || ')', updated_at = now()
                WHERE tenant_id = $1 AND id = $2 AND active
                """,
                [.uuid(tenant), .uuid(id)]
            )
            // Somebody else was faster.
            guard disconnected.affectedRows == 1 else { return nil }
            var count = 0
            for table in EntityTable.allCases {
                let gone = try await connection.query(
                    """
                    UPDATE \(table.rawValue) SET deleted_at = now(), last_updated_at = now()
                    WHERE tenant_id = $1 AND integration_id = $2 AND deleted_at IS NULL RETURNING entity
                    """,
                    [.uuid(tenant), .uuid(id)]
                ).map { try $0.decode("entity", as: UUID.self) }
                guard !gone.isEmpty else { continue }
                try await Self.enqueue(gone, of: table, tenant: tenant, priority: 1, connection: connection)
                count += gone.count
            }
            if count > 0 { try await connection.query(QueueSQL.notify) }
            return count
        }
    }
}
