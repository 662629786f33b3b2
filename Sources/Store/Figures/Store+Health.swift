public import Foundation
import Postgres

/// How the database stands, as `pulse doctor` wants to know it.
public struct DatabaseHealth: Sendable, Equatable {
    /// As `server_version_num`: 150004.
    public var version: Int
    public var role: String
    /// Whether the role is a superuser or one that row-level security does not bind.
    public var roleBypassesPolicies: Bool
    /// Tables that know tenants and do not force their policies.
    public var openTables: [String]
    public var now: Date
    /// Whether nobody can come in by a key yet.
    public var hasNoKeys: Bool
}

extension Store {
    /// - Throws: also where the database is not migrated.
    public func health() async throws -> DatabaseHealth {
        let rows = try await self.pool.query(
            """
            SELECT current_setting('server_version_num')::bigint AS version, current_user::text AS role, clock_timestamp() AS now,
                (SELECT r.rolsuper OR r.rolbypassrls FROM pg_roles r WHERE r.rolname = current_user) AS bypasses,
                ARRAY(
                    SELECT c.relname::text FROM pg_class c
                    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
                    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
                    WHERE c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1
                ) AS open
            """
        )
        guard let row = rows.first else { throw StoreError.notMigrated }
        guard try await self.isReady() else { throw StoreError.notMigrated }
        let keys = try await self.pool.query("SELECT has_keys() AS has_keys")
        return DatabaseHealth(
            version: try row.decode("version"),
            role: try row.decode("role"),
            roleBypassesPolicies: try row.decode("bypasses"),
            openTables: try row.decode("open"),
            now: try row.decode("now"),
            hasNoKeys: try keys.first?.decode("has_keys", as: Bool.self) == false
        )
    }
}
