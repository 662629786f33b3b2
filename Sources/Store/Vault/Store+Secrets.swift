public import Foundation
import Postgres

/// What may be told of a secret.
public struct StoredSecret: Sendable, Equatable {
    /// As references name it: `vault:<id>`.
    public var id: String
    public var createdAt: Date
    public var updatedAt: Date
    public var updatedBy: String
}

extension Store {
    private static func context(_ tenant: UUID, _ id: String) -> String { "secret \(tenant.uuidString.lowercased()) \(id)" }

    /// Keeps a secret under its id, or changes the one of that id.
    ///
    /// - Returns: whether it is new.
    public func keepSecret(
        _ value: String,
        id: String,
        tenant: UUID,
        by: String,
        cipher: (any SecretSealing)?
    ) async throws -> Bool {
        let sealed = try Self.seal(value, id: id, tenant: tenant, cipher: cipher)
        return try await self.inTenant(tenant) { connection in
            try await Self.keepSecret(sealed, id: id, tenant: tenant, by: by, connection: connection)
        }
    }

    static func seal(_ value: String, id: String, tenant: UUID, cipher: (any SecretSealing)?) throws -> [UInt8] {
        guard let cipher else { throw VaultError.noKey }
        return try cipher.seal(Array(value.utf8), context: Self.context(tenant, id))
    }

    @discardableResult
    static func keepSecret(
        _ sealed: [UInt8],
        id: String,
        tenant: UUID,
        by: String,
        connection: PostgresConnection
    ) async throws -> Bool {
        let rows = try await connection.query(
            """
            INSERT INTO tenant_secrets AS s (tenant_id, id, sealed, updated_by) VALUES ($1, $2::text, $3, $4::text)
            ON CONFLICT (tenant_id, id) DO UPDATE SET
                sealed = excluded.sealed, updated_at = now(), updated_by = excluded.updated_by
            RETURNING xmax = 0 AS is_new
            """,
            [.uuid(tenant), .text(id), .bytes(sealed), .text(StorableText.plain(by))]
        )
        return try rows.first?.decode("is_new") ?? false
    }

    /// The tenant's secrets by id, without their values.
    public func secrets(tenant: UUID, after: String? = nil, limit: Int = 1_000) async throws -> [StoredSecret] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT id, created_at, updated_at, updated_by FROM tenant_secrets
                WHERE tenant_id = $1 AND ($2::text IS NULL OR id > $2::text) ORDER BY id LIMIT $3::bigint
                """,
                [.uuid(tenant), .optional(after), .int(limit)]
            ).map { row in
                try StoredSecret(
                    id: row.decode("id"),
                    createdAt: row.decode("created_at"),
                    updatedAt: row.decode("updated_at"),
                    updatedBy: row.decode("updated_by")
                )
            }
        }
    }

    /// - Returns: whether there was one.
    public func deleteSecret(_ id: String, tenant: UUID) async throws -> Bool {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                "DELETE FROM tenant_secrets WHERE tenant_id = $1 AND id = $2::text",
                [.uuid(tenant), .text(id)]
            ).affectedRows == 1
        }
    }

    /// The values of the tenant's secrets, by id, for those who ask other systems in the tenant's name.
    ///
    /// - Parameter ids: only these; nil takes all.
    /// - Throws: ``VaultError`` where one of them cannot be read.
    public func secretValues(
        tenant: UUID,
        named ids: [String]? = nil,
        cipher: (any SecretSealing)?
    ) async throws -> [String: String] {
        let sealed = try await self.inTenant(tenant) { connection in
            try await connection.query(
                "SELECT id, sealed FROM tenant_secrets WHERE tenant_id = $1 AND ($2::text[] IS NULL OR id = ANY ($2::text[]))",
                [.uuid(tenant), ids.map(PostgresValue.texts) ?? .null]
            ).map { row in
                (id: try row.decode("id", as: String.self), sealed: try row.decode("sealed", as: [UInt8].self))
            }
        }
        guard !sealed.isEmpty else { return [:] }
        guard let cipher else { throw VaultError.noKey }
        var values: [String: String] = [:]
        for secret in sealed {
            let bytes = try cipher.open(secret.sealed, context: Self.context(tenant, secret.id))
            values[secret.id] = String(decoding: bytes, as: UTF8.self)
        }
        return values
    }

    /// Encrypts the tenant's secrets with the newest key where they are under an older one.
    ///
    /// - Returns: how many were.
    public func rotateSecrets(tenant: UUID, cipher: VaultCipher) async throws -> Int {
        try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(
                "SELECT id, sealed FROM tenant_secrets WHERE tenant_id = $1 ORDER BY id FOR UPDATE",
                [.uuid(tenant)]
            )
            var count = 0
            for row in rows {
                let id: String = try row.decode("id")
                let sealed: [UInt8] = try row.decode("sealed")
                guard !cipher.isCurrent(sealed) else { continue }
                let context = Self.context(tenant, id)
                let fresh = try cipher.seal(try cipher.open(sealed, context: context), context: context)
                try await connection.query(
                    "UPDATE tenant_secrets SET sealed = $3 WHERE tenant_id = $1 AND id = $2::text",
                    [.uuid(tenant), .text(id), .bytes(fresh)]
                )
                count += 1
            }
            return count
        }
    }
}
