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
            try await connection.query(
                """
                INSERT INTO document_checks (tenant_id, versions) VALUES ($1, $2::text)
                ON CONFLICT (tenant_id) DO UPDATE SET versions = excluded.versions, checked_at = now()
                """,
                [.uuid(tenant), .text(Self.documentVersions)]
            )
            if count > 0 { try await connection.query(QueueSQL.notify) }
            return count
        }
    }

    /// The same for every tenant for which it was not done lately: the ledger is read whole, which a process that is restarted often
    /// should not do each time. A process of an older release may go on writing for a while, so that once is not enough.
    ///
    /// - Returns: how many rows were queued.
    public func enqueueOutdated(unlessWithin age: Duration = .seconds(3_600)) async throws -> Int {
        let tenants: [UUID] = try await self.pool.query(
            "SELECT tenant_id FROM tenants_to_check($1::text, make_interval(secs => $2))",
            [.text(Self.documentVersions), .double(age.inSeconds)]
        ).map { try $0.decode("tenant_id") }
        var count = 0
        for tenant in tenants {
            try Task.checkCancellation()
            count += try await self.enqueueOutdated(tenant: tenant)
        }
        return count
    }

    /// What the documents of this release are made of.
    private static let documentVersions = EntityTable.allCases.map { "\($0.rawValue):\($0.entityType.documentVersion)" }
        .joined(separator: " ")
}
