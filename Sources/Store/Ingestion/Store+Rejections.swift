public import Foundation
import Postgres

/// A record, or a whole unit, that could not be taken from a source.
public struct Rejection: Sendable, Equatable {
    /// The integration's name.
    public var integration: String
    public var kind: String
    public var identity: String
    public var reason: String
    public var occurrences: Int
    public var lastSeen: Date
}

extension Store {
    /// Records that a source sent and that cannot be taken, the newest first.
    public func rejections(tenant: UUID, limit: Int = 100) async throws -> [Rejection] {
        try await self.rejections(
            tenant: tenant,
            """
            SELECT i.name, r.kind, r.identity, r.reason, r.occurrences, r.last_seen_at
            FROM rejected_records r
            JOIN integrations i ON i.tenant_id = r.tenant_id AND i.id = r.integration_id
            WHERE r.tenant_id = $1
            ORDER BY r.last_seen_at DESC, r.id DESC
            LIMIT $2::bigint
            """,
            limit: limit
        )
    }

    /// Repositories, projects and lists whose last extraction failed.
    public func failedUnits(tenant: UUID, limit: Int = 1_000) async throws -> [Rejection] {
        try await self.rejections(
            tenant: tenant,
            """
            SELECT i.name, c.error_kind AS kind, c.unit AS identity, c.error_message AS reason, 1::bigint AS occurrences,
                c.updated_at AS last_seen_at
            FROM job_checkpoints c
            JOIN integrations i ON i.tenant_id = c.tenant_id AND i.id = c.integration_id
            WHERE c.tenant_id = $1 AND c.error_kind IS NOT NULL
            ORDER BY c.updated_at DESC, c.unit
            LIMIT $2::bigint
            """,
            limit: limit
        )
    }

    private func rejections(tenant: UUID, _ sql: String, limit: Int) async throws -> [Rejection] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(sql, [.uuid(tenant), .int(limit)]).map { row in
                try Rejection(
                    integration: row.decode("name"),
                    kind: row.decode("kind"),
                    identity: row.decode("identity"),
                    reason: row.decode("reason"),
                    occurrences: row.decode("occurrences"),
                    lastSeen: row.decode("last_seen_at")
                )
            }
        }
    }
}
