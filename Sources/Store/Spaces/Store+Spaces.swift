public import Foundation
import Postgres
public import PulseModel

extension Store {
    /// Completions of the queue hold it shared, a change of the tenant's spaces alone: so none is missed by the space that is built.
    static let spaceLock = "hashtextextended('spaces ' || $1::text, 0)"

    /// Begins to build a space for the tenant beside its live one, or goes on with it, under a lease of `builder`.
    ///
    /// - Throws: ``SpaceError``.
    public func beginBuilding(
        tenant: UUID,
        space: TenantSpace,
        builder: UUID,
        policy: QueuePolicy
    ) async throws -> BuildingSpace {
        try await self.inTenant(tenant) { connection in
            try await connection.query("SELECT pg_advisory_xact_lock(\(Self.spaceLock))", [.uuid(tenant)])
            let rows = try await connection.query(
                """
                SELECT space, provider, CASE WHEN builder_until > now() AND builder <> $2 THEN builder_until END AS held_until
                FROM tenant_spaces WHERE tenant_id = $1 AND state = 'building'
                """,
                [.uuid(tenant), .uuid(builder)]
            )
            if let row = rows.first {
                let (name, provider): (String, String) = (try row.decode("space"), try row.decode("provider"))
                guard name == space.space, provider == space.provider else {
                    throw SpaceError.alreadyBuilding(space: name, provider: provider)
                }
                if let until: Date = try row.decode("held_until") { throw SpaceError.held(until: until) }
                // A builder that did not give the space back was killed or stalled: its last writes may still land.
                try await connection.query(
                    """
                    UPDATE tenant_spaces
                    SET builder = $2, builder_until = now() + make_interval(secs => $3),
                        settle_after = CASE
                            WHEN builder IS NULL OR builder = $2 THEN settle_after
                            ELSE now() + make_interval(secs => $4)
                        END
                    WHERE tenant_id = $1 AND state = 'building'
                    """,
                    [
                        .uuid(tenant), .uuid(builder), .double(policy.lease.inSeconds),
                        .double(policy.writeDeadline.inSeconds),
                    ]
                )
            } else {
                try await connection.query(
                    """
                    INSERT INTO tenant_spaces (tenant_id, space, provider, collection, state, builder, builder_until)
                    VALUES ($1, $2::text, $3::text, $4::text, 'building', $5, now() + make_interval(secs => $6))
                    """,
                    [
                        .uuid(tenant), .text(space.space), .text(space.provider), .text(space.collection), .uuid(builder),
                        .double(policy.lease.inSeconds),
                    ]
                )
            }
        }
        // From here on every completion adds to the backlog by itself; what was completed before is seen by this statement.
        _ = try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                WITH unfilled AS (
                    SELECT space FROM tenant_spaces WHERE tenant_id = $1 AND state = 'building' AND NOT filled AND builder = $2
                    FOR UPDATE
                ), copies AS (
                    INSERT INTO space_backlog (tenant_id, space, entity, integration_id, table_name)
                    SELECT DISTINCT ON (v.entity) v.tenant_id, u.space, v.entity, v.integration_id, v.table_name
                    FROM unfilled u
                    JOIN tenant_spaces live ON live.tenant_id = $1 AND live.state = 'live'
                    JOIN qdrant_vectors v ON v.tenant_id = $1 AND v.space = live.space
                    ORDER BY v.entity
                    ON CONFLICT DO NOTHING
                    RETURNING 1
                )
                UPDATE tenant_spaces s SET filled = true, total = (SELECT count(*) FROM copies)
                FROM unfilled u
                WHERE s.tenant_id = $1 AND s.space = u.space
                """,
                [.uuid(tenant), .uuid(builder)]
            )
        }
        guard let building = try await self.buildingSpace(tenant: tenant) else { throw SpaceError.lost }
        return building
    }

    /// The space that the tenant is moving to; nil where it is not.
    public func buildingSpace(tenant: UUID) async throws -> BuildingSpace? {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT s.space, s.provider, s.collection, s.total, s.settle_after, b.waiting, b.failed, b.next_at
                FROM tenant_spaces s
                CROSS JOIN LATERAL (
                    SELECT count(*) FILTER (WHERE NOT failed) AS waiting, count(*) FILTER (WHERE failed) AS failed,
                        min(available_at) FILTER (WHERE NOT failed) AS next_at
                    FROM space_backlog WHERE tenant_id = s.tenant_id AND space = s.space
                ) b
                WHERE s.tenant_id = $1 AND s.state = 'building'
                """,
                [.uuid(tenant)]
            ).first.map { row in
                try BuildingSpace(
                    space: Self.space(of: row),
                    total: row.decode("total"),
                    waiting: row.decode("waiting"),
                    failed: row.decode("failed"),
                    nextAt: row.decode("next_at"),
                    settleAfter: row.decode("settle_after")
                )
            }
        }
    }

    /// The heartbeat of a builder.
    ///
    /// - Returns: whether it still holds the building space.
    public func renewBuilding(tenant: UUID, builder: UUID, lease: Duration) async throws -> Bool {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE tenant_spaces SET builder_until = now() + make_interval(secs => $3)
                WHERE tenant_id = $1 AND state = 'building' AND builder = $2
                """,
                [.uuid(tenant), .uuid(builder), .double(lease.inSeconds)]
            ).affectedRows > 0
        }
    }

    /// Gives the building space back before its lease runs out: another process may go on at once.
    public func releaseBuilding(tenant: UUID, builder: UUID) async throws {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                "UPDATE tenant_spaces SET builder = NULL, builder_until = NULL WHERE tenant_id = $1 AND builder = $2",
                [.uuid(tenant), .uuid(builder)]
            )
            return ()
        }
    }

    /// Makes the building space the live one, where nothing is left to be copied. What could not be copied goes into the queue.
    ///
    /// Completions of the queue wait meanwhile, so nothing can slip between the last look and the switch.
    ///
    /// - Parameter most: so many entities that changed meanwhile may go through the queue instead of being waited for.
    /// - Throws: ``SpaceError/lost``.
    public func switchSpace(tenant: UUID, builder: UUID, handingOver most: Int = 0) async throws -> SpaceSwitch {
        let (outcome, failed): (SpaceSwitch, [EntityTable: [UUID]]) = try await self.inTenant(tenant) { connection in
            try await connection.query("SELECT pg_advisory_xact_lock(\(Self.spaceLock))", [.uuid(tenant)])
            let building = try await connection.query(
                """
                SELECT s.space, s.settle_after IS NULL OR s.settle_after <= now() AS settled,
                    (SELECT count(*) FROM space_backlog b WHERE b.tenant_id = $1 AND b.space = s.space AND NOT b.failed) AS waiting
                FROM tenant_spaces s
                WHERE s.tenant_id = $1 AND s.state = 'building' AND s.builder = $2 AND s.filled
                """,
                [.uuid(tenant), .uuid(builder)]
            )
            guard let row = building.first else { throw SpaceError.lost }
            let waiting: Int = try row.decode("waiting")
            guard waiting <= most, try row.decode("settled", as: Bool.self) else { return (.notYet(waiting: waiting), [:]) }
            let space: String = try row.decode("space")
            var failed: [EntityTable: [UUID]] = [:]
            for row in try await connection.query(
                "DELETE FROM space_backlog WHERE tenant_id = $1 AND space = $2::text RETURNING table_name, entity",
                [.uuid(tenant), .text(space)]
            ) {
                guard let table = EntityTable(rawValue: try row.decode("table_name", as: String.self)) else { continue }
                failed[table, default: []].append(try row.decode("entity"))
            }
            for (table, entities) in failed.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                try await Self.enqueue(entities, of: table, tenant: tenant, priority: 0, connection: connection)
            }
            try await connection.query(
                "UPDATE tenant_spaces SET state = 'retired', retired_at = now() WHERE tenant_id = $1 AND state = 'live'",
                [.uuid(tenant)]
            )
            try await connection.query(
                """
                UPDATE tenant_spaces SET state = 'live', builder = NULL, builder_until = NULL
                WHERE tenant_id = $1 AND state = 'building'
                """,
                [.uuid(tenant)]
            )
            return (.switched, failed)
        }
        if !failed.isEmpty { try await self.pool.query(QueueSQL.notify) }
        return outcome
    }

    /// Lets another provider of the same space make the tenant's vectors from now on.
    public func changeProvider(tenant: UUID, space: String, to provider: String) async throws {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                "UPDATE tenant_spaces SET provider = $3::text WHERE tenant_id = $1 AND space = $2::text",
                [.uuid(tenant), .text(space), .text(provider)]
            )
            return ()
        }
    }

    /// Gives up the building space; ``retiredSpaces(tenant:)`` then lists it.
    ///
    /// - Returns: whether there was one.
    public func abandonBuilding(tenant: UUID) async throws -> Bool {
        try await self.inTenant(tenant) { connection in
            try await connection.query("SELECT pg_advisory_xact_lock(\(Self.spaceLock))", [.uuid(tenant)])
            try await connection.query(
                """
                DELETE FROM space_backlog b USING tenant_spaces s
                WHERE s.tenant_id = $1 AND s.state = 'building' AND b.tenant_id = $1 AND b.space = s.space
                """,
                [.uuid(tenant)]
            )
            return try await connection.query(
                """
                UPDATE tenant_spaces SET state = 'retired', retired_at = now(), builder = NULL, builder_until = NULL
                WHERE tenant_id = $1 AND state = 'building'
                """,
                [.uuid(tenant)]
            ).affectedRows > 0
        }
    }

    // MARK: What is left behind

    /// Spaces that the tenant has left, and whose points may still stand.
    public func retiredSpaces(tenant: UUID) async throws -> [RetiredSpace] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT space, provider, collection, coalesce(retired_at, created_at) AS retired_at
                FROM tenant_spaces WHERE tenant_id = $1 AND state = 'retired' ORDER BY space
                """,
                [.uuid(tenant)]
            ).map { try RetiredSpace(space: Self.space(of: $0), retiredAt: $0.decode("retired_at")) }
        }
    }

    /// Forgets a retired space, once its points are gone.
    ///
    /// - Returns: how many tenants still have points in its collection.
    public func forgetSpace(tenant: UUID, space: TenantSpace) async throws -> Int {
        while true {
            // In portions: a ledger of millions is not one transaction.
            let deleted = try await self.inTenant(tenant) { connection in
                try await connection.query(
                    """
                    DELETE FROM qdrant_vectors
                    WHERE (space, entity, chunk) IN (
                        SELECT v.space, v.entity, v.chunk FROM qdrant_vectors v
                        WHERE v.tenant_id = $1 AND v.space = $2::text
                        LIMIT 20000
                    )
                    """,
                    [.uuid(tenant), .text(space.space)]
                ).affectedRows
            }
            if deleted == 0 { break }
        }
        return try await self.inTenant(tenant) { connection in
            try await connection.query(
                "DELETE FROM tenant_spaces WHERE tenant_id = $1 AND space = $2::text AND state = 'retired'",
                [.uuid(tenant), .text(space.space)]
            )
            let rows = try await connection.query(
                "SELECT tenants_of_collection($1::text) AS tenants",
                [.text(space.collection)]
            )
            return try rows.first?.decode("tenants") ?? 0
        }
    }

    private static func space(of row: PostgresRow) throws -> TenantSpace {
        try TenantSpace(space: row.decode("space"), provider: row.decode("provider"), collection: row.decode("collection"))
    }
}
