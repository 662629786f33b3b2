public import Foundation
import Postgres

/// A tenant as administrators of the installation see it.
public struct TenantRecord: Sendable, Equatable {
    public var id: UUID
    public var name: String
    /// An inactive tenant's keys open nothing, and nothing runs for it; its data stays.
    public var isActive: Bool
    public var createdAt: Date

    init(_ row: PostgresRow) throws {
        self.id = try row.decode("id")
        self.name = try row.decode("name")
        self.isActive = try row.decode("active")
        self.createdAt = try row.decode("created_at")
    }
}

/// What administrators of the installation do. Whoever calls this has made sure that it is one who asks.
extension Store {
    /// The tenants by name.
    public func tenantRecords(after: String? = nil, limit: Int = 1_000) async throws -> [TenantRecord] {
        try await self.pool.query(
            "SELECT * FROM list_tenants($1::text, $2::bigint)",
            [.optional(after), .int(limit)]
        ).map { try TenantRecord($0) }
    }

    public func tenantRecord(_ id: UUID) async throws -> TenantRecord? {
        try await self.pool.query("SELECT * FROM tenant_of_id($1)", [.uuid(id)]).first.map { try TenantRecord($0) }
    }

    /// - Throws: ``StoreError/tenantExists(_:)``, ``StoreError/invalidName(_:)``.
    public func createTenant(named name: String) async throws -> TenantRecord {
        do {
            let rows = try await self.pool.query("SELECT create_tenant($1::text) AS id", [.text(name)])
            guard let id = try rows.first?.decode("id", as: UUID.self), let record = try await self.tenantRecord(id) else {
                throw StoreError.notMigrated
            }
            return record
        } catch let error as PostgresError where error.isUniqueViolation {
            throw StoreError.tenantExists(name)
        } catch let error as PostgresError where error.sqlState == "23514" {
            throw StoreError.invalidName(name)
        }
    }

    /// - Returns: nil where there is no such tenant.
    public func setTenant(_ id: UUID, active: Bool) async throws -> TenantRecord? {
        try await self.pool.query("SELECT * FROM set_tenant_active($1, $2)", [.uuid(id), .bool(active)]).first
            .map { try TenantRecord($0) }
    }
}
