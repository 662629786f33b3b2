public import Foundation
import Postgres
public import PulseModel

extension Store {
    /// Takes up to `limit` waiting rows of one tenant under a lease of `owner`. Each tenant that waits is as likely as the next.
    ///
    /// - Parameters:
    ///   - owner: fresh for each claim.
    ///   - tenant: claims this tenant's rows only.
    ///   - except: tenants that are left out.
    ///   - sizes: of tenants of which another number of rows is taken than `limit`.
    public func claim(
        owner: UUID,
        limit: Int,
        policy: QueuePolicy,
        tenant: UUID? = nil,
        except: Set<UUID> = [],
        sizes: [UUID: Int] = [:]
    ) async throws -> [ClaimedRow] {
        let values: [PostgresValue] = [
            .uuid(owner), .int(limit), .double(policy.lease.inSeconds), .double(policy.writeDeadline.inSeconds),
            .optional(tenant), .int(policy.aloneAfterCrashes), .int(policy.failAfterCrashes), .uuids(Array(except)),
        ]
        let sized = Array(sizes)
        let rows =
            sized.isEmpty
            ? try await self.pool.query(Self.claimStatement, values)
            : try await self.pool.query(
                Self.sizedClaimStatement,
                values + [.uuids(sized.map(\.key)), .ints(sized.map(\.value))]
            )
        return try rows.map { row in
            let table: String = try row.decode("table_name")
            guard let table = EntityTable(rawValue: table) else { throw StoreError.unknownTable(table) }
            return try ClaimedRow(
                id: row.decode("id"),
                tenant: row.decode("tenant_id"),
                integration: row.decode("integration_id"),
                table: table,
                externalID: row.decode("external_id"),
                entity: row.decode("entity"),
                generation: row.decode("generation"),
                fence: row.decode("fence"),
                attempts: row.decode("attempts"),
                crashes: row.decode("crashes"),
                settled: row.decode("settled"),
                isFresh: row.decode("fresh")
            )
        }
    }

    /// The heartbeat of a claim.
    ///
    /// - Returns: how many rows the claim still holds.
    public func renew(owner: UUID, lease: Duration) async throws -> Int {
        let rows = try await self.pool.query(
            "SELECT renew_vectorization($1, make_interval(secs => $2)) AS held",
            [.uuid(owner), .double(lease.inSeconds)]
        )
        return try rows.first?.decode("held") ?? 0
    }

    /// What waits and what is being worked off, over all tenants or of one.
    public func backlog(tenant: UUID? = nil) async throws -> QueueBacklog {
        let rows = try await self.pool.query("SELECT * FROM vectorization_backlog($1)", [.optional(tenant)])
        guard let row = rows.first else { return QueueBacklog(pending: 0, processing: 0, nextAt: nil) }
        return try QueueBacklog(
            pending: row.decode("pending"),
            processing: row.decode("processing"),
            nextAt: row.decode("next_at")
        )
    }

    /// When the next row of anybody can be claimed; nil where nothing waits.
    public func nextAvailable() async throws -> Date? {
        try await self.pool.query("SELECT next_vectorization() AS next_at").first?.decode("next_at") ?? nil
    }

