public import Foundation
import Postgres
public import PulseModel

extension Store {
    // MARK: Writing

    /// Keeps a failure once per fingerprint, counted. One that was over begins anew; what ended it the last time stays known.
    public func remember(_ failure: LearnedFailure, tenant: UUID) async throws {
        try await self.inTenant(tenant) { connection in
            try await Self.remember(failure, tenant: tenant, connection: connection)
        }
    }

    static func remember(_ failure: LearnedFailure, tenant: UUID, connection: PostgresConnection) async throws {
        let tried = try RememberedFailure.json(of: failure.attempts)
        try await connection.query(
            """
            INSERT INTO ai_learning_memory AS m (tenant_id, error_type, service, fingerprint, user_intent, failed_query,
                specific_issue, occurrences, subjects, tried)
            VALUES ($1, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8, $9::text[], $10::text::jsonb)
            ON CONFLICT (tenant_id, fingerprint) DO UPDATE SET
                occurrences = m.occurrences + excluded.occurrences, last_seen_at = now(),
                specific_issue = excluded.specific_issue, failed_query = excluded.failed_query,
                episode_started_at = CASE WHEN m.resolved_at IS NULL THEN m.episode_started_at ELSE now() END,
                mended_by = CASE WHEN m.resolved_at IS NULL THEN m.mended_by END,
                resolved_at = NULL,
                subjects = CASE
                    WHEN m.resolved_at IS NOT NULL THEN excluded.subjects
                    WHEN m.subjects @> excluded.subjects THEN m.subjects
                    ELSE (SELECT array_agg(DISTINCT s) FROM (
                        SELECT s FROM unnest(excluded.subjects || m.subjects) AS s LIMIT 40
                    ) old_and_new)
                END,
                tried = jsonb_path_query_array(m.tried || excluded.tried, '$[last - 9 to last]')
            """,
            [
                .uuid(tenant), .text(Self.oneLine(failure.errorType)), .text(Self.oneLine(failure.service)),
                .text(Self.oneLine(failure.fingerprint)), .text(Self.oneLine(failure.intent)),
                .text(Self.oneLine(failure.failedQuery)),
                .text(Self.oneLine(failure.issue)), .int(failure.occurrences), .texts(failure.subjects), .text(tried),
            ]
        )
    }

