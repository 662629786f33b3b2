import Crypto
public import Foundation
import Postgres

/// What only the owner of the tables may do: tenants and their keys.
public struct Administration: Sendable {
    private let pool: PostgresPool

    /// - Parameter url: of the user that migrated.
    public init(url: String) throws {
        self.pool = PostgresPool(configuration: try PostgresConfiguration(url: url), maximumConnections: 2)
    }

    public func close() async { await self.pool.close() }

    /// - Throws: ``StoreError/tenantExists(_:)``, ``StoreError/invalidName(_:)``.
    public func createTenant(named name: String) async throws -> Tenant {
        do {
            let rows = try await self.pool.query("INSERT INTO tenants (name) VALUES ($1::text) RETURNING id", [.text(name)])
            guard let row = rows.first else { throw StoreError.notMigrated }
            return Tenant(id: try row.decode("id"), name: name)
        } catch let error as PostgresError where error.isUniqueViolation {
            throw StoreError.tenantExists(name)
        } catch let error as PostgresError where error.sqlState == "23514" {
            throw StoreError.invalidName(name)
        } catch let error as PostgresError where error.meansNotMigrated {
            throw StoreError.notMigrated
        }
    }

    public func tenants() async throws -> [Tenant] {
        do {
            return try await self.pool.query("SELECT id, name FROM tenants WHERE active ORDER BY name").map { row in
                try Tenant(id: row.decode("id"), name: row.decode("name"))
            }
        } catch let error as PostgresError where error.meansNotMigrated {
            throw StoreError.notMigrated
        }
    }

    /// Makes a key. Only its digest is kept: this is the one time that it can be shown.
    public func createAPIKey(
        tenant: UUID,
        name: String,
        role: String = "administrator",
        expiresAt: Date? = nil
    ) async throws -> String {
        let key = APIKeyText.random()
        try await self.pool.query(
            """
            INSERT INTO api_keys (tenant_id, name, prefix, digest, role, expires_at, created_by)
            VALUES ($1, $2::text, $3::text, $4, $5::text, $6, 'the command line')
            """,
            [
                .uuid(tenant), .text(name), .text(APIKeyText.prefix(of: key)), .bytes(APIKeyDigest.of(key)), .text(role),
                .optional(expiresAt),
            ]
        )
        return key
    }

    /// Lets the sequence of generations go on above a number, where it is not there yet: after a restore, so that what is written from
    /// now on is newer than what was restored.
    ///
    /// - Returns: whether it had to be lifted.
    public func liftGeneration(above greatest: Int64) async throws -> Bool {
        // Whoever draws a number meanwhile draws one below, which nothing was written under before either.
        let rows = try await self.pool.query(
            """
            SELECT setval('vectorization_generation', $1) FROM (SELECT nextval('vectorization_generation') AS next) n
            WHERE n.next <= $1
            """,
            [.int(Int(greatest))]
        )
        return !rows.isEmpty
    }

    /// The keys of a tenant, the newest first.
    public func keys(tenant: UUID) async throws -> [StoredKey] {
        try await self.pool.query(
            """
            SELECT id, name, prefix, role, created_at, created_by, expires_at, revoked_at, last_used_at
            FROM api_keys WHERE tenant_id = $1 ORDER BY created_at DESC, id DESC
            """,
            [.uuid(tenant)]
        ).map { try StoredKey($0, hasRole: true) }
    }

    // MARK: Administrators of the installation

    /// Makes a key of an administrator of the installation, who belongs to no tenant.
    public func createInstallationKey(name: String, expiresAt: Date? = nil) async throws -> String {
        let key = APIKeyText.random()
        try await self.pool.query(
            "INSERT INTO installation_keys (name, prefix, digest, expires_at) VALUES ($1::text, $2::text, $3, $4)",
            [.text(name), .text(APIKeyText.prefix(of: key)), .bytes(APIKeyDigest.of(key)), .optional(expiresAt)]
        )
        return key
    }

    public func installationKeys() async throws -> [StoredKey] {
        try await self.pool.query("SELECT * FROM installation_keys ORDER BY created_at DESC, id DESC").map {
            try StoredKey($0, hasRole: false)
        }
    }

    /// Takes keys out of force, of tenants and of the installation.
    ///
    /// - Parameter key: the id, or the beginning of the key as lists show it.
    /// - Returns: how many have this id or beginning; where there are several, none is revoked.
    public func revoke(key: String) async throws -> Int {
        try await self.pool.withTransaction { connection in
            var found: [(table: String, id: UUID)] = []
            for table in ["api_keys", "installation_keys"] {
                let rows = try await connection.query(
                    "SELECT id FROM \(table) WHERE id::text = lower($1::text) OR prefix = $1::text",
                    [.text(key)]
                )
                for row in rows { found.append((table, try row.decode("id"))) }
            }
            if found.count == 1 {
                try await connection.query(
                    "UPDATE \(found[0].table) SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1",
                    [.uuid(found[0].id)]
                )
            }
            return found.count
        }
    }
}