    /// Lets rows try again now that wait for trouble to pass: somebody has come to see whether it has.
    ///
    /// - Parameters:
    ///   - table: only this table's rows.
    ///   - kinds: only rows that failed so. Who was told when to come again is left alone, unless it is asked for.
    ///   - wait: until then; for processes that do not know yet what was mended.
    /// - Returns: how many.
    @discardableResult
    public func hasten(
        tenant: UUID,
        table: EntityTable? = nil,
        kinds: [FailureKind] = [.configuration, .unavailable, .transient],
        after wait: Duration = .zero
    ) async throws -> Int {
        try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(
                """
                UPDATE vectorization_queue SET available_at = now() + make_interval(secs => $4)
                WHERE tenant_id = $1 AND status = 'pending' AND available_at > now() + make_interval(secs => $4)
                  AND failure_kind = ANY ($2::text[]) AND ($3::text IS NULL OR table_name = $3::text)
                """,
                [.uuid(tenant), .texts(kinds.map(\.rawValue)), .optional(table?.rawValue), .double(wait.inSeconds)]
            )
            if rows.affectedRows > 0 { try await connection.query(QueueSQL.notify) }
            return rows.affectedRows
        }
    }

    /// Somebody has mended what rows of the tenant may wait for, such as a secret: those that wait for a person are tried as soon as
    /// each process may know of it, and no process leaves the tenant out any longer because all of its rows failed.
    ///
    /// - Parameter wait: how long a process takes to learn of what was mended.
    /// - Returns: how many rows wait no longer than that.
    @discardableResult
    public func noteMended(tenant: UUID, knownAfter wait: Duration) async throws -> Int {
        let rows = try await self.hasten(tenant: tenant, kinds: [.configuration], after: wait)
        try await self.pool.query(QueueSQL.notifyMended, [.text(tenant.uuidString)])
        return rows
    }

    /// Ends passes: one transaction writes the ledger, completes what is done, and sends the rest back with its reason.
    ///
    /// A row whose lease went to another meanwhile is put into the queue again: what this pass wrote may have undone what the
    /// other one did. Where the tenant has moved to another space meanwhile, the rows go back as they were: what was written to the
    /// one that it left is of no use.
    ///
    /// - Parameter space: where the rows were written, or their points deleted; nil where the tenant had none.
    public func finish(
        _ passes: [FinishedPass],
        in space: String?,
        owner: UUID,
        tenant: UUID,
        policy: QueuePolicy
    ) async throws -> FinishSummary {
        guard !passes.isEmpty else { return FinishSummary() }
        let passes = passes.sorted { $0.row.id < $1.row.id }
        return try await self.inTenantByIndex(tenant) { connection in
            // Before the next statement looks: it must see a switch that this one has waited for.
            try await connection.query(Self.spaceLockStatement, [.uuid(tenant)])
            let rows = try await connection.query(Self.heldRowsStatement, [.uuid(tenant), .ints(passes.map(\.row.id))])
            let live: String? = try rows.first?.decode("live")
            let building: String? = try rows.first?.decode("building")
            let hasMoved = live != nil && live != space && passes.contains { $0.verdict.wrote }
            if hasMoved, let space { try await Self.keepOpen(space, tenant: tenant, policy: policy, connection: connection) }
            let passes = hasMoved ? passes.map { FinishedPass(row: $0.row, verdict: .released) } : passes
            let ended = try await connection.query(
                Self.finishStatement,
                [
                    .uuid(tenant), .uuid(owner), .ints(passes.map(\.row.id)), .ints(passes.map { Int($0.row.generation) }),
                    .texts(passes.map { $0.row.settled ? "t" : "f" }), .texts(passes.map { $0.verdict.code }),
                    .texts(passes.map { "\($0.delay.inSeconds)" }), .texts(passes.map { $0.verdict.failureKind?.rawValue }),
                    .texts(passes.map { $0.verdict.reason.map(Self.line) }), .double(policy.writeDeadline.inSeconds),
                    .int(policy.attempts),
                ]
            )
            var outcomes: [Int: String] = [:]
            for row in ended { outcomes[try row.decode("id")] = try row.decode("outcome", as: String.self) }
            let held = passes.filter { outcomes[$0.row.id] != nil }
            let applied = held.filter { $0.verdict == .applied }
            try await Self.writeLedger(applied, space: space, tenant: tenant, connection: connection)
            if let building {
                try await Self.noteChanges(applied, building: building, tenant: tenant, connection: connection)
            }
            let refused = passes.filter { outcomes[$0.row.id] == nil }
            try await Self.enqueueAgain(refused.map(\.row), tenant: tenant, policy: policy, connection: connection)
            return FinishSummary(
                done: outcomes.values.count { $0 == "done" },
                waiting: outcomes.values.count { $0 == "pending" },
                failed: outcomes.values.count { $0 == "failed" },
                refused: refused.count,
                hasMoved: hasMoved
            )
        }
    }

    // The statements of the queue's hot path have names, so that `Scripts/bench` can give the same ones to pgbench.

    package static let claimStatement = """
        SELECT * FROM claim_vectorization($1, $2::integer, make_interval(secs => $3), make_interval(secs => $4), $5,
            $6::integer, $7::integer, $8)
        """

    private static let sizedClaimStatement = """
        SELECT * FROM claim_vectorization($1, $2::integer, make_interval(secs => $3), make_interval(secs => $4), $5,
            $6::integer, $7::integer, $8, $9, $10::integer[])
        """

    package static let spaceLockStatement = "SELECT pg_advisory_xact_lock_shared(\(Self.spaceLock))"

    package static let heldRowsStatement = """
        SELECT (SELECT space FROM tenant_spaces WHERE tenant_id = $1 AND state = 'live') AS live,
            (SELECT space FROM tenant_spaces WHERE tenant_id = $1 AND state = 'building') AS building
        FROM vectorization_queue WHERE tenant_id = $1 AND id = ANY ($2) ORDER BY id FOR UPDATE
        """

    /// ``QueueRow/finish(owner:generation:settled:verdict:delay:now:policy:)`` over many rows.
    package static let finishStatement = """
        WITH held AS (
            SELECT q.id, i.verdict, i.kind, i.reason, i.settled::boolean AS settled, i.delay::double precision AS delay,
                q.generation <> i.generation AS changed
            FROM unnest($3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
                AS i (id, generation, settled, verdict, delay, kind, reason)
            JOIN vectorization_queue q ON q.id = i.id
            WHERE q.tenant_id = $1 AND q.status = 'processing' AND q.lease_owner = $2
        ), done AS (
            DELETE FROM vectorization_queue q
            USING held h
            WHERE q.id = h.id AND h.verdict = 'applied' AND h.settled AND NOT h.changed
            RETURNING q.id
        ), next AS (
            SELECT h.*,
                h.verdict = 'failed' AND h.kind IN ('content', 'crash') AND NOT h.changed AS gives_up,
                h.verdict = 'failed' AND h.kind = 'transient' AND NOT h.changed AS counts
            FROM held h
            WHERE NOT (h.verdict = 'applied' AND h.settled AND NOT h.changed)
        ), kept AS (
            UPDATE vectorization_queue q
            SET status = CASE
                    WHEN n.gives_up OR (n.counts AND q.attempts + 1 >= $11) THEN 'failed'
                    ELSE 'pending'
                END,
                lease_owner = NULL,
                lease_until = NULL,
                attempts = CASE WHEN n.verdict = 'applied' THEN 0 WHEN n.counts THEN q.attempts + 1 ELSE q.attempts END,
                crashes = CASE WHEN n.verdict = 'applied' THEN 0 ELSE q.crashes END,
                settle_after = CASE n.verdict WHEN 'unknown' THEN now() + make_interval(secs => $10) ELSE q.settle_after END,
                available_at = CASE
                    WHEN n.changed OR n.verdict = 'released' THEN now()
                    WHEN n.verdict = 'applied' THEN greatest(now(), q.settle_after)
                    ELSE now() + make_interval(secs => n.delay)
                END,
                failure_kind = CASE WHEN n.changed AND n.verdict = 'failed' THEN NULL ELSE n.kind END,
                error_message = CASE WHEN n.changed AND n.verdict = 'failed' THEN NULL ELSE n.reason END
            FROM next n
            WHERE q.id = n.id
            RETURNING q.id, q.status
        )
        SELECT id, 'done' AS outcome FROM done UNION ALL SELECT id, status FROM kept
        """

    /// Puts rows back whose lease was lost, as a change of their own.
    ///
    /// Their own writes may still land, so the rows must settle.
    private static func enqueueAgain(
        _ rows: [ClaimedRow],
        tenant: UUID,
        policy: QueuePolicy,
        connection: PostgresConnection
    ) async throws {
        guard !rows.isEmpty else { return }
        try await connection.query(
            """
            WITH change AS (
                SELECT c.integration_id, c.source, c.table_name, c.external_id, c.entity, 'update' AS operation
                FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid[])
                    AS c (integration_id, source, table_name, external_id, entity)
            )
            \(QueueSQL.enqueueChanges)
            """,
            [
                .uuid(tenant), .int(0), .uuids(rows.map(\.integration)), .texts(rows.map(\.table.source.rawValue)),
                .texts(rows.map(\.table.rawValue)), .texts(rows.map(\.externalID)), .uuids(rows.map(\.entity)),
            ]
        )
        try await connection.query(
            """
            UPDATE vectorization_queue
            SET settle_after = greatest(settle_after, now() + make_interval(secs => $3))
            WHERE tenant_id = $1 AND entity = ANY ($2)
            """,
            [.uuid(tenant), .uuids(rows.map(\.entity)), .double(policy.writeDeadline.inSeconds)]
        )
    }

    package static let ledgerStatement = """
        INSERT INTO qdrant_vectors AS v (tenant_id, space, collection, entity, chunk, integration_id, table_name, point_id,
            content_hash, generation, document_version)
        SELECT $1::uuid, c.space, c.collection, c.entity, c.chunk, c.integration_id, c.table_name, c.point_id,
            decode(c.hash, 'hex'), c.generation, c.version
        FROM unnest($2::text[], $3::text[], $4::uuid[], $5::bigint[], $6::uuid[], $7::text[], $8::uuid[], $9::text[],
            $10::bigint[], $11::bigint[])
            AS c (space, collection, entity, chunk, integration_id, table_name, point_id, hash, generation, version)
        ON CONFLICT (space, entity, chunk) DO UPDATE SET
            collection = excluded.collection, point_id = excluded.point_id, content_hash = excluded.content_hash,
            generation = excluded.generation, document_version = excluded.document_version, written_at = now()
        WHERE v.generation <= excluded.generation
        """

    package static let ledgerEndsStatement = "SELECT end_ledger($1, $2::text[], $3::uuid[], $4::text[], $5::bigint[])"

    /// - Parameter space: whose entries of entities that are gone are deleted; nil deletes them of all spaces.
    static func writeLedger(
        _ passes: [FinishedPass],
        space: String?,
        tenant: UUID,
        connection: PostgresConnection
    ) async throws {
        guard !passes.isEmpty else { return }
        var chunks: [(pass: FinishedPass, chunk: WrittenChunk, space: WrittenSpace)] = []
        var ends: [(row: ClaimedRow, space: String?, count: Int)] = []
        for pass in passes {
            if let space = pass.space {
                chunks += pass.chunks.map { (pass, $0, space) }
                ends.append((pass.row, space.name, pass.chunks.count))
            } else {
                ends.append((pass.row, space, 0))
            }
        }
        chunks.sort { ($0.pass.row.entity, $0.chunk.number) < ($1.pass.row.entity, $1.chunk.number) }
        if !chunks.isEmpty {
            try await connection.query(
                Self.ledgerStatement,
                [
                    .uuid(tenant), .texts(chunks.map(\.space.name)), .texts(chunks.map(\.space.collection)),
                    .uuids(chunks.map(\.pass.row.entity)), .ints(chunks.map(\.chunk.number)),
                    .uuids(chunks.map(\.pass.row.integration)), .texts(chunks.map(\.pass.row.table.rawValue)),
                    .uuids(chunks.map { EntityKey.pointID(entity: $0.pass.row.entity, chunk: $0.chunk.number) }),
                    .texts(chunks.map(\.chunk.hash.description)), .ints(chunks.map { Int($0.pass.row.fence) }),
                    .ints(chunks.map(\.pass.documentVersion)),
                ]
            )
        }
        try await connection.query(
            Self.ledgerEndsStatement,
            [
                .uuid(tenant), .texts(ends.map(\.row.table.rawValue)), .uuids(ends.map(\.row.entity)), .texts(ends.map(\.space)),
                .ints(ends.map(\.count)),
            ]
        )
    }

    /// One line of at most 500 characters, as reasons are kept.
    static func line(_ text: String) -> String {
        String(text.prefix(500)).replacing("\n", with: " ").replacing("\0", with: "")
    }
}

extension Verdict {
    /// Whether something was written for the row, or may have been.
    fileprivate var wrote: Bool {
        switch self {
        case .applied, .unknown: true
        case .failed, .released: false
        }
    }

    var code: String {
        switch self {
        case .applied: "applied"
        case .unknown: "unknown"
        case .failed: "failed"
        case .released: "released"
        }
    }

    var failureKind: FailureKind? {
        switch self {
        case .applied, .released: nil
        case .unknown: .unavailable
        case .failed(let failure): failure.kind
        }
    }

    var reason: String? {
        switch self {
        case .applied, .released: nil
        case .unknown(let reason, _): reason
        case .failed(let failure): failure.reason
        }
    }
}
