public import Foundation
import Postgres

extension Store {
    /// Where the tenant's last audit of this space was interrupted, as it was saved; nil where it was not.
    public func auditCheckpoint(tenant: UUID, space: String) async throws -> String? {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                "SELECT state::text AS state FROM audit_checkpoints WHERE tenant_id = $1 AND space = $2::text",
                [.uuid(tenant), .text(space)]
            ).first?.decode("state")
        }
    }

    /// - Parameter state: JSON.
    public func saveAuditCheckpoint(_ state: String, tenant: UUID, space: String) async throws {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                INSERT INTO audit_checkpoints (tenant_id, space, state) VALUES ($1, $2::text, $3::text::jsonb)
                ON CONFLICT (tenant_id) DO UPDATE SET space = excluded.space, state = excluded.state, updated_at = now()
                """,
                [.uuid(tenant), .text(space), .text(state)]
            )
            return ()
        }
    }

    public func dropAuditCheckpoint(tenant: UUID) async throws {
        try await self.inTenant(tenant) { connection in
            try await connection.query("DELETE FROM audit_checkpoints WHERE tenant_id = $1", [.uuid(tenant)])
            return ()
        }
    }
}
