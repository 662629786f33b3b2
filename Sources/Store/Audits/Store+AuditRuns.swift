public import Foundation
import Postgres

/// An audit that somebody asked for.
public struct AuditRun: Sendable, Equatable {
    public var id: UUID
    public var repair: Bool
    public var requestedBy: String
    public var startedAt: Date
    public var finishedAt: Date?
    /// JSON, where it came to an end.
    public var report: String?
    public var error: String?
}

extension Store {
    private static let auditColumns = "id, repair, requested_by, started_at, finished_at, report::text AS report, error"

    /// An audit whose process has been silent for two minutes counts as ended.
    private static func closeSilentAudits(tenant: UUID, connection: PostgresConnection) async throws {
        try await connection.query(
            """
            UPDATE audit_runs SET finished_at = now(), error = 'its process stopped'
            WHERE tenant_id = $1 AND finished_at IS NULL AND heartbeat_at < now() - interval '2 minutes'
            """,
            [.uuid(tenant)]
        )
    }

    /// Opens an audit of the tenant. One runs at a time.
    ///
    /// - Returns: nil where one is running.
    public func beginAudit(tenant: UUID, repair: Bool, by: String) async throws -> AuditRun? {
        try await self.inTenant(tenant) { connection in
            try await Self.closeSilentAudits(tenant: tenant, connection: connection)
            return try await connection.query(
                """
                INSERT INTO audit_runs (tenant_id, repair, requested_by) VALUES ($1, $2, $3::text)
                ON CONFLICT (tenant_id) WHERE finished_at IS NULL DO NOTHING
                RETURNING \(Self.auditColumns)
                """,
                [.uuid(tenant), .bool(repair), .text(StorableText.plain(by))]
            ).first.map(Self.auditRun)
        }
    }

    /// Says that the process of an audit lives.
    ///
    /// - Returns: false where the audit is closed.
    public func beatAudit(_ id: UUID, tenant: UUID) async throws -> Bool {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE audit_runs SET heartbeat_at = now() WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL
                RETURNING id
                """,
                [.uuid(tenant), .uuid(id)]
            ).first != nil
        }
    }

    /// - Parameters:
    ///   - report: JSON.
    ///   - error: why there is none.
    public func finishAudit(_ id: UUID, tenant: UUID, report: String?, error: String?) async throws {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE audit_runs SET finished_at = now(), report = $3::text::jsonb, error = $4::text
                WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL
                """,
                [.uuid(tenant), .uuid(id), .optional(report), .optional(error.map { StorableText.plain($0) })]
            )
            // Some are enough to look back at.
            try await connection.query(
                """
                DELETE FROM audit_runs WHERE tenant_id = $1 AND id IN (
                    SELECT id FROM audit_runs WHERE tenant_id = $1 ORDER BY started_at DESC, id OFFSET 100
                )
                """,
                [.uuid(tenant)]
            )
            return ()
        }
    }

    /// The tenant's audits, the newest first.
    public func auditRuns(tenant: UUID, limit: Int = 20) async throws -> [AuditRun] {
        try await self.inTenant(tenant) { connection in
            try await Self.closeSilentAudits(tenant: tenant, connection: connection)
            return try await connection.query(
                """
                SELECT \(Self.auditColumns) FROM audit_runs
                WHERE tenant_id = $1 ORDER BY started_at DESC, id LIMIT $2::bigint
                """,
                [.uuid(tenant), .int(limit)]
            ).map(Self.auditRun)
        }
    }

    private static func auditRun(_ row: PostgresRow) throws -> AuditRun {
        AuditRun(
            id: try row.decode("id"),
            repair: try row.decode("repair"),
            requestedBy: try row.decode("requested_by"),
            startedAt: try row.decode("started_at"),
            finishedAt: try row.decode("finished_at"),
            report: try row.decode("report"),
            error: try row.decode("error")
        )
    }
}
