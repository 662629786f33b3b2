public import Foundation
import Postgres

extension Store {
    private static let keyColumns = "id, name, prefix, role, created_at, created_by, expires_at, revoked_at, last_used_at"

    /// The tenant's API keys, the newest first, revoked and expired ones included.
    ///
    /// - Parameter before: the key with which the page before ended.
    public func keys(tenant: UUID, before: UUID? = nil, limit: Int = 1_000) async throws -> [StoredKey] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT \(Self.keyColumns) FROM api_keys k
                WHERE tenant_id = $1 AND ($2::uuid IS NULL OR (created_at, id) < (
                    SELECT b.created_at, b.id FROM api_keys b WHERE b.tenant_id = $1 AND b.id = $2::uuid
                ))
                ORDER BY created_at DESC, id DESC LIMIT $3::bigint
                """,
                [.uuid(tenant), .optional(before), .int(limit)]
            ).map { try StoredKey($0, hasRole: true) }
        }
    }

    /// Makes a key of the tenant. Only its digest is kept: this is the one time that it can be shown.
    public func createKey(
        tenant: UUID,
        name: String,
        role: Principal.Role,
        expiresAt: Date? = nil,
        by: String
    ) async throws -> (key: StoredKey, text: String) {
        let text = APIKeyText.random()
        let key = try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                INSERT INTO api_keys (tenant_id, name, prefix, digest, role, expires_at, created_by)
                VALUES ($1, $2::text, $3::text, $4, $5::text, $6, $7::text)
                RETURNING \(Self.keyColumns)
                """,
                [
                    .uuid(tenant), .text(StorableText.plain(name)), .text(APIKeyText.prefix(of: text)),
                    .bytes(APIKeyDigest.of(text)), .text(role.rawValue), .optional(expiresAt), .text(StorableText.plain(by)),
                ]
            ).first.map { try StoredKey($0, hasRole: true) }
        }
        guard let key else { throw StoreError.notMigrated }
        return (key, text)
    }

    /// Takes a key out of force for ever.
    ///
    /// - Returns: false where the tenant has no such key.
    public func revokeKey(_ id: UUID, tenant: UUID) async throws -> Bool {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                "UPDATE api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE tenant_id = $1 AND id = $2",
                [.uuid(tenant), .uuid(id)]
            ).affectedRows == 1
        }
    }

    /// The way into a new installation: a key of an administrator, where there is no key of any kind yet.
    ///
    /// - Returns: the key, which can be shown this one time; nil where somebody has one already.
    public func firstInstallationKey() async throws -> String? {
        let text = APIKeyText.random()
        let rows = try await self.pool.query(
            "SELECT first_installation_key($1::text, $2) AS taken",
            [.text(APIKeyText.prefix(of: text)), .bytes(APIKeyDigest.of(text))]
        )
        return try rows.first?.decode("taken", as: Bool.self) == true ? text : nil
    }
}
