public import Foundation
import Postgres

/// An embedding provider that a tenant has defined.
public struct StoredProvider: Sendable, Equatable {
    public var id: String
    /// JSON, as a file of `Providers/`.
    public var definition: String
    public var updatedAt: Date
    public var updatedBy: String

    init(_ row: PostgresRow) throws {
        self.id = try row.decode("id")
        self.definition = try row.decode("definition")
        self.updatedAt = try row.decode("updated_at")
        self.updatedBy = try row.decode("updated_by")
    }
}

extension Store {
    /// The tenant's own providers by id.
    public func ownProviders(tenant: UUID) async throws -> [StoredProvider] {
        try await self.readInTenant(
            tenant,
            [
                PostgresStatement(
                    "SELECT id, definition, updated_at, updated_by FROM tenant_providers WHERE tenant_id = $1 ORDER BY id",
                    [.uuid(tenant)]
                )
            ]
        )[0].map(StoredProvider.init)
    }

    /// Tenants whose vectors come from a provider of their own.
    public func tenantsWithOwnProvider() async throws -> Set<UUID> {
        Set(try await self.pool.query("SELECT tenant_id FROM tenants_with_own_provider()").map { try $0.decode("tenant_id") })
    }

    public func ownProvider(_ id: String, tenant: UUID) async throws -> StoredProvider? {
        try await self.readInTenant(
            tenant,
            [
                PostgresStatement(
                    """
                    SELECT id, definition, updated_at, updated_by FROM tenant_providers
                    WHERE tenant_id = $1 AND id = $2::text
                    """,
                    [.uuid(tenant), .text(id)]
                )
            ]
        )[0].first.map(StoredProvider.init)
    }

    /// Keeps a provider under its id, or changes the one of that id. Where it makes the vectors of a space of the tenant, the chunks are
    /// to be compared with how it cuts texts from now on, once the space is live.
    ///
    /// - Parameters:
    ///   - name: what the tenant's spaces call it.
    ///   - wait: how long a process takes to learn of the change; the chunks are not compared before.
    /// - Returns: whether it is new.
    public func keepOwnProvider(
        _ definition: String,
        id: String,
        named name: String,
        tenant: UUID,
        by: String,
        knownAfter wait: Duration
    ) async throws -> Bool {
        try await self.inTenant(tenant) { connection in
            // Whoever compares just now does so with what it said before.
            try await connection.query(
                """
                UPDATE tenant_spaces
                SET cutting = coalesce(cutting, ''), recut_due = true, recutter = NULL,
                    recut_until = now() + make_interval(secs => $3)
                WHERE tenant_id = $1 AND provider = $2::text AND state <> 'retired'
                """,
                [.uuid(tenant), .text(name), .double(wait.inSeconds)]
            )
            let rows = try await connection.query(
                """
                INSERT INTO tenant_providers AS p (tenant_id, id, definition, updated_by) VALUES ($1, $2::text, $3::text, $4::text)
                ON CONFLICT (tenant_id, id) DO UPDATE SET
                    definition = excluded.definition, updated_at = now(), updated_by = excluded.updated_by
                RETURNING xmax = 0 AS is_new
                """,
                [.uuid(tenant), .text(id), .text(definition), .text(StorableText.plain(by))]
            )
            return try rows.first?.decode("is_new") ?? false
        }
    }

    /// - Returns: false where there is no such provider.
    public func deleteOwnProvider(_ id: String, tenant: UUID) async throws -> Bool {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                "DELETE FROM tenant_providers WHERE tenant_id = $1 AND id = $2::text",
                [.uuid(tenant), .text(id)]
            ).affectedRows == 1
        }
    }

    /// The spaces, of whatever state, whose vectors this provider makes for the tenant.
    public func spaces(tenant: UUID, ofProvider provider: String) async throws -> [String] {
        try await self.readInTenant(
            tenant,
            [
                PostgresStatement(
                    "SELECT space FROM tenant_spaces WHERE tenant_id = $1 AND provider = $2::text AND state <> 'retired'",
                    [.uuid(tenant), .text(provider)]
                )
            ]
        )[0].map { try $0.decode("space") }
    }
}
