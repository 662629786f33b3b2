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
    /// A run of its job is ended first, in a transaction of its own: what the tenant's other jobs need is not locked for as long as the
    /// rest takes. Then the pages that are being written are waited for: none comes after. The rows get tombstones, and their queue rows
    /// go with them in one transaction. Where the process dies between the two, ``finishDisconnections(tenant:)`` does the rest.
    ///
    /// - Returns: how many entities are on their way out; nil where there is no such integration.
    public func disconnectIntegration(named name: String, tenant: UUID, by person: String) async throws -> Int? {
        let disconnected = try await self.inTenant(tenant) { connection -> UUID? in
            let found = try await connection.query(
                "SELECT id FROM integrations WHERE tenant_id = $1 AND name = $2::text AND active",
                [.uuid(tenant), .text(name)]
            )
            guard let id = try found.first?.decode("id", as: UUID.self) else { return nil }
            try await Self.endJobs(of: id, tenant: tenant, by: person, connection: connection)
            let disconnected = try await connection.query(
                """
                UPDATE integrations SET active = false, name = left(name, 150) || \(Self.unfinished), updated_at = now()
                WHERE tenant_id = $1 AND id = $2 AND active
                """,
                [.uuid(tenant), .uuid(id)]
            )
            // Else somebody else was faster.
            return disconnected.affectedRows == 1 ? id : nil
        }
        guard let disconnected else { return nil }
        return try await self.removeEntities(ofDisconnected: disconnected, tenant: tenant)
    }

    /// Does what is left of disconnections whose process has died.
    ///
    /// - Returns: how many entities are on their way out.
    public func finishDisconnections(tenant: UUID) async throws -> Int {
        let unfinished = try await self.inTenant(tenant) { connection in
            try await connection.query(
                "SELECT id FROM integrations WHERE tenant_id = $1 AND NOT active AND name LIKE '%' || \(Self.unfinished)",
                [.uuid(tenant)]
            ).map { try $0.decode("id", as: UUID.self) }
        }
        var count = 0
        for id in unfinished { count += try await self.removeEntities(ofDisconnected: id, tenant: tenant) }
        return count
    }

    /// How the name of a disconnected integration ends before its entities are on their way out, and afterwards.
    private static let unfinished = "' (disconnecting ' || id::text || ')'"
    private static let finished = "' (disconnected ' || id::text || ')'"

    private func removeEntities(ofDisconnected id: UUID, tenant: UUID) async throws -> Int {
        try await self.inTenant(tenant) { connection -> Int in
            let held = try await connection.query(
                """
                SELECT id FROM integrations
                WHERE tenant_id = $1 AND id = $2 AND NOT active AND name LIKE '%' || \(Self.unfinished)
                FOR NO KEY UPDATE SKIP LOCKED
                """,
                [.uuid(tenant), .uuid(id)]
            )
            // Done, or in other hands.
            guard !held.isEmpty else { return 0 }
            try await Ingestion.waitForOthers(tenant: tenant, connection: connection)
            try await connection.query(
                "UPDATE integrations SET name = replace(name, \(Self.unfinished), \(Self.finished)) WHERE tenant_id = $1 AND id = $2",
                [.uuid(tenant), .uuid(id)]
            )
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
