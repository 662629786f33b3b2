public import Foundation
import Postgres

/// How the texts of a space are cut into chunks: remembered, so that a change is followed once.
extension Store {
    /// Takes up the comparison of a space's ledger with a new cutting. Where nothing is remembered yet, this cutting is from now on.
    ///
    /// - Parameters:
    ///   - recutter: whoever compares; others are kept away until its lease runs out.
    /// - Returns: whether there is something to compare.
    public func beginRecutting(
        tenant: UUID,
        space: String,
        cutting: String,
        recutter: UUID,
        lease: Duration
    ) async throws -> Bool {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                "UPDATE tenant_spaces SET cutting = $3::text WHERE tenant_id = $1 AND space = $2::text AND cutting IS NULL",
                [.uuid(tenant), .text(space), .text(cutting)]
            )
            return try await connection.query(
                """
                UPDATE tenant_spaces SET recutter = $4, recut_until = now() + make_interval(secs => $5)
                WHERE tenant_id = $1 AND space = $2::text AND cutting <> $3::text
                  AND (recut_until IS NULL OR recut_until < now())
                """,
                [.uuid(tenant), .text(space), .text(cutting), .uuid(recutter), .double(lease.inSeconds)]
            ).affectedRows > 0
        }
    }

    /// - Returns: whether the comparison is still this one's.
    public func renewRecutting(tenant: UUID, space: String, recutter: UUID, lease: Duration) async throws -> Bool {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE tenant_spaces SET recut_until = now() + make_interval(secs => $4)
                WHERE tenant_id = $1 AND space = $2::text AND recutter = $3
                """,
                [.uuid(tenant), .text(space), .uuid(recutter), .double(lease.inSeconds)]
            ).affectedRows > 0
        }
    }

    /// Gives the comparison up, for another to take up at once, or says that all is queued.
    ///
    /// - Parameter cutting: what the ledger follows from now on; nil where the comparison did not come to its end.
    public func endRecutting(tenant: UUID, space: String, recutter: UUID, cutting: String?) async throws {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE tenant_spaces SET cutting = coalesce($4::text, cutting), recutter = NULL, recut_until = NULL
                WHERE tenant_id = $1 AND space = $2::text AND recutter = $3
                """,
                [.uuid(tenant), .text(space), .uuid(recutter), .optional(cutting)]
            )
            return ()
        }
    }
}
