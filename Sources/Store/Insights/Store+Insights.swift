public import Foundation
import Postgres

extension Store {
    /// Takes a metric over the tenant's rows.
    ///
    /// - Returns: rows in the order of their groups and periods.
    public func insight(_ metric: InsightMetric, over scope: InsightScope, tenant: UUID) async throws -> [InsightRow] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                "WITH \(InsightSQL.scope), \(metric.sql)",
                [
                    .uuid(tenant), .timestamp(scope.from), .timestamp(scope.to), .text(scope.by.rawValue),
                    .optional(scope.period == .none ? nil : scope.period.rawValue), .optional(scope.project),
                    .optional(scope.repository), .optional(scope.team), .optional(scope.sprint),
                ]
            ).map { row in
                try InsightRow(
                    group: row.decode("grp"),
                    period: row.decode("period"),
                    count: row.decode("n"),
                    values: JSONDecoder().decode([String: Double?].self, from: Data(row.decode("figures", as: String.self).utf8))
                )
            }
        }
    }
}
