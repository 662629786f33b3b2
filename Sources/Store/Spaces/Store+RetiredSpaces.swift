public import Foundation
import Postgres

extension Store {
    /// Held shared by whoever binds a tenant to a collection, alone by whoever drops it.
    private static let collectionLock = "hashtextextended('collection ' || $1::text, 0)"

    /// Keeps a collection from being dropped until the transaction has ended, and afterwards by what it has written.
    static func holdCollection(_ collection: String, connection: PostgresConnection) async throws {
        try await connection.query("SELECT pg_advisory_xact_lock_shared(\(Self.collectionLock))", [.text(collection)])
    }

    /// Tenants that have left a space whose points may still stand.
    public func tenantsWithRetiredSpaces() async throws -> [UUID] {
        try await self.pool.query("SELECT tenant_id FROM tenants_with_retired_spaces()").map { try $0.decode("tenant_id") }
    }

    /// All spaces of the tenant, the live one first.
    public func spaces(tenant: UUID) async throws -> [StoredSpace] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT space, provider, collection, state FROM tenant_spaces
                WHERE tenant_id = $1 ORDER BY state <> 'live', state, space
                """,
                [.uuid(tenant)]
            ).map { row in
                try StoredSpace(
                    space: Self.space(of: row),
                    state: StoredSpace.State(rawValue: row.decode("state")) ?? .retired
                )
            }
        }
    }

    /// Spaces that the tenant has left, and whose points may still stand.
    public func retiredSpaces(tenant: UUID) async throws -> [RetiredSpace] {
        try await self.inTenant(tenant) { connection in
            // Held while the fence is drawn: the space cannot be built again meanwhile.
            try await connection.query("SELECT pg_advisory_xact_lock_shared(\(Self.spaceLock))", [.uuid(tenant)])
            return try await connection.query(
                """
                SELECT s.space, s.provider, s.collection, coalesce(s.retired_at, s.created_at) AS retired_at,
                    nextval('vectorization_generation') AS fence
                FROM tenant_spaces s WHERE s.tenant_id = $1 AND s.state = 'retired' ORDER BY s.space
                """,
                [.uuid(tenant)]
            ).map { try RetiredSpace(space: Self.space(of: $0), retiredAt: $0.decode("retired_at"), fence: $0.decode("fence")) }
        }
    }

    /// When nothing can land in a retired space any more, as far as can be told now; nil where nothing can already.
    ///
    /// Claims older than the space's fence may have begun while it was live: they write to it until they end, or until their lease
    /// runs out, and what they sent last lands within the write deadline.
    public func lastWrite(to retired: RetiredSpace, tenant: UUID, writeDeadline: Duration) async throws -> Date? {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT q.quiet FROM (
                    SELECT greatest(
                        (SELECT settle_after FROM tenant_spaces WHERE tenant_id = $1 AND space = $2::text AND state = 'retired'),
                        (SELECT max(lease_until) FROM vectorization_queue
                         WHERE tenant_id = $1 AND status = 'processing' AND fence < $3) + make_interval(secs => $4),
                        -- Of those whose lease ran out and was taken.
                        (SELECT max(settle_after) FROM vectorization_queue
                         WHERE tenant_id = $1 AND crashes > 0 AND settle_after > now())
                    ) AS quiet
                ) q
                WHERE q.quiet > now()
                """,
                [.uuid(tenant), .text(retired.space.space), .int(Int(retired.fence)), .double(writeDeadline.inSeconds)]
            ).first?.decode("quiet")
        }
    }

    /// Lets `drop` have a collection that no space but this retired one is in. Nobody is bound to it meanwhile.
    ///
    /// - Returns: whether it was dropped.
    public func dropCollection(of retired: RetiredSpace, tenant: UUID, _ drop: @Sendable () async throws -> Void) async throws
        -> Bool
    {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                "SELECT pg_advisory_xact_lock(\(Self.collectionLock))",
                [.text(retired.space.collection)]
            )
            let rows = try await connection.query(
                "SELECT spaces_in_collection($1::text, $2, $3::text) AS others",
                [.text(retired.space.collection), .uuid(tenant), .text(retired.space.space)]
            )
            guard try rows.first?.decode("others", as: Int.self) == 0 else { return false }
            try await drop()
            return true
        }
    }

    /// Whether a space of whomever is in a collection.
    public func isInUse(collection: String) async throws -> Bool {
        let rows = try await self.pool.query("SELECT spaces_in_collection($1::text, NULL, NULL) AS spaces", [.text(collection)])
        return try rows.first?.decode("spaces", as: Int.self) ?? 0 > 0
    }

    /// Forgets a retired space, once its points are gone.
    public func forgetSpace(_ retired: RetiredSpace, tenant: UUID) async throws {
        while true {
            // In portions: a ledger of millions is not one transaction.
            let deleted = try await self.inTenant(tenant) { connection in
                try await connection.query(
                    """
                    DELETE FROM qdrant_vectors
                    WHERE (space, entity, chunk) IN (
                        SELECT v.space, v.entity, v.chunk FROM qdrant_vectors v
                        WHERE v.tenant_id = $1 AND v.space = $2::text AND v.generation < $3
                        LIMIT 20000
                    )
                    """,
                    [.uuid(tenant), .text(retired.space.space), .int(Int(retired.fence))]
                ).affectedRows
            }
            if deleted == 0 { break }
        }
        try await self.inTenant(tenant) { connection in
            // Vectors that were paid for and never written belong to the space as its points did.
            try await connection.query(
                """
                DELETE FROM unwritten_vectors v
                WHERE v.tenant_id = $1 AND v.space = $2::text AND EXISTS (
                    SELECT FROM tenant_spaces s WHERE s.tenant_id = $1 AND s.space = $2::text AND s.state = 'retired'
                )
                """,
                [.uuid(tenant), .text(retired.space.space)]
            )
            try await connection.query(
                "DELETE FROM tenant_spaces WHERE tenant_id = $1 AND space = $2::text AND state = 'retired'",
                [.uuid(tenant), .text(retired.space.space)]
            )
            return ()
        }
    }
}
