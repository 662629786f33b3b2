public import Foundation
import Postgres

extension Store {
    /// - Throws: ``StoreError/unknownTenant(_:)``.
    public func tenant(named name: String) async throws -> Tenant {
        do {
            let rows = try await self.pool.query("SELECT id, name FROM tenant_named($1::text)", [.text(name)])
            guard let row = rows.first else { throw StoreError.unknownTenant(name) }
            return try Tenant(id: row.decode("id"), name: row.decode("name"))
        } catch let error as PostgresError where error.meansNotMigrated {
            throw StoreError.notMigrated
        }
    }

    /// Whose key it is; nil where it is unknown, expired or revoked.
    public func authenticate(apiKey: String) async throws -> (caller: Caller, until: Date?)? {
        let digest = APIKeyDigest.of(apiKey)
        let rows = try await self.pool.query(
            "SELECT *, key_expires_at($1) AS expires_at FROM authenticate_api_key($1)",
            [.bytes(digest)]
        )
        if let row = rows.first {
            let end: Date? = try row.decode("expires_at")
            let principal = try Principal(
                tenant: row.decode("tenant_id"),
                tenantName: row.decode("tenant_name"),
                key: row.decode("key_id"),
                role: Principal.Role(rawValue: row.decode("role")) ?? .viewer,
                until: end
            )
            return (.tenant(principal), end)
        }
        let keys = try await self.pool.query(
            "SELECT authenticate_installation_key($1) AS id, key_expires_at($1) AS expires_at",
            [.bytes(digest)]
        )
        guard let row = keys.first, let id = try row.decode("id", as: UUID?.self) else { return nil }
        return (.installation(InstallationAdministrator(key: id)), try row.decode("expires_at"))
    }

    /// Whether what was shown once still opens something: the key is neither revoked nor expired, or the token not expired, and the
    /// tenant not closed.
    public func isInForce(_ principal: Principal) async throws -> Bool {
        if let end = principal.until, end <= Date() { return false }
        let rows = try await self.readInTenant(
            principal.tenant,
            [
                PostgresStatement(
                    """
                    SELECT t.id FROM tenant_named($2::text) t
                    WHERE t.id = $1 AND ($4 OR EXISTS (
                        SELECT FROM api_keys k
                        WHERE k.tenant_id = $1 AND k.id = $3 AND k.revoked_at IS NULL
                          AND (k.expires_at IS NULL OR k.expires_at > now())
                    ))
                    """,
                    [
                        .uuid(principal.tenant), .text(principal.tenantName), .uuid(principal.key),
                        .bool(principal.credential == .token),
                    ]
                )
            ]
        )
        return rows[0].first != nil
    }

    /// The tenant's active integrations, by name.
    public func integrations(tenant: UUID) async throws -> [StoredIntegration] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT \(StoredIntegration.columns) FROM integrations i WHERE i.tenant_id = $1 AND i.active ORDER BY i.name
                """,
                [.uuid(tenant)]
            ).map(StoredIntegration.init)
        }
    }

    /// The space that the tenant writes and searches; nil before its first vectorization.
    public func liveSpace(tenant: UUID) async throws -> TenantSpace? {
        try Self.liveSpace(try await self.readInTenant(tenant, [Self.liveSpaceStatement(tenant: tenant)])[0])
    }

    static func liveSpaceStatement(tenant: UUID) -> PostgresStatement {
        PostgresStatement(
            "SELECT space, provider, collection FROM tenant_spaces WHERE tenant_id = $1 AND state = 'live'",
            [.uuid(tenant)]
        )
    }

    static func liveSpace(_ rows: PostgresRows) throws -> TenantSpace? {
        try rows.first.map { row in
            try TenantSpace(
                space: row.decode("space"),
                provider: row.decode("provider"),
                collection: row.decode("collection")
            )
        }
    }

    /// Gives the tenant a live space where it has none.
    ///
    /// - Parameter cutting: how its texts are cut from the first one on, so that a change is known for one; nil where that is not known.
    /// - Returns: the space that is live now, which may be another than the proposed one.
    public func ensureLiveSpace(tenant: UUID, proposed: TenantSpace, cutting: String? = nil) async throws -> TenantSpace {
        try await self.inTenant(tenant) { connection in
            try await Self.holdCollection(proposed.collection, connection: connection)
            try await connection.query(
                """
                INSERT INTO tenant_spaces (tenant_id, space, provider, collection, state, cutting)
                VALUES ($1, $2::text, $3::text, $4::text, 'live', $5::text)
                ON CONFLICT DO NOTHING
                """,
                [
                    .uuid(tenant), .text(proposed.space), .text(proposed.provider), .text(proposed.collection),
                    .optional(cutting),
                ]
            )
            return ()
        }
        return try await self.liveSpace(tenant: tenant) ?? proposed
    }
}
