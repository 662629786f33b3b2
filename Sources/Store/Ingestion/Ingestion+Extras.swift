import Foundation
import Postgres
import PulseModel

/// What is kept beside the entities: sprints, people, raw and rejected records, the checkpoint.
extension Ingestion {
    func writeBoards(_ boards: [Board]) async throws {
        guard !boards.isEmpty else { return }
        let boards = Dictionary(boards.map { ($0.id, $0) }) { $1 }.values.sorted { $0.id < $1.id }
        try await self.connection.query(
            """
            INSERT INTO boards AS t (tenant_id, integration_id, stable_id, name, board_type, project_id, project_key, fetched_at)
            SELECT $1::uuid, $2::uuid, b.id, b.name, b.kind, b.project_id, b.project_key, $3
            FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) AS b (id, name, kind, project_id, project_key)
            ON CONFLICT (tenant_id, integration_id, stable_id) DO UPDATE SET
                name = excluded.name, board_type = excluded.board_type, project_id = excluded.project_id,
                project_key = excluded.project_key, fetched_at = excluded.fetched_at, deleted_at = NULL
            WHERE t.fetched_at <= excluded.fetched_at AND (t.deleted_at IS NULL OR t.deleted_at < excluded.fetched_at)
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .timestamp(self.writer.fetchedAt), .texts(boards.map(\.id)),
                .texts(boards.map { StorableText.plain($0.name) }), .texts(boards.map(\.type)),
                .texts(boards.map(\.projectID)), .texts(boards.map(\.projectKey)),
            ]
        )
    }

    func writeSprints(_ sprints: [Sprint]) async throws {
        guard !sprints.isEmpty else { return }
        let sprints = Dictionary(sprints.map { ($0.id, $0) }) { $1 }.values.sorted { $0.id < $1.id }
        func times(_ value: (Sprint) -> Date?) -> PostgresValue {
            .texts(sprints.map { value($0).map { "\($0.timeIntervalSince1970)" } })
        }
        try await self.connection.query(
            """
            INSERT INTO sprints AS t (tenant_id, integration_id, stable_id, name, state, goal, board_id, started_at, ends_at,
                completed_at, fetched_at)
            SELECT $1::uuid, $2::uuid, s.id, s.name, s.state, s.goal, s.board, to_timestamp(s.started::double precision),
                to_timestamp(s.ends::double precision), to_timestamp(s.completed::double precision), $3
            FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])
                AS s (id, name, state, goal, board, started, ends, completed)
            ON CONFLICT (tenant_id, integration_id, stable_id) DO UPDATE SET
                name = excluded.name, state = excluded.state, goal = excluded.goal, board_id = excluded.board_id,
                started_at = excluded.started_at, ends_at = excluded.ends_at, completed_at = excluded.completed_at,
                fetched_at = excluded.fetched_at, deleted_at = NULL
            WHERE t.fetched_at <= excluded.fetched_at AND (t.deleted_at IS NULL OR t.deleted_at < excluded.fetched_at)
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .timestamp(self.writer.fetchedAt), .texts(sprints.map(\.id)),
                .texts(sprints.map { StorableText.plain($0.name) }), .texts(sprints.map(\.state)),
                .texts(sprints.map { $0.goal.map(StorableText.plain) }),
                .texts(sprints.map(\.boardID)), times(\.startedAt), times(\.endsAt), times(\.completedAt),
            ]
        )
    }

    /// Lays tombstones on boards or sprints that were not fetched later, and drops their raw records.
    mutating func removeRows(of table: String, _ ids: [String]) async throws {
        guard !ids.isEmpty else { return }
        let kinds = ["boards": "jira_board", "sprints": "jira_sprint", "releases": "github_release"]
        let removed = try await self.connection.query(
            """
            UPDATE \(table) SET deleted_at = $3
            WHERE tenant_id = $1 AND integration_id = $2 AND stable_id = ANY ($4::text[]) AND deleted_at IS NULL AND fetched_at <= $3
            """,
            [.uuid(self.tenant), .uuid(self.integration), .timestamp(self.writer.fetchedAt), .texts(ids)]
        )
        self.result.written += removed.affectedRows
        try await self.connection.query(
            """
            DELETE FROM raw_records
            WHERE tenant_id = $1 AND integration_id = $2 AND kind = $4 AND stable_id = ANY ($5::text[]) AND fetched_at <= $3
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .timestamp(self.writer.fetchedAt),
                .optional(kinds[table]), .texts(ids),
            ]
        )
    }

    func writeUsers(_ users: [SourceUser]) async throws {
        guard !users.isEmpty else { return }
        let users = Dictionary(users.map { ($0.id, $0) }) { $1 }.values.sorted { $0.id < $1.id }
        try await self.connection.query(
            """
            INSERT INTO source_users AS t (tenant_id, integration_id, stable_id, name, active, fetched_at)
            SELECT $1::uuid, $2::uuid, u.id, u.name, u.active::boolean, $3
            FROM unnest($4::text[], $5::text[], $6::text[]) AS u (id, name, active)
            ON CONFLICT (tenant_id, integration_id, stable_id) DO UPDATE SET
                name = excluded.name, active = excluded.active, fetched_at = excluded.fetched_at
            WHERE t.fetched_at <= excluded.fetched_at
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .timestamp(self.writer.fetchedAt), .texts(users.map(\.id)),
                .texts(users.map { $0.name.map(StorableText.plain) }), .texts(users.map { $0.isActive.map { $0 ? "t" : "f" } }),
            ]
        )
    }

    mutating func writeRejected(_ records: [RejectedRecord]) async throws {
        guard !records.isEmpty else { return }
        self.result.rejected += records.count
        var seen: Set<String> = []
        let records = records.map { record in
            RejectedRecord(
                kind: record.kind,
                identity: StorableText.plain(record.identity),
                reason: StorableText.plain(record.reason)
            )
        }.filter { seen.insert("\($0.kind)\u{1f}\($0.identity)\u{1f}\($0.reason)").inserted }
            .sorted { ($0.kind, $0.identity, $0.reason) < ($1.kind, $1.identity, $1.reason) }
        try await self.connection.query(
            """
            INSERT INTO rejected_records AS t (tenant_id, integration_id, kind, identity, reason)
            SELECT $1::uuid, $2::uuid, r.kind, r.identity, r.reason
            FROM unnest($3::text[], $4::text[], $5::text[]) AS r (kind, identity, reason)
            ON CONFLICT (tenant_id, integration_id, kind, identity, reason) DO UPDATE SET
                occurrences = t.occurrences + 1, last_seen_at = now()
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .texts(records.map(\.kind)), .texts(records.map(\.identity)),
                .texts(records.map(\.reason)),
            ]
        )
    }

    func writeRaw(_ records: [RawRecord], fetchedAt: Date) async throws {
        guard !records.isEmpty else { return }
        let records = Dictionary(records.map { ("\($0.kind)\u{1f}\($0.stableID)", $0) }) { $1 }.sorted { $0.key < $1.key }.map(
            \.value
        )
        try await self.connection.query(
            """
            INSERT INTO raw_records AS t (tenant_id, integration_id, kind, stable_id, parent, body, fetched_at)
            SELECT $1::uuid, $2::uuid, r.kind, r.id, r.parent, r.body::jsonb, $3
            FROM unnest($4::text[], $5::text[], $6::text[], $7::text[]) AS r (kind, id, body, parent)
            ON CONFLICT (tenant_id, integration_id, kind, stable_id) DO UPDATE SET
                body = excluded.body, parent = excluded.parent, fetched_at = excluded.fetched_at
            WHERE t.fetched_at < excluded.fetched_at
               OR (t.fetched_at = excluded.fetched_at AND t.body IS DISTINCT FROM excluded.body)
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .timestamp(fetchedAt), .texts(records.map(\.kind)),
                .texts(records.map(\.stableID)), .texts(records.map { StorableText.json($0.body) }),
                .texts(records.map(\.parent)),
            ]
        )
    }

    func writeCheckpoint(_ checkpoint: Checkpoint) async throws {
        try await self.connection.query(
            """
            INSERT INTO job_checkpoints AS t (tenant_id, integration_id, unit, cursor, watermark, validators)
            VALUES ($1, $2, $3, $4::text::jsonb, $5, $6::text::jsonb)
            ON CONFLICT (tenant_id, integration_id, unit) DO UPDATE SET
                cursor = excluded.cursor, watermark = greatest(t.watermark, excluded.watermark),
                validators = coalesce(excluded.validators, t.validators), error_kind = NULL, error_message = NULL, updated_at = now()
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .text(checkpoint.unit), .optional(checkpoint.cursor),
                .optional(checkpoint.watermark), .optional(checkpoint.validators),
            ]
        )
    }

    /// What a list of changes has shown to be unchanged is as fresh as what was read.
    func confirm(_ units: [String]) async throws {
        guard !units.isEmpty else { return }
        try await self.connection.query(
            """
            UPDATE job_checkpoints SET updated_at = now()
            WHERE tenant_id = $1 AND integration_id = $2 AND unit = ANY ($3::text[])
            """,
            [.uuid(self.tenant), .uuid(self.integration), .texts(units)]
        )
    }
}
