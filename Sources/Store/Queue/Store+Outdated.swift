public import Foundation
import Postgres
import PulseModel

extension Store {
    /// Queues the rows that were indexed when their kind's document said something else (``Entity/documentVersion``).
    ///
    /// - Returns: how many.
    public func enqueueOutdated(tenant: UUID) async throws -> Int {
        try await self.inTenant(tenant) { connection in
            var count = 0
            for table in EntityTable.allCases {
                let rows = try await connection.query(
                    """
                    WITH change AS (
                        SELECT DISTINCT t.integration_id, '\(table.source.rawValue)' AS source, '\(table.rawValue)' AS table_name,
                            t.external_id, t.entity, 'update' AS operation
                        FROM qdrant_vectors v
                        JOIN tenant_spaces s ON s.tenant_id = v.tenant_id AND s.space = v.space AND s.state = 'live'
                        JOIN \(table.rawValue) t ON t.tenant_id = v.tenant_id AND t.entity = v.entity
                        WHERE v.tenant_id = $1 AND v.table_name = '\(table.rawValue)'
                          AND v.document_version < \(table.entityType.documentVersion)
                    )
                    \(QueueSQL.enqueueChanges)
                    """,
                    [.uuid(tenant), .int(9)]
                )
                count += rows.affectedRows
            }
            return count
        }
    }
}
