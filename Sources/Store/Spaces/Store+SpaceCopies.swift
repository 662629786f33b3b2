public import Foundation
import Postgres
public import PulseModel

extension Store {
    /// Entities that may be copied now.
    public func copies(tenant: UUID, space: String, limit: Int) async throws -> [SpaceCopy] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT entity, integration_id, table_name, generation, attempts, (settle_after IS NULL OR settle_after <= now()) AS settled
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
                    attempts: row.decode("attempts"),
                    settled: row.decode("settled")
                )
            }
        }
    }

    /// Ends copies: one transaction writes the ledger of the building space and takes out of the backlog what is done and has not
    /// changed meanwhile.
    ///
    /// Where the space is not this builder's any more, nothing of that is done, and the entities are to be written once more by
    /// whoever has it now: what this builder wrote may have undone what its successor did, or may yet.
    public func finishCopies(
        _ passes: [FinishedPass],
        tenant: UUID,
        space: String,
        builder: UUID,
        policy: QueuePolicy
    ) async throws -> FinishSummary {
        guard !passes.isEmpty else { return FinishSummary() }
        let passes = passes.sorted { $0.row.entity.uuidString < $1.row.entity.uuidString }
        return try await self.inTenant(tenant) { connection in
            // Before the next statement looks: who builds, and what is live, stays so until this is committed.
            try await connection.query("SELECT pg_advisory_xact_lock_shared(\(Self.spaceLock))", [.uuid(tenant)])
            let row = try await connection.query(
                "SELECT state, builder FROM tenant_spaces WHERE tenant_id = $1 AND space = $2::text",
                [.uuid(tenant), .text(space)]
            ).first
            let state: String? = try row?.decode("state")
            let holder: UUID? = try row?.decode("builder")
            guard state == "building", holder == builder else {
                try await Self.writeAgain(passes, in: space, state: state, tenant: tenant, policy: policy, connection: connection)
                return FinishSummary(refused: passes.count)
            }
            try await connection.query(
                """
                SELECT 1 FROM space_backlog WHERE tenant_id = $1 AND space = $2::text AND entity = ANY ($3)
                ORDER BY entity FOR UPDATE
                """,
                [.uuid(tenant), .text(space), .uuids(passes.map(\.row.entity))]
            )
            var outcomes: [UUID: String] = [:]
            for row in try await connection.query(
                Self.finishCopiesStatement,
                [
                    .uuid(tenant), .text(space), .uuids(passes.map(\.row.entity)), .ints(passes.map { Int($0.row.generation) }),
                    .texts(passes.map { $0.row.settled ? "t" : "f" }), .texts(passes.map { $0.verdict.code }),
                    .texts(passes.map { "\($0.delay.inSeconds)" }), .texts(passes.map { $0.verdict.failureKind?.rawValue }),
                    .texts(passes.map { $0.verdict.reason.map(Self.line) }), .double(policy.writeDeadline.inSeconds),
                    .int(policy.attempts),
                ]
            ) { outcomes[try row.decode("entity")] = try row.decode("outcome", as: String.self) }
            let applied = passes.filter { $0.verdict == .applied && outcomes[$0.row.entity] != nil }
            try await Self.writeLedger(applied, space: space, tenant: tenant, connection: connection)
            return FinishSummary(
                done: outcomes.values.count { $0 == "done" },
                waiting: outcomes.values.count { $0 == "waiting" },
                failed: outcomes.values.count { $0 == "failed" }
            )
        }
    }

    /// ``BacklogRow/finish(generation:settled:verdict:delay:now:policy:)`` over many rows.
    private static let finishCopiesStatement = """
        WITH ended AS (
            SELECT b.entity, i.verdict, i.kind, i.reason, i.delay::double precision AS delay,
                b.generation <> i.generation AS changed,
                i.verdict = 'applied' AND i.settled::boolean AND b.generation = i.generation AS is_done
            FROM unnest($3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
                AS i (entity, generation, settled, verdict, delay, kind, reason)
            JOIN space_backlog b ON b.tenant_id = $1 AND b.space = $2::text AND b.entity = i.entity
        ), done AS (
            DELETE FROM space_backlog b
            USING ended e
            WHERE b.tenant_id = $1 AND b.space = $2::text AND b.entity = e.entity AND e.is_done
            RETURNING b.entity
        ), next AS (
            SELECT e.*, e.verdict = 'failed' AND e.kind = 'transient' AND NOT e.changed AS counts
            FROM ended e
            WHERE NOT e.is_done
        ), kept AS (
            UPDATE space_backlog b
            SET attempts = CASE WHEN n.verdict = 'applied' THEN 0 WHEN n.counts THEN b.attempts + 1 ELSE b.attempts END,
                failed = n.verdict = 'failed' AND NOT n.changed
                    AND (n.kind IN ('content', 'crash') OR (n.counts AND b.attempts + 1 >= $11)),
                settle_after = CASE n.verdict WHEN 'unknown' THEN now() + make_interval(secs => $10) ELSE b.settle_after END,
                available_at = CASE
                    WHEN n.changed OR n.verdict = 'released' THEN now()
                    WHEN n.verdict = 'applied' THEN greatest(now(), b.settle_after)
                    ELSE now() + make_interval(secs => n.delay)
                END,
                error_message = CASE WHEN n.changed AND n.verdict = 'failed' THEN NULL ELSE n.reason END
            FROM next n
            WHERE b.tenant_id = $1 AND b.space = $2::text AND b.entity = n.entity
            RETURNING b.entity, CASE WHEN b.failed THEN 'failed' ELSE 'waiting' END AS outcome
        )
        SELECT entity, 'done' AS outcome FROM done UNION ALL SELECT entity, outcome FROM kept
        """

    /// Has copies of a builder that lost the space written once more, after all of its own have landed.
    ///
    /// - Parameter state: what has become of the space; nil where its tenant has given it up and forgotten it.
    private static func writeAgain(
        _ passes: [FinishedPass],
        in space: String,
        state: String?,
        tenant: UUID,
        policy: QueuePolicy,
        connection: PostgresConnection
    ) async throws {
        let entities = passes.map(\.row.entity)
        let deadline = PostgresValue.double(policy.writeDeadline.inSeconds)
        switch state {
        case "building":
            try await Self.noteChanges(passes, building: space, tenant: tenant, connection: connection)
            try await connection.query(
                """
                UPDATE space_backlog SET settle_after = greatest(settle_after, now() + make_interval(secs => $4))
                WHERE tenant_id = $1 AND space = $2::text AND entity = ANY ($3)
                """,
                [.uuid(tenant), .text(space), .uuids(entities), deadline]
            )
        case "live":
            for (table, passes) in Dictionary(grouping: passes, by: \.row.table).sorted(by: { $0.key.rawValue < $1.key.rawValue })
            {
                try await Self.enqueue(
                    passes.map(\.row.entity),
                    of: table,
                    tenant: tenant,
                    priority: 0,
                    connection: connection
                )
            }
            try await connection.query(
                """
                UPDATE vectorization_queue SET settle_after = greatest(settle_after, now() + make_interval(secs => $3))
                WHERE tenant_id = $1 AND entity = ANY ($2)
                """,
                [.uuid(tenant), .uuids(entities), deadline]
            )
            try await connection.query(QueueSQL.notify)
        case "retired":
            try await Self.keepOpen(space, tenant: tenant, policy: policy, connection: connection)
        default:
            return
        }
    }

    /// Something may still land in a space that the tenant has left.
    static func keepOpen(_ space: String, tenant: UUID, policy: QueuePolicy, connection: PostgresConnection) async throws {
        try await connection.query(
            """
            UPDATE tenant_spaces SET settle_after = greatest(settle_after, clock_timestamp() + make_interval(secs => $3))
            WHERE tenant_id = $1 AND space = $2::text AND state = 'retired'
            """,
            [.uuid(tenant), .text(space), .double(policy.writeDeadline.inSeconds)]
        )
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
                    SELECT entity, integration_id FROM qdrant_vectors
                    WHERE tenant_id = $1 AND table_name = $4::text AND entity = ANY ($3)
                ) k
                ORDER BY k.entity
                ON CONFLICT (tenant_id, space, entity) DO UPDATE SET generation = nextval('vectorization_generation')
                """,
                [.uuid(tenant), .text(space), .uuids(entities), .text(table.rawValue)]
            ).affectedRows
        }
    }

    /// The most frequent reasons why entities could not be copied, each with how many it holds back.
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

    /// Lets copies be tried now that wait for a provider or for Qdrant.
    ///
    /// - Parameter givenUp: those that were given up as well.
    public func hastenCopies(tenant: UUID, space: String, givenUp: Bool = false) async throws {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE space_backlog
                SET failed = false, available_at = now(), attempts = CASE WHEN $3 THEN 0 ELSE attempts END
                WHERE tenant_id = $1 AND space = $2::text AND ((failed AND $3) OR (NOT failed AND available_at > now()))
                  AND (settle_after IS NULL OR settle_after <= now())
                """,
                [.uuid(tenant), .text(space), .bool(givenUp)]
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
            ORDER BY c.entity
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
