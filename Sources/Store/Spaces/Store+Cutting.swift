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
                """
                UPDATE tenant_spaces SET cutting = $3::text, recut_due = false
                WHERE tenant_id = $1 AND space = $2::text AND (cutting IS NULL OR cutting = $3::text AND recut_due)
                  AND (recut_until IS NULL OR recut_until < now())
                """,
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
                UPDATE tenant_spaces
                SET cutting = coalesce($4::text, cutting), recut_due = recut_due AND $4::text IS NULL,
                    recutter = NULL, recut_until = NULL
                WHERE tenant_id = $1 AND space = $2::text AND recutter = $3
                """,
                [.uuid(tenant), .text(space), .uuid(recutter), .optional(cutting)]
            )
            return ()
        }
    }

    /// Tenants whose provider was changed within their space, and whose chunks nobody has compared since; not those of which somebody
    /// compares them, or not every process knows of the change.
    public func tenantsToRecut() async throws -> [UUID] {
        try await self.pool.query("SELECT tenant_id FROM tenants_to_recut()").map { try $0.decode("tenant_id") }
    }

    /// Tenants that write with one of these providers, or will when they have their first vectors.
    ///
    /// - Parameter defaultProvider: of tenants that have none yet.
    /// - Returns: with each whether rows of it wait for a person to mend its provider.
    public func tenants(
        ofProviders providers: Set<String>,
        defaultProvider: String
    ) async throws -> [(tenant: UUID, waits: Bool)] {
        try await self.pool.query(
            "SELECT tenant_id, waits FROM tenants_of_providers($1::text[], $2::text)",
            [.texts(providers.sorted()), .text(defaultProvider)]
        ).map { try ($0.decode("tenant_id"), $0.decode("waits")) }
    }

    /// Queues anew what was given up, unless it killed those that worked on it: a provider that cuts otherwise may take it.
    public func requeueRefused(tenant: UUID) async throws {
        try await self.inTenant(tenant) { connection in
            try await Self.requeueRefused(tenant: tenant, connection: connection)
            try await connection.query(QueueSQL.notify)
            return ()
        }
    }

    static func requeueRefused(tenant: UUID, connection: PostgresConnection) async throws {
        try await connection.query(
            """
            UPDATE vectorization_queue
            SET status = 'pending', attempts = 0, available_at = now(), failure_kind = NULL, error_message = NULL,
                generation = nextval('vectorization_generation')
            WHERE tenant_id = $1 AND status = 'failed' AND failure_kind IS DISTINCT FROM 'crash'
            """,
            [.uuid(tenant)]
        )
    }
}
