public import Foundation
import Postgres
public import PulseModel

extension Store {
    /// Completions of the queue and of copies hold it shared, a change of the tenant's spaces alone: so nothing that is completed is
    /// missed by the space that is built.
    static let spaceLock = "hashtextextended('spaces ' || $1::text, 0)"

    /// Begins to build a space for the tenant beside its live one, or goes on with it, under a lease of `builder`.
    ///
    /// From its end on every completion of the queue adds to the backlog by itself; ``fillBacklog(tenant:builder:limit:)`` adds what was
    /// completed before.
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
                // A builder that did not give the space back was killed or stalls: its last copies may still land.
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
                try await Self.holdCollection(space.collection, connection: connection)
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
        guard let building = try await self.buildingSpace(tenant: tenant) else { throw SpaceError.lost }
        return building
    }

    /// Puts the next entities of the live space into the backlog, in the order of their ids: the ledger of millions is not one
    /// transaction.
    ///
    /// - Returns: whether that was all.
    /// - Throws: ``SpaceError/lost``.
    public func fillBacklog(tenant: UUID, builder: UUID, limit: Int = 20_000) async throws -> Bool {
        try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(
                """
                WITH unfilled AS (
                    SELECT space, filled_to FROM tenant_spaces
                    WHERE tenant_id = $1 AND state = 'building' AND builder = $2
                    FOR NO KEY UPDATE
                ), page AS (
                    SELECT DISTINCT ON (v.entity) u.space, v.entity, v.integration_id, v.table_name
                    FROM unfilled u
                    JOIN tenant_spaces live ON live.tenant_id = $1 AND live.state = 'live'
                    JOIN qdrant_vectors v ON v.tenant_id = $1 AND v.space = live.space
                    WHERE u.filled_to IS NULL OR v.entity > u.filled_to
                    ORDER BY v.entity
                    LIMIT $3::bigint
                ), copies AS (
                    INSERT INTO space_backlog (tenant_id, space, entity, integration_id, table_name)
                    SELECT $1::uuid, space, entity, integration_id, table_name FROM page ORDER BY entity
                    ON CONFLICT DO NOTHING
                )
                UPDATE tenant_spaces s
                SET total = s.total + p.entities, filled = p.entities < $3::bigint, filled_to = coalesce(p.last, s.filled_to)
                FROM unfilled u,
                    (SELECT count(*) AS entities, (array_agg(entity ORDER BY entity DESC))[1] AS last FROM page) p
                WHERE s.tenant_id = $1 AND s.space = u.space
                RETURNING s.filled
                """,
                [.uuid(tenant), .uuid(builder), .int(limit)]
            )
            guard let row = rows.first else { throw SpaceError.lost }
            return try row.decode("filled")
        }
    }

    /// The space that the tenant is moving to; nil where it is not.
    public func buildingSpace(tenant: UUID) async throws -> BuildingSpace? {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT s.space, s.provider, s.collection, s.filled, s.total, s.settle_after, b.waiting, b.failed, b.next_at
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
                    isFilled: row.decode("filled"),
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

    /// Gives the building space back before its lease runs out: another process may go on at once. Only for a builder that has
    /// reported the end of each copy that it began.
    public func releaseBuilding(tenant: UUID, builder: UUID) async throws {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE tenant_spaces SET builder = NULL, builder_until = NULL
                WHERE tenant_id = $1 AND state = 'building' AND builder = $2
                """,
                [.uuid(tenant), .uuid(builder)]
            )
            return ()
        }
    }

    /// Makes the building space the live one, where nothing is left to be copied. What could not be copied goes into the queue, and
    /// with it what the provider that is left had refused: the new one may take it.
    ///
    /// Completions of the queue wait meanwhile, so nothing can slip between the last look and the switch.
    ///
    /// - Parameters:
    ///   - cutting: how the texts of the copies are cut, as they were proved; what is cut otherwise later is a change.
    ///   - most: so many entities that changed meanwhile may go through the queue instead of being waited for.
    /// - Throws: ``SpaceError/lost``.
    public func switchSpace(
        tenant: UUID,
        builder: UUID,
        policy: QueuePolicy,
        cutting: String,
        handingOver most: Int = 0
    ) async throws -> SpaceSwitch {
        try await self.inTenant(tenant) { connection in
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
            guard waiting <= most, try row.decode("settled", as: Bool.self) else { return .notYet(waiting: waiting) }
            try await Self.handOver(row.decode("space"), tenant: tenant, connection: connection)
            // The clock's time: the transaction may have waited for long since it began.
            try await connection.query(
                """
                UPDATE tenant_spaces
                SET state = 'retired', retired_at = clock_timestamp(),
                    settle_after = clock_timestamp() + make_interval(secs => $2)
                WHERE tenant_id = $1 AND state = 'live'
                """,
                [.uuid(tenant), .double(policy.writeDeadline.inSeconds)]
            )
            try await connection.query(
                """
                UPDATE tenant_spaces
                SET state = 'live', builder = NULL, builder_until = NULL, settle_after = NULL, cutting = $2::text
                WHERE tenant_id = $1 AND state = 'building'
                """,
                [.uuid(tenant), .text(cutting)]
            )
            try await connection.query(QueueSQL.notify)
            return .switched
        }
    }

    /// What is left of a backlog goes into the queue.
    private static func handOver(_ space: String, tenant: UUID, connection: PostgresConnection) async throws {
        var left: [EntityTable: [UUID]] = [:]
        var unsettled: [UUID] = []
        var until: [Date] = []
        for row in try await connection.query(
            """
            DELETE FROM space_backlog WHERE tenant_id = $1 AND space = $2::text
            RETURNING table_name, entity, CASE WHEN settle_after > now() THEN settle_after END AS settle_after
            """,
            [.uuid(tenant), .text(space)]
        ) {
            guard let table = EntityTable(rawValue: try row.decode("table_name", as: String.self)) else { continue }
            let entity: UUID = try row.decode("entity")
            left[table, default: []].append(entity)
            if let settleAfter: Date = try row.decode("settle_after") {
                unsettled.append(entity)
                until.append(settleAfter)
            }
        }
        for (table, entities) in left.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            try await Self.enqueue(entities, of: table, tenant: tenant, priority: 0, connection: connection)
        }
        if let last = until.max() {
            try await connection.query(
                """
                UPDATE vectorization_queue SET settle_after = greatest(settle_after, to_timestamp($3))
                WHERE tenant_id = $1 AND entity = ANY ($2)
                """,
                [.uuid(tenant), .uuids(unsettled), .double(last.timeIntervalSince1970)]
            )
        }
        try await Self.requeueRefused(tenant: tenant, connection: connection)
    }

    /// Lets another provider of the same space make the tenant's vectors from now on; the chunks are to be compared then. Where nobody
    /// has noted how the former one cut its texts, it may have been in any way.
    public func changeProvider(tenant: UUID, space: String, to provider: String) async throws {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE tenant_spaces SET provider = $3::text, cutting = coalesce(cutting, ''), recut_due = true
                WHERE tenant_id = $1 AND space = $2::text
                """,
                [.uuid(tenant), .text(space), .text(provider)]
            )
            return ()
        }
    }

    /// Gives up the building space; ``retiredSpaces(tenant:)`` then lists it.
    ///
    /// - Returns: whether there was one.
    public func abandonBuilding(tenant: UUID, policy: QueuePolicy) async throws -> Bool {
        try await self.inTenant(tenant) { connection in
            try await connection.query("SELECT pg_advisory_xact_lock(\(Self.spaceLock))", [.uuid(tenant)])
            try await connection.query(
                """
                DELETE FROM space_backlog b USING tenant_spaces s
                WHERE s.tenant_id = $1 AND s.state = 'building' AND b.tenant_id = $1 AND b.space = s.space
                """,
                [.uuid(tenant)]
            )
            // Who still copies learns of it by its next heartbeat, and may write until its lease runs out.
            return try await connection.query(
                """
                UPDATE tenant_spaces
                SET state = 'retired', retired_at = clock_timestamp(), builder = NULL, builder_until = NULL,
                    settle_after = greatest(settle_after, builder_until, clock_timestamp()) + make_interval(secs => $2)
                WHERE tenant_id = $1 AND state = 'building'
                """,
                [.uuid(tenant), .double(policy.writeDeadline.inSeconds)]
            ).affectedRows > 0
        }
    }

    static func space(of row: PostgresRow) throws -> TenantSpace {
        try TenantSpace(space: row.decode("space"), provider: row.decode("provider"), collection: row.decode("collection"))
    }
}
