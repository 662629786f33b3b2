public import Foundation
import Postgres
import PulseModel

extension Store: SweepStore {
    /// A sweep that finds more missing than this share of a unit stops for a person to look: a lost permission looks like deletions.
    public static let mostMissing = 0.05
    /// So few entries of a list go without a person all the same, for each has answered that it is not there, and no issue, pull request
    /// or comment goes with them. A list of which all is missing waits: that is what a lost permission looks like.
    public static let fewMissing = 5
    /// Rows that one sweep has read by their ids because they are back, or of issues because they were never read.
    private static let mostReadBack = 10_000

    public func sweepState(_ unit: SweepUnit, tenant: UUID, integration: UUID, noted: Date) async throws -> SweepState {
        try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(
                """
                WITH new AS (
                    INSERT INTO sweeps (tenant_id, integration_id, unit, finished_at) VALUES ($1, $2, $3::text, $4)
                    ON CONFLICT (tenant_id, integration_id, unit) DO NOTHING
                    RETURNING *
                )
                SELECT started_at, cursor, finished_at, stopped_at IS NOT NULL AS is_stopped, missing, known
                FROM (
                    SELECT * FROM new
                    UNION ALL
                    SELECT * FROM sweeps WHERE tenant_id = $1 AND integration_id = $2 AND unit = $3
                ) w
                LIMIT 1
                """,
                [.uuid(tenant), .uuid(integration), .text(unit.name), .timestamp(noted)]
            )
            return try rows.first.map { row in
                let isStopped: Bool = try row.decode("is_stopped")
                return try SweepState(
                    startedAt: row.decode("started_at"),
                    cursor: row.decode("cursor"),
                    finishedAt: row.decode("finished_at"),
                    stop: isStopped
                        ? SweepStop(
                            missing: row.decode("missing", as: Int?.self) ?? 0,
                            known: row.decode("known", as: Int?.self) ?? 0
                        ) : nil
                )
            } ?? SweepState()
        }
    }

    public func beginSweep(_ unit: SweepUnit, tenant: UUID, integration: UUID, at time: Date) async throws {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                "DELETE FROM sweep_sightings WHERE tenant_id = $1 AND integration_id = $2 AND unit = $3",
                [.uuid(tenant), .uuid(integration), .text(unit.name)]
            )
            try await connection.query(
                """
                INSERT INTO sweeps (tenant_id, integration_id, unit, started_at) VALUES ($1, $2, $3::text, $4)
                ON CONFLICT (tenant_id, integration_id, unit) DO UPDATE SET started_at = excluded.started_at, cursor = NULL
                """,
                [.uuid(tenant), .uuid(integration), .text(unit.name), .timestamp(time)]
            )
            return ()
        }
    }

    public func recordSweepPage(
        _ ids: [String],
        of unit: SweepUnit,
        tenant: UUID,
        integration: UUID,
        next: String?
    ) async throws {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                INSERT INTO sweep_sightings (tenant_id, integration_id, unit, stable_id)
                SELECT $1::uuid, $2::uuid, $3::text, s FROM unnest($4::text[]) AS s ON CONFLICT DO NOTHING
                """,
                [.uuid(tenant), .uuid(integration), .text(unit.name), .texts(ids)]
            )
            try await connection.query(
                "UPDATE sweeps SET cursor = $4::text WHERE tenant_id = $1 AND integration_id = $2 AND unit = $3",
                [.uuid(tenant), .uuid(integration), .text(unit.name), .optional(next)]
            )
            return ()
        }
    }

    public func finishSweep(_ unit: SweepUnit, tenant: UUID, integration: UUID, at time: Date) async throws -> SweepFinding {
        let scope = Self.scope(of: unit.table)
        let table = unit.table.name
        let number = unit.table == .entities(.pullRequests) ? "t.number::bigint" : "NULL::bigint"
        let parameters: [PostgresValue] = [
            .uuid(tenant), .uuid(integration), .text(unit.name), .optional(unit.repositoryID), .optional(unit.kind),
            unit.chosen.map { .texts($0) } ?? .null,
        ]
        return try await self.inTenant(tenant) { connection in
            // What was fetched after the sweep began was not there for it to see.
            try await connection.query(
                """
                INSERT INTO sweep_absences AS a (tenant_id, integration_id, unit, stable_id, since)
                SELECT $1::uuid, $2::uuid, $3::text, t.stable_id, w.started_at
                FROM sweeps w
                JOIN \(table) t ON t.tenant_id = $1 AND t.integration_id = $2 AND t.deleted_at IS NULL
                    AND t.fetched_at < w.started_at AND t.created_at < w.started_at AND \(scope)
                WHERE w.tenant_id = $1 AND w.integration_id = $2 AND w.unit = $3
                  AND NOT EXISTS (
                      SELECT FROM sweep_sightings s
                      WHERE s.tenant_id = $1 AND s.integration_id = $2 AND s.unit = $3 AND s.stable_id = t.stable_id
                  )
                ON CONFLICT (tenant_id, integration_id, unit, stable_id) DO UPDATE SET sweeps = a.sweeps + 1
                """,
                parameters
            )
            try await connection.query(
                """
                DELETE FROM sweep_absences a
                WHERE a.tenant_id = $1 AND a.integration_id = $2 AND a.unit = $3
                  AND (EXISTS (
                          SELECT FROM sweep_sightings s
                          WHERE s.tenant_id = $1 AND s.integration_id = $2 AND s.unit = $3 AND s.stable_id = a.stable_id
                      ) OR NOT EXISTS (
                          SELECT FROM \(table) t
                          WHERE t.tenant_id = $1 AND t.integration_id = $2 AND t.stable_id = a.stable_id
                            AND t.deleted_at IS NULL AND \(scope)
                      ))
                """,
                parameters
            )
            // An issue may come into sight that was never seen, as where the account is let into a security level: its row is wanting.
            let isNewTaken = unit.table == .entities(.workItems)
            let returned = try await connection.query(
                """
                SELECT s.stable_id, \(number) AS number
                FROM sweeps w
                JOIN sweep_sightings s ON s.tenant_id = $1 AND s.integration_id = $2 AND s.unit = $3
                LEFT JOIN \(table) t ON t.tenant_id = $1 AND t.integration_id = $2 AND t.stable_id = s.stable_id
                WHERE w.tenant_id = $1 AND w.integration_id = $2 AND w.unit = $3
                  AND (t.deleted_at < w.started_at OR (t.stable_id IS NULL AND $4))
                -- What cannot be read is not always the same, and the first.
                ORDER BY t.stable_id IS NULL, md5(s.stable_id || w.started_at::text)
                LIMIT $5::bigint
                """,
                Array(parameters.prefix(3)) + [.bool(isNewTaken), .int(Self.mostReadBack)]
            ).map { try SweepFinding.Row($0) }
            let counts = try await connection.query(
                """
                SELECT (SELECT count(*) FROM \(table) t
                        WHERE t.tenant_id = $1 AND t.integration_id = $2 AND t.deleted_at IS NULL AND \(Self.list(of: unit.table))) AS known,
                    (SELECT count(*) FROM sweep_absences a
                        WHERE a.tenant_id = $1 AND a.integration_id = $2 AND a.unit = $3) AS missing,
                    (SELECT count(*) FROM sweep_absences a
                        WHERE a.tenant_id = $1 AND a.integration_id = $2 AND a.unit = $3 AND NOT a.accepted) AS unseen
                """,
                parameters
            )
            let known: Int = try counts.first?.decode("known") ?? 0
            let missing: Int = try counts.first?.decode("missing") ?? 0
            let unseen: Int = try counts.first?.decode("unseen") ?? 0
            let isFew = !unit.table.isGuardedStrictly && unseen <= Self.fewMissing && unseen < known
            let isStopped = Double(unseen) > Double(known) * Self.mostMissing && !isFew
            try await connection.query(
                """
                UPDATE sweeps SET started_at = NULL, cursor = NULL, finished_at = $4, missing = $5, known = $6,
                    stopped_at = CASE WHEN $7 THEN coalesce(stopped_at, $4) END
                WHERE tenant_id = $1 AND integration_id = $2 AND unit = $3
                """,
                [
                    .uuid(tenant), .uuid(integration), .text(unit.name), .timestamp(time), .int(missing), .int(known),
                    .bool(isStopped),
                ]
            )
            try await connection.query(
                "DELETE FROM sweep_sightings WHERE tenant_id = $1 AND integration_id = $2 AND unit = $3",
                [.uuid(tenant), .uuid(integration), .text(unit.name)]
            )
            let suspects = try await connection.query(
                """
                SELECT t.stable_id, \(number) AS number
                FROM sweep_absences a
                JOIN \(table) t ON t.tenant_id = $1 AND t.integration_id = $2 AND t.stable_id = a.stable_id
                    AND t.deleted_at IS NULL AND \(scope)
                WHERE a.tenant_id = $1 AND a.integration_id = $2 AND a.unit = $3 AND a.sweeps >= 2 AND (a.accepted OR NOT $7)
                ORDER BY t.stable_id
                """,
                parameters + [.bool(isStopped)]
            ).map { try SweepFinding.Row($0) }
            return SweepFinding(
                suspects: suspects,
                returned: returned,
                missing: missing,
                known: known,
                isStopped: isStopped
            )
        }
    }

    /// Which rows of a table are of the unit's list; `$1` is the tenant, `$2` the integration, `$4` the repository, `$5` the kind, `$6`
    /// ``SweepUnit/chosen``.
    private static func list(of table: SweptTable) -> String {
        let all = "$4::text IS NULL AND $5::text IS NULL"
        func isChosen(_ owner: String) -> String { "\(all) AND ($6::text[] IS NULL OR \(owner) = ANY ($6))" }
        return switch table {
        case .entities(.comments): "t.repository_id = $4 AND t.comment_type = $5 AND $6::text[] IS NULL"
        case .entities(.pullRequests): "t.repository_id = $4 AND $5::text IS NULL AND $6::text[] IS NULL"
        case .entities(.workItems): isChosen("t.project_id")
        case .entities(.projects): isChosen("t.key")
        case .entities(.repositories): isChosen("lower(split_part(t.full_name, '/', 1))")
        case .sprints:
            """
            \(all) AND ($6::text[] IS NULL OR EXISTS (
                SELECT FROM boards c
                WHERE c.tenant_id = $1 AND c.integration_id = $2 AND c.stable_id = t.board_id
                  AND (c.project_key IS NULL OR c.project_key = ANY ($6))
            ))
            """
        case .entities, .boards: "\(all) AND $6::text[] IS NULL"
        }
    }

    /// Which of them a sweep judges.
    private static func scope(of table: SweptTable) -> String {
        let list = Self.list(of: table)
        // Jira's lists leave out what no workflow uses any more, and projects. What an issue has is there, whatever they say.
        func isUnused(_ column: String) -> String {
            """
            \(list) AND NOT EXISTS (
                SELECT FROM work_items u
                WHERE u.tenant_id = $1 AND u.integration_id = $2 AND u.\(column) = t.stable_id AND u.deleted_at IS NULL
            )
            """
        }
        return switch table {
        case .entities(.projects): isUnused("project_id")
        case .entities(.statuses): isUnused("status_id")
        case .entities(.wits): isUnused("wit_id")
        // Of a board that is not seen, issues alone tell which sprints there are.
        case .sprints:
            """
            \(list) AND EXISTS (
                SELECT FROM boards b
                WHERE b.tenant_id = $1 AND b.integration_id = $2 AND b.stable_id = t.board_id AND b.deleted_at IS NULL
                  AND b.board_type IS DISTINCT FROM 'kanban'
            )
            """
        case .entities, .boards: list
        }
    }

    public func unlisted(
        _ listed: [String],
        of unit: SweepUnit,
        tenant: UUID,
        integration: UUID,
        limit: Int
    ) async throws -> [String] {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT t.stable_id FROM \(unit.table.name) t
                WHERE t.tenant_id = $1 AND t.integration_id = $2 AND t.deleted_at IS NULL AND NOT t.stable_id = ANY ($3::text[])
                  AND \(Self.scope(of: unit.table))
                ORDER BY t.stable_id
                LIMIT $7::bigint
                """,
                [
                    .uuid(tenant), .uuid(integration), .texts(listed), .optional(unit.repositoryID), .optional(unit.kind),
                    unit.chosen.map { .texts($0) } ?? .null, .int(limit),
                ]
            ).map { try $0.decode("stable_id") }
        }
    }

    public func forgetSuspects(_ ids: [String], of unit: SweepUnit, tenant: UUID, integration: UUID) async throws {
        guard !ids.isEmpty else { return }
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                DELETE FROM sweep_absences
                WHERE tenant_id = $1 AND integration_id = $2 AND unit = $3 AND stable_id = ANY ($4)
                """,
                [.uuid(tenant), .uuid(integration), .text(unit.name), .texts(ids)]
            )
            return ()
        }
    }

    /// A person has looked at what a stopped sweep found missing, and it may go. The acceptance holds until each of these rows has been
    /// found again or asked for directly, and is of no other row. The units are due at once.
    ///
    /// - Returns: how many units were stopped.
    public func acceptSweeps(tenant: UUID, integration: UUID, by person: String) async throws -> Int {
        try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                WITH looked AS (
                    UPDATE sweeps SET accepted_by = $3::text, stopped_at = NULL, finished_at = NULL
                    WHERE tenant_id = $1 AND integration_id = $2 AND stopped_at IS NOT NULL
                    RETURNING unit
                ), accepted AS (
                    UPDATE sweep_absences a SET accepted = true
                    FROM looked l
                    WHERE a.tenant_id = $1 AND a.integration_id = $2 AND a.unit = l.unit
                )
                SELECT unit FROM looked
                """,
                [.uuid(tenant), .uuid(integration), .text(StorableText.plain(person))]
            ).count
        }
    }
}

extension SweepFinding.Row {
    fileprivate init(_ row: PostgresRow) throws {
        try self.init(stableID: row.decode("stable_id"), number: row.decode("number"))
    }
}