    /// Ends what failed for these subjects: the same kind of work has gone through.
    ///
    /// - Parameter how: what has shown it, for a person.
    /// - Returns: how many failures are over.
    @discardableResult
    public func resolveFailures(subjects: [String], how: String, tenant: UUID) async throws -> Int {
        guard !subjects.isEmpty else { return 0 }
        return try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE ai_learning_memory m SET \(Self.resolution)
                WHERE m.tenant_id = $1 AND m.resolved_at IS NULL AND m.subjects && $3::text[]
                """,
                [.uuid(tenant), .text(Self.oneLine(how)), .texts(subjects)]
            ).affectedRows
        }
    }

    /// Ends failures of rows that neither the queue nor the backlog of a space that is built holds as failed or waiting for another
    /// try.
    @discardableResult
    public func resolveSettledRows(tenant: UUID) async throws -> Int {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                UPDATE ai_learning_memory m SET \(Self.resolution)
                WHERE m.tenant_id = $1 AND m.resolved_at IS NULL
                  AND EXISTS (SELECT FROM unnest(m.subjects) AS s WHERE starts_with(s, $3::text))
                  AND NOT EXISTS (
                      SELECT FROM unnest(m.subjects) AS s
                      JOIN vectorization_queue q
                          ON q.entity = CASE WHEN starts_with(s, $3::text) THEN substr(s, length($3::text) + 1)::uuid END
                      WHERE q.tenant_id = $1
                        AND (q.status = 'failed' OR q.attempts > 0 OR q.crashes > 0 OR q.error_message IS NOT NULL)
                  )
                  AND NOT EXISTS (
                      SELECT FROM unnest(m.subjects) AS s
                      JOIN tenant_spaces t ON t.tenant_id = $1 AND t.state = 'building'
                      JOIN space_backlog b ON b.tenant_id = $1 AND b.space = t.space
                          AND b.entity = CASE WHEN starts_with(s, $3::text) THEN substr(s, length($3::text) + 1)::uuid END
                      WHERE (b.failed OR b.attempts > 0 OR b.error_message IS NOT NULL)
                  )
                """,
                [.uuid(tenant), .text("its rows went through"), .text(LearnedFailure.rowPrefix)]
            ).affectedRows
        }
    }

    /// What a success sets. Who has changed something meanwhile has mended it; otherwise it passed by itself.
    private static let resolution = """
        resolved_at = now(), resolved_after = now() - m.episode_started_at,
        resolution = CASE WHEN m.mended_by IS NULL THEN 'by itself: ' ELSE 'after ' || m.mended_by || ': ' END || $2::text,
        self_healed = m.self_healed + CASE WHEN m.mended_by IS NULL THEN 1 ELSE 0 END,
        healed_by_hand = m.healed_by_hand + CASE WHEN m.mended_by IS NULL THEN 0 ELSE 1 END,
        mended_by = NULL
        """

    /// Somebody has had work of these subjects, or of all whose name begins so, tried again.
    ///
    /// For a failure of a kind that does not pass by itself this says that something was mended; a failure that passes might only
    /// have been waited for.
    static func noteRetryByHand(
        of subjects: [String]? = nil,
        prefix: String? = nil,
        by: String,
        tenant: UUID,
        connection: PostgresConnection
    ) async throws {
        let lasting = JobFailureKind.allCases.filter { !$0.isTransient }.map(\.rawValue) + ["content"]
        try await connection.query(
            """
            UPDATE ai_learning_memory m
            SET mended_by = CASE WHEN m.error_type = ANY ($4::text[]) THEN $5::text ELSE m.mended_by END,
                tried = jsonb_path_query_array(
                    m.tried || jsonb_build_object('action', 'retry_by_hand', 'reason', $5::text,
                        'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
                    '$[last - 9 to last]'
                )
            WHERE m.tenant_id = $1 AND m.resolved_at IS NULL AND ($2::text[] IS NULL OR m.subjects && $2::text[])
              AND ($3::text IS NULL OR EXISTS (SELECT FROM unnest(m.subjects) AS s WHERE starts_with(s, $3::text)))
            """,
            [
                .uuid(tenant), subjects.map { .texts($0) } ?? .null, .optional(prefix), .texts(lasting), .text(Self.oneLine(by)),
            ]
        )
    }

    /// One line that PostgreSQL can keep and a table can show.
    private static func oneLine(_ text: String) -> String {
        String(StorableText.plain(text).split(whereSeparator: \.isNewline).joined(separator: " ").prefix(1_000))
    }

    // MARK: Reading

    /// A tenant's remembered failures, those seen last first.
    ///
    /// - Parameters:
    ///   - errorType: only of this kind.
    ///   - isOpen: only those that are not over, or only those that are.
    ///   - before: only those that come after this one: the last of the page before.
    public func rememberedFailures(
        tenant: UUID,
        errorType: String? = nil,
        isOpen: Bool? = nil,
        before: (lastSeenAt: Date, id: Int)? = nil,
        limit: Int = 100
    ) async throws -> [RememberedFailure] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT \(RememberedFailure.columns) FROM ai_learning_memory
                WHERE tenant_id = $1 AND ($2::text IS NULL OR error_type = $2::text)
                  AND ($3::boolean IS NULL OR (resolved_at IS NULL) = $3::boolean)
                  AND ($4::timestamptz IS NULL OR (last_seen_at, id) < ($4::timestamptz, $5::bigint))
                ORDER BY last_seen_at DESC, id DESC
                LIMIT $6::bigint
                """,
                [
                    .uuid(tenant), .optional(errorType.map(StorableText.plain)), .optional(isOpen), .optional(before?.lastSeenAt),
                    .optional(before?.id), .int(limit),
                ]
            ).map { try RememberedFailure($0) }
        }
    }

    /// The newest of the memory with what it takes to compare them.
    public func comparableFailures(tenant: UUID, limit: Int) async throws -> [RememberedFailure] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT \(RememberedFailure.columns), vector, vector_space FROM ai_learning_memory
                WHERE tenant_id = $1 ORDER BY last_seen_at DESC, id DESC LIMIT $2::bigint
                """,
                [.uuid(tenant), .int(limit)]
            ).map { try RememberedFailure($0) }
        }
    }

    /// Keeps vectors of failures' texts.
    public func saveFailureVectors(_ vectors: [Int: [Float]], space: String, tenant: UUID) async throws {
        guard !vectors.isEmpty else { return }
        try await self.inTenant(tenant) { connection in
            for (id, vector) in vectors.sorted(by: { $0.key < $1.key }) {
                try await connection.query(
                    "UPDATE ai_learning_memory SET vector = $3, vector_space = $4::text WHERE tenant_id = $1 AND id = $2",
                    [.uuid(tenant), .int(id), .bytes(RememberedFailure.bytes(of: vector)), .text(space)]
                )
            }
            return ()
        }
    }
}
