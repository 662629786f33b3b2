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
        } catch let error as PostgresError where error.sqlState == "42P01" {
            throw StoreError.notMigrated
        }
    }

    public func tenants() async throws -> [Tenant] {
        do {
            return try await self.pool.query("SELECT id, name FROM tenants WHERE active ORDER BY name").map { row in
                try Tenant(id: row.decode("id"), name: row.decode("name"))
            }
        } catch let error as PostgresError where error.sqlState == "42P01" {
            throw StoreError.notMigrated
        }
    }

    /// Makes a key. Only its digest is kept: this is the one time that it can be shown.
    ///
    /// - Returns: `pulse_` and 43 characters of base64url, 256 random bits.
    public func createAPIKey(tenant: UUID, name: String, role: String = "administrator") async throws -> String {
        var generator = SystemRandomNumberGenerator()
        let random = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let key =
            "pulse_"
            + Data(random).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        try await self.pool.query(
            "INSERT INTO api_keys (tenant_id, name, prefix, digest, role) VALUES ($1, $2::text, $3::text, $4, $5::text)",
            [.uuid(tenant), .text(name), .text(String(key.prefix(12))), .bytes(APIKeyDigest.of(key)), .text(role)]
        )
        return key
    }
}
