public import Foundation
import Postgres

/// One page of exported rows.
public struct FeaturePage: Sendable {
    /// JSON objects with the members ``FeatureTable/columns``.
    public var rows: [String]
    /// Where the next page begins; nil after the last.
    public var last: UUID?
}

extension Store {
    /// - Parameter after: ``FeaturePage/last`` of the page before.
    public func features(
        _ table: FeatureTable,
        tenant: UUID,
        after: UUID? = nil,
        limit: Int = 2_000
    ) async throws -> FeaturePage {
        try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(table.sql, [.uuid(tenant), .optional(after), .int(limit)])
            return FeaturePage(
                rows: try rows.map { try $0.decode("features", as: String.self) },
                last: rows.count < limit ? nil : try rows.last?.decode("entity")
            )
        }
    }
}
