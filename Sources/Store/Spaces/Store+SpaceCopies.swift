public import Foundation
import Postgres
public import PulseModel

extension Store {
    /// Entities that may be copied now.
    ///
    public func copies(tenant: UUID, space: String, limit: Int) async throws -> [SpaceCopy] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT entity, integration_id, table_name, generation, attempts
                FROM space_backlog
                WHERE tenant_id = $1 AND space = $2::text AND NOT failed AND available_at <= now()
                ORDER BY available_at
                LIMIT $3::bigint
                """,
                [.uuid(tenant), .text(space), .int(limit)]
            ).map { row in
                try SpaceCopy(
                    entity: row.decode("entity"),
                    integration: row.decode("integration_id"),
                    table: row.decode("table_name"),
                    generation: row.decode("generation"),
                    attempts: row.decode("attempts")
                )
            }
        }
    }

    /// Ends copies: one transaction writes the ledger of the building space and takes out of the backlog what is done and has not
    /// changed meanwhile.
    ///
    /// - Throws: ``SpaceError/lost``, with nothing written, where the space is another builder's by now.
    public func finishCopies(
        _ passes: [FinishedPass],
        tenant: UUID,
        space: String,
        builder: UUID,
        policy: QueuePolicy
    ) async throws -> FinishSummary {
        guard !passes.isEmpty else { return FinishSummary() }
        return try await self.inTenant(tenant) { connection in
            let held = try await connection.query(
                """
                SELECT 1 FROM tenant_spaces
                WHERE tenant_id = $1 AND space = $2::text AND state = 'building' AND builder = $3
                FOR UPDATE
                """,
                [.uuid(tenant), .text(space), .uuid(builder)]
            )
            guard !held.isEmpty else { throw SpaceError.lost }
            let applied = passes.filter { $0.verdict == .applied }
            try await Self.writeLedger(applied, space: space, tenant: tenant, connection: connection)
            let done = try await connection.query(
                """
                DELETE FROM space_backlog b
                USING unnest($3::uuid[], $4::bigint[]) AS c (entity, generation)
                WHERE b.tenant_id = $1 AND b.space = $2::text AND b.entity = c.entity AND b.generation = c.generation
                """,
                [
                    .uuid(tenant), .text(space), .uuids(applied.map(\.row.entity)),
                    .ints(applied.map { Int($0.row.generation) }),
                ]
            ).affectedRows
            let others = passes.filter { $0.verdict != .applied && $0.verdict != .released }
            let kept = try await connection.query(
                """
                UPDATE space_backlog b
                SET attempts = b.attempts + c.counts::integer,
                    failed = c.gives_up::boolean OR b.attempts + c.counts::integer >= $8,
                    available_at = now() + make_interval(secs => c.delay::double precision),
                    error_message = c.reason
                FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[]) AS c (entity, counts, gives_up, delay, reason)
                WHERE b.tenant_id = $1 AND b.space = $2::text AND b.entity = c.entity
                RETURNING b.failed
                """,
                [
                    .uuid(tenant), .text(space), .uuids(others.map(\.row.entity)),
                    .texts(others.map { $0.verdict.countsAsAttempt ? "1" : "0" }),
                    .texts(others.map { $0.verdict.failureKind == .content ? "t" : "f" }),
                    .texts(others.map { "\($0.delay.inSeconds)" }), .texts(others.map { $0.verdict.reason.map(Self.line) }),
                    .int(policy.attempts),
                ]
            )
            if others.contains(where: { if case .unknown = $0.verdict { true } else { false } }) {
                try await connection.query(
                    """
                    UPDATE tenant_spaces SET settle_after = now() + make_interval(secs => $3)
                    WHERE tenant_id = $1 AND space = $2::text
                    """,
                    [.uuid(tenant), .text(space), .double(policy.writeDeadline.inSeconds)]
                )
            }
            let failed = try kept.count { try $0.decode("failed", as: Bool.self) }
            return FinishSummary(done: done, waiting: passes.count - done - failed, failed: failed)
        }
    }

    /// Lets entities be copied once more whose copies were found wrong.
    ///
    /// - Returns: how many the rows or a ledger know; the others are nobody's.
    public func copyAgain(_ entities: [UUID], tenant: UUID, space: String, table: EntityTable) async throws -> Int {
        guard !entities.isEmpty else { return 0 }
        return try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                INSERT INTO space_backlog AS b (tenant_id, space, entity, integration_id, table_name)
                SELECT DISTINCT ON (k.entity) $1::uuid, $2::text, k.entity, k.integration_id, $4::text
                FROM (
                    SELECT entity, integration_id FROM \(table.rawValue) WHERE tenant_id = $1 AND entity = ANY ($3)
                    UNION ALL
                    SELECT entity, integration_id FROM qdrant_vectors WHERE tenant_id = $1 AND entity = ANY ($3)
                ) k
                ORDER BY k.entity
                ON CONFLICT (tenant_id, space, entity) DO UPDATE SET generation = nextval('vectorization_generation')
                """,
                [.uuid(tenant), .text(space), .uuids(entities), .text(table.rawValue)]
            ).affectedRows
        }
    }

    /// The first reasons why entities could not be copied, each with how many it holds back.
    public func copyFailures(tenant: UUID, space: String, limit: Int = 5) async throws -> [(reason: String, entities: Int)] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT coalesce(error_message, 'no reason was given') AS reason, count(*) AS entities
                FROM space_backlog WHERE tenant_id = $1 AND space = $2::text AND failed
                GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $3::bigint
                """,
                [.uuid(tenant), .text(space), .int(limit)]
            ).map { (try $0.decode("reason"), try $0.decode("entities")) }
        }
    }

    /// Lets what was given up be tried again.
    public func retryCopies(tenant: UUID, space: String) async throws {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE space_backlog SET failed = false, attempts = 0, available_at = now()
                WHERE tenant_id = $1 AND space = $2::text AND (failed OR available_at > now())
                """,
                [.uuid(tenant), .text(space)]
            )
            return ()
        }
    }

    /// Lets copies be tried now that wait for a provider or for Qdrant.
    public func hastenCopies(tenant: UUID, space: String) async throws {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE space_backlog SET available_at = now()
                WHERE tenant_id = $1 AND space = $2::text AND NOT failed AND available_at > now()
                """,
                [.uuid(tenant), .text(space)]
            )
            return ()
        }
    }

    /// A queue's completions are to be copied as well, where the tenant builds a space.
    static func noteChanges(
        _ passes: [FinishedPass],
        building space: String,
        tenant: UUID,
        connection: PostgresConnection
    ) async throws {
        guard !passes.isEmpty else { return }
        let passes = passes.sorted { $0.row.entity.uuidString < $1.row.entity.uuidString }
        try await connection.query(
            """
            INSERT INTO space_backlog AS b (tenant_id, space, entity, integration_id, table_name)
            SELECT $1::uuid, $2::text, c.entity, c.integration_id, c.table_name
            FROM unnest($3::uuid[], $4::uuid[], $5::text[]) AS c (entity, integration_id, table_name)
            ON CONFLICT (tenant_id, space, entity) DO UPDATE SET
                generation = nextval('vectorization_generation'), attempts = 0, failed = false, error_message = NULL,
                available_at = least(b.available_at, now())
            """,
            [
                .uuid(tenant), .text(space), .uuids(passes.map(\.row.entity)), .uuids(passes.map(\.row.integration)),
                .texts(passes.map(\.row.table.rawValue)),
            ]
        )
    }
}
