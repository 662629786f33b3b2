import Foundation
import Postgres
import PulseModel

/// The writing of one page, within its transaction.
struct Ingestion {
    private let connection: PostgresConnection
    private let tenant: UUID
    private let integration: UUID
    private var writer: EntityWriter
    private var result = IngestionResult()

    /// What merely shows something that changed goes after what changed.
    private static let dependentPriority = 5

    init(connection: PostgresConnection, tenant: UUID, integration: UUID, fetchedAt: Date) {
        self.connection = connection
        self.tenant = tenant
        self.integration = integration
        self.writer = EntityWriter(connection: connection, tenant: tenant, integration: integration, fetchedAt: fetchedAt)
    }

    /// Parents go before children, so that documents are complete as early as can be; nothing depends on it.
    mutating func write(_ page: IngestionPage) async throws -> IngestionResult {
        try await self.waitForOthers()
        try await self.writeAndEnqueue(page.projects)
        try await self.writeAndEnqueue(page.workItemTypes)
        try await self.writeAndEnqueue(page.statuses)
        if page.derivesConfiguration { try await self.deriveConfiguration(page) }
        try await self.writeAndEnqueue(page.workItems)
        try await self.writeAndEnqueue(page.changelogs)
        try await self.writeAndEnqueue(page.repositories)
        if !page.repositories.isEmpty { try await self.renameChildren(of: page.repositories.map(\.stableID)) }
        let (pullRequests, commits) = try await self.underPresentNames(page.pullRequests, page.commits)
        try await self.writeAndEnqueue(pullRequests)
        try await self.writeAndEnqueue(commits)
        try await self.writeAndEnqueue(page.reviews)
        try await self.writeAndEnqueue(page.comments)
        for set in page.completeSets { try await self.removeVanished(set, from: page) }
        let mentions = try await self.current(page.mentions)
        try await self.writeMentions(mentions)
        try await self.writeAndEnqueue(page.links)
        try await self.materializeLinks(page, mentions: mentions)
        try await self.writeSprints(page.sprints)
        try await self.writeUsers(page.users)
        try await self.writeRejected(page.rejected)
        try await self.writeRaw(page.raw, fetchedAt: page.fetchedAt)
        if let checkpoint = page.checkpoint { try await self.writeCheckpoint(checkpoint) }
        if self.result.queued > 0 { try await self.connection.query(QueueSQL.notify) }
        return self.result
    }

    /// One page of a tenant is written after the other: two at once would not see each other's rows, and neither would queue what
    /// shows something of both (a link and its pull request's title), or tie an issue to the pull request that names it.
    ///
    /// Nothing waits for the network meanwhile; other tenants go on.
    private func waitForOthers() async throws {
        try await self.connection.query(
            "SELECT pg_advisory_xact_lock(hashtextextended('ingestion ' || $1::text, 0))",
            [.text(self.tenant.uuidString)]
        )
    }

    // MARK: Entities

    private mutating func writeAndEnqueue<E: StoredEntity>(_ entities: [E]) async throws {
        guard !entities.isEmpty else { return }
        let changed = try await self.writer.write(entities)
        self.result.written += changed.count
        self.result.unchanged += Set(entities.map { self.writer.id(of: $0) }).count - changed.count
        try await self.enqueue(changed, of: E.table, integration: self.integration)
    }

    /// Puts the changed rows and all whose documents show something of them into the queue.
    private mutating func enqueue(_ changed: [ChangedEntity], of table: EntityTable, integration: UUID) async throws {
        guard !changed.isEmpty else { return }
        let rows = try await self.connection.query(
            """
            WITH change AS (
                SELECT $3::uuid AS integration_id, $4::text AS source, $5::text AS table_name, c.external_id, c.entity, c.operation
                FROM unnest($6::uuid[], $7::text[], $8::text[]) AS c (entity, external_id, operation)
            )
            \(QueueSQL.enqueueChanges)
            """,
            [
                .uuid(self.tenant), .int(0), .uuid(integration), .text(table.source.rawValue), .text(table.rawValue),
                .uuids(changed.map(\.entity)), .texts(changed.map(\.externalID)), .texts(changed.map(\.operation.rawValue)),
            ]
        )
        self.result.queued += rows.affectedRows
        let touching = changed.filter(\.touchesOthers).map(\.stableID)
        guard !touching.isEmpty else { return }
        for query in Dependents.queries(of: table) {
            let shifted = query.replacing("$3", with: "$4::text[]").replacing("$2", with: "$3::uuid")
            let rows = try await self.connection.query(
                """
                WITH dependent AS (
                    \(shifted)
                ), change AS (
                    SELECT d.integration_id, CASE WHEN d.table_name IN ('repositories', 'prs', 'prs_commits', 'prs_reviews',
                        'prs_comments') THEN 'github' ELSE 'jira' END AS source, d.table_name, d.external_id, d.entity,
                        'update' AS operation
                    FROM dependent d
                )
                \(QueueSQL.enqueueChanges)
                """,
                [.uuid(self.tenant), .int(Self.dependentPriority), .uuid(integration), .texts(touching)]
            )
            self.result.queued += rows.affectedRows
        }
    }

    /// Children that a complete set no longer holds are gone.
    private mutating func removeVanished(_ set: IngestionPage.CompleteSet, from page: IngestionPage) async throws {
        switch set.children {
        case .commits:
            let present = page.commits.filter { $0.repositoryID == set.repositoryID && $0.number == set.number }
            try await self.removeVanished(set, present: present)
        case .reviews:
            let present = page.reviews.filter { $0.repositoryID == set.repositoryID && $0.number == set.number }
            try await self.removeVanished(set, present: present)
        }
    }

    private mutating func removeVanished<E: StoredEntity>(_ set: IngestionPage.CompleteSet, present: [E]) async throws {
        let vanished = try await self.connection.query(
            """
            SELECT t.entity FROM \(E.table.rawValue) t
            WHERE t.tenant_id = $1 AND t.integration_id = $2 AND t.repository_id = $3 AND t.pr_number = $4::integer
              AND t.deleted_at IS NULL AND NOT t.entity = ANY ($5::uuid[])
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .text(set.repositoryID), .int(set.number),
                .uuids(present.map { self.writer.id(of: $0) }),
            ]
        ).map { try $0.decode("entity", as: UUID.self) }
        let deleted = try await self.writer.delete(E.self, vanished)
        self.result.written += deleted.count
        try await self.enqueue(deleted, of: E.table, integration: self.integration)
    }

    /// The page's rows under the names that their repositories have now: a page that was fetched before a renaming may be written
    /// after it.
    private func underPresentNames(_ pulls: [PullRequest], _ commits: [Commit]) async throws -> ([PullRequest], [Commit]) {
        let repositories = Set(pulls.map(\.repositoryID)).union(commits.map(\.repositoryID))
        guard !repositories.isEmpty else { return (pulls, commits) }
        // Locked, so that a renaming waits for this page and then finds its rows.
        let rows = try await self.connection.query(
            """
            SELECT stable_id, full_name FROM repositories
            WHERE tenant_id = $1 AND integration_id = $2 AND stable_id = ANY ($3::text[]) AND deleted_at IS NULL
            ORDER BY entity FOR SHARE
            """,
            [.uuid(self.tenant), .uuid(self.integration), .texts(repositories.sorted())]
        )
        var names: [String: String] = [:]
        for row in rows { names[try row.decode("stable_id")] = try row.decode("full_name", as: String.self) }
        var (pulls, commits) = (pulls, commits)
        for index in pulls.indices { pulls[index].repository = names[pulls[index].repositoryID] ?? pulls[index].repository }
        for index in commits.indices {
            commits[index].repository = names[commits[index].repositoryID] ?? commits[index].repository
        }
        return (pulls, commits)
    }

    /// A renamed repository renames its pull requests, their commits and their links at once, fetched again or not.
    private mutating func renameChildren(of repositories: [String]) async throws {
        let pulls = try await self.connection.query(
            """
            UPDATE prs p
            SET repository = r.full_name, external_id = r.full_name || '#' || p.number, last_updated_at = now()
            FROM repositories r, prs before
            WHERE p.tenant_id = $1 AND p.integration_id = $2 AND p.repository_id = ANY ($3::text[])
              AND r.tenant_id = p.tenant_id AND r.integration_id = p.integration_id AND r.stable_id = p.repository_id
              AND p.repository <> r.full_name AND before.entity = p.entity
            RETURNING p.entity, p.external_id, p.stable_id, p.repository, p.number, before.repository AS old_repository
            """,
            [.uuid(self.tenant), .uuid(self.integration), .texts(repositories)]
        )
        let commits = try await self.connection.query(
            """
            UPDATE prs_commits c
            SET external_id = r.full_name || '#' || c.pr_number || '@' || c.sha, last_updated_at = now()
            FROM repositories r
            WHERE c.tenant_id = $1 AND c.integration_id = $2 AND c.repository_id = ANY ($3::text[])
              AND r.tenant_id = c.tenant_id AND r.integration_id = c.integration_id AND r.stable_id = c.repository_id
              AND c.external_id <> r.full_name || '#' || c.pr_number || '@' || c.sha
            RETURNING c.entity, c.external_id, c.stable_id
            """,
            [.uuid(self.tenant), .uuid(self.integration), .texts(repositories)]
        )
        for (table, rows) in [(EntityTable.pullRequests, pulls), (.commits, commits)] {
            let changed = try rows.map { row in
                try ChangedEntity(
                    entity: row.decode("entity"),
                    externalID: row.decode("external_id"),
                    stableID: row.decode("stable_id"),
                    operation: .update,
                    touchesOthers: table == .pullRequests
                )
            }
            self.result.written += changed.count
            try await self.enqueue(changed, of: table, integration: self.integration)
        }
        try await self.renameLinks(of: pulls)
    }

    /// A link is known by its pull request's name: under a new one it is another row.
    ///
    /// - Parameter pulls: `repository`, `number` and `old_repository` of renamed pull requests.
    private mutating func renameLinks(of pulls: PostgresRows) async throws {
        guard !pulls.isEmpty else { return }
        let links = try await self.connection.query(
            """
            SELECT l.entity, l.integration_id, l.work_item_id, l.work_item_key, p.new_name, l.pr_number, l.origin, l.found_in,
                l.branch_name, l.pr_status, l.url
            FROM unnest($2::text[], $3::text[], $4::bigint[]) AS p (old_name, new_name, number)
            JOIN wits_prs_links l ON l.tenant_id = $1 AND lower(l.repo_full_name) = p.old_name AND l.pr_number = p.number
            WHERE l.deleted_at IS NULL
            """,
            [
                .uuid(self.tenant), .texts(try pulls.map { try $0.decode("old_repository", as: String.self).lowercased() }),
                .texts(try pulls.map { try $0.decode("repository", as: String.self) }),
                .ints(try pulls.map { try $0.decode("number", as: Int.self) }),
            ]
        )
        var renamed: [UUID: (old: [UUID], new: [WorkItemLink])] = [:]
        for row in links {
            let link = try WorkItemLink(
                workItemID: row.decode("work_item_id"),
                workItemKey: row.decode("work_item_key"),
                repository: row.decode("new_name"),
                number: row.decode("pr_number"),
                origin: WorkItemLink.Origin(rawValue: row.decode("origin")) ?? .key,
                foundIn: row.decode("found_in"),
                branch: row.decode("branch_name"),
                status: row.decode("pr_status"),
                url: row.decode("url")
            )
            let integration: UUID = try row.decode("integration_id")
            renamed[integration, default: ([], [])].old.append(try row.decode("entity"))
            renamed[integration, default: ([], [])].new.append(link)
        }
        let now = try await self.derivationTime()
        for (integration, links) in renamed.sorted(by: { $0.key.uuidString < $1.key.uuidString }) {
            let writer = self.writer(for: integration, at: now)
            // Where only the case has changed, the new link is the old row.
            let kept = Set(links.new.map { writer.id(of: $0) })
            let written = try await writer.write(links.new)
            let deleted = try await writer.delete(WorkItemLink.self, links.old.filter { !kept.contains($0) })
            self.result.written += written.count + deleted.count
            try await self.enqueue(written + deleted, of: .links, integration: integration)
        }
    }

    // MARK: Configuration

    private mutating func deriveConfiguration(_ page: IngestionPage) async throws {
        // Lists that a newer page has overtaken prove nothing any more.
        let newer = try await self.connection.query(
            """
            SELECT 1 FROM wits WHERE tenant_id = $1 AND integration_id = $2 AND fetched_at > $3
            UNION ALL
            SELECT 1 FROM statuses WHERE tenant_id = $1 AND integration_id = $2 AND fetched_at > $3
            LIMIT 1
            """,
            [.uuid(self.tenant), .uuid(self.integration), .timestamp(self.writer.fetchedAt)]
        )
        guard newer.isEmpty else { return }
        let projects = try await self.connection.query(
            "SELECT stable_id, key FROM projects WHERE tenant_id = $1 AND integration_id = $2",
            [.uuid(self.tenant), .uuid(self.integration)]
        )
        var keys: [String: String] = [:]
        for row in projects { keys[try row.decode("stable_id")] = try row.decode("key", as: String.self) }
        let defaults = ConfigurationDefaults(types: page.workItemTypes, statuses: page.statuses, projectKeys: keys)
        try await self.replaceDerived(defaults.levels)
        try await self.replaceDerived(defaults.typeMappings)
        try await self.replaceDerived(defaults.statusMappings)
        try await self.replaceDerived(defaults.steps)
    }

    /// Writes what can be derived now, and removes what could be before; rows that a person has set stay.
    private mutating func replaceDerived<E: StoredEntity>(_ rows: [E]) async throws {
        try await self.writeAndEnqueue(rows)
        let vanished = try await self.connection.query(
            """
            SELECT t.entity FROM \(E.table.rawValue) t
            WHERE t.tenant_id = $1 AND t.integration_id = $2 AND t.origin = 'derived' AND t.deleted_at IS NULL
              AND NOT t.entity = ANY ($3::uuid[])
            """,
            [.uuid(self.tenant), .uuid(self.integration), .uuids(rows.map { self.writer.id(of: $0) })]
        ).map { try $0.decode("entity", as: UUID.self) }
        let deleted = try await self.writer.delete(E.self, vanished)
        self.result.written += deleted.count
        try await self.enqueue(deleted, of: E.table, integration: self.integration)
    }

    /// Rows that a person sets.
    mutating func setByHand(
        types: [TypeMapping],
        statuses: [StatusMapping],
        steps: [WorkflowStep]
    ) async throws -> IngestionResult {
        try await self.waitForOthers()
        self.writer = self.writer(for: self.integration, at: try await self.derivationTime())
        self.writer.isManual = true
        try await self.writeAndEnqueue(types)
        try await self.writeAndEnqueue(statuses)
        try await self.writeAndEnqueue(steps)
        if self.result.queued > 0 { try await self.connection.query(QueueSQL.notify) }
        return self.result
    }

    // MARK: Links

    /// Those of `mentions` that no newer page has overtaken: one that was fetched earlier may be written later.
    private func current(_ mentions: [PullRequestMentions]) async throws -> [PullRequestMentions] {
        guard !mentions.isEmpty else { return [] }
        let overtaken = try await self.connection.query(
            """
            SELECT p.repository_id, p.number
            FROM unnest($3::text[], $4::bigint[]) AS m (repository_id, number)
            JOIN prs p ON p.tenant_id = $1 AND p.integration_id = $2 AND p.repository_id = m.repository_id AND p.number = m.number
            WHERE p.deleted_at IS NULL AND p.fetched_at > $5
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .texts(mentions.map(\.repositoryID)), .ints(mentions.map(\.number)),
                .timestamp(self.writer.fetchedAt),
            ]
        )
        let names = try Set(
            overtaken.map { try "\($0.decode("repository_id", as: String.self))#\($0.decode("number", as: Int.self))" }
        )
        return mentions.filter { !names.contains("\($0.repositoryID)#\($0.number)") }
    }

    private func writeMentions(_ mentions: [PullRequestMentions]) async throws {
        guard !mentions.isEmpty else { return }
        let flat = mentions.flatMap { pull in pull.keys.sorted { $0.key < $1.key }.map { (pull, $0.key, $0.value.rawValue) } }
        try await self.connection.query(
            """
            DELETE FROM key_mentions m
            USING unnest($3::text[], $4::bigint[]) AS p (repository_id, number)
            WHERE m.tenant_id = $1 AND m.integration_id = $2 AND m.repository_id = p.repository_id AND m.pr_number = p.number
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .texts(mentions.map(\.repositoryID)), .ints(mentions.map(\.number)),
            ]
        )
        try await self.connection.query(
            """
            INSERT INTO key_mentions (tenant_id, integration_id, repository_id, pr_number, key, found_in)
            SELECT $1::uuid, $2::uuid, m.repository_id, m.number, m.key, m.found_in
            FROM unnest($3::text[], $4::bigint[], $5::text[], $6::text[]) AS m (repository_id, number, key, found_in)
            ON CONFLICT DO NOTHING
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .texts(flat.map(\.0.repositoryID)), .ints(flat.map(\.0.number)),
                .texts(flat.map(\.1)), .texts(flat.map(\.2)),
            ]
        )
    }

    /// Ties issues and pull requests that this page brought together, and unties those whose key is gone.
    ///
    /// A mention becomes a link once both ends stand, whichever came first; a key of no known issue (`UTF-8`) never does.
    private mutating func materializeLinks(_ page: IngestionPage, mentions: [PullRequestMentions]) async throws {
        let pulls =
            page.mentions.map { (repositoryID: $0.repositoryID, number: $0.number) }
            + page.pullRequests.map { (repositoryID: $0.repositoryID, number: $0.number) }
        let keys = Set(page.workItems.map(\.key))
        guard !pulls.isEmpty || !keys.isEmpty else { return }
        let now = try await self.derivationTime()
        let found = try await self.connection.query(
            """
            SELECT w.integration_id, w.stable_id AS work_item_id, w.key, p.repository, p.number, m.found_in, p.source_branch,
                p.state, p.url
            FROM (
                SELECT k.* FROM key_mentions k WHERE k.tenant_id = $1 AND k.key = ANY ($2::text[])
                UNION
                SELECT k.*
                FROM unnest($4::text[], $5::bigint[]) AS r (repository_id, number)
                JOIN key_mentions k ON k.tenant_id = $1 AND k.integration_id = $3 AND k.repository_id = r.repository_id
                    AND k.pr_number = r.number
            ) m
            JOIN prs p ON p.tenant_id = m.tenant_id AND p.integration_id = m.integration_id
                AND p.repository_id = m.repository_id AND p.number = m.pr_number AND p.deleted_at IS NULL
            JOIN work_items w ON w.tenant_id = m.tenant_id AND w.key = m.key AND w.deleted_at IS NULL
            WHERE m.tenant_id = $1
            """,
            [
                .uuid(self.tenant), .texts(keys.sorted()), .uuid(self.integration), .texts(pulls.map(\.repositoryID)),
                .ints(pulls.map(\.number)),
            ]
        )
        var links: [UUID: [WorkItemLink]] = [:]
        for row in found {
            let link = try WorkItemLink(
                workItemID: row.decode("work_item_id"),
                workItemKey: row.decode("key"),
                repository: row.decode("repository"),
                number: row.decode("number"),
                origin: .key,
                foundIn: row.decode("found_in"),
                branch: row.decode("source_branch"),
                status: row.decode("state"),
                url: row.decode("url")
            )
            links[try row.decode("integration_id"), default: []].append(link)
        }
        for (integration, links) in links.sorted(by: { $0.key.uuidString < $1.key.uuidString }) {
            let writer = self.writer(for: integration, at: now)
            let changed = try await writer.write(links)
            self.result.written += changed.count
            try await self.enqueue(changed, of: .links, integration: integration)
        }
        try await self.removeUnprovenLinks(mentions, at: now)
    }

    private mutating func removeUnprovenLinks(_ mentions: [PullRequestMentions], at now: Date) async throws {
        guard !mentions.isEmpty else { return }
        let unproven = try await self.connection.query(
            """
            SELECT l.entity, l.integration_id
            FROM unnest($3::text[], $4::bigint[]) AS m (repository_id, number)
            JOIN prs p ON p.tenant_id = $1 AND p.integration_id = $2 AND p.repository_id = m.repository_id AND p.number = m.number
            JOIN wits_prs_links l ON l.tenant_id = $1 AND lower(l.repo_full_name) = lower(p.repository) AND l.pr_number = p.number
            WHERE l.origin = 'key' AND l.deleted_at IS NULL
              AND NOT EXISTS (
                  SELECT FROM key_mentions k
                  WHERE k.tenant_id = $1 AND k.integration_id = $2 AND k.repository_id = m.repository_id
                    AND k.pr_number = m.number AND k.key = l.work_item_key
              )
            """,
            [.uuid(self.tenant), .uuid(self.integration), .texts(mentions.map(\.repositoryID)), .ints(mentions.map(\.number))]
        )
        var entities: [UUID: [UUID]] = [:]
        for row in unproven { entities[try row.decode("integration_id"), default: []].append(try row.decode("entity")) }
        for (integration, entities) in entities.sorted(by: { $0.key.uuidString < $1.key.uuidString }) {
            let deleted = try await self.writer(for: integration, at: now).delete(WorkItemLink.self, entities)
            self.result.written += deleted.count
            try await self.enqueue(deleted, of: .links, integration: integration)
        }
    }

    /// What is derived from the tables is as new as the tables, whenever the page that gave cause for it was fetched.
    private func derivationTime() async throws -> Date {
        let rows = try await self.connection.query(
            "SELECT greatest(clock_timestamp(), $1) AS now",
            [.timestamp(self.writer.fetchedAt)]
        )
        return try rows.first?.decode("now") ?? self.writer.fetchedAt
    }

    private func writer(for integration: UUID, at time: Date) -> EntityWriter {
        EntityWriter(connection: self.connection, tenant: self.tenant, integration: integration, fetchedAt: time)
    }

    // MARK: What is kept beside the entities

    private func writeSprints(_ sprints: [Sprint]) async throws {
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
                fetched_at = excluded.fetched_at
            WHERE t.fetched_at <= excluded.fetched_at
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .timestamp(self.writer.fetchedAt), .texts(sprints.map(\.id)),
                .texts(sprints.map { StorableText.plain($0.name) }), .texts(sprints.map(\.state)),
                .texts(sprints.map { $0.goal.map(StorableText.plain) }),
                .texts(sprints.map(\.boardID)), times(\.startedAt), times(\.endsAt), times(\.completedAt),
            ]
        )
    }

    private func writeUsers(_ users: [SourceUser]) async throws {
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

    private mutating func writeRejected(_ records: [RejectedRecord]) async throws {
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

    private func writeRaw(_ records: [RawRecord], fetchedAt: Date) async throws {
        guard !records.isEmpty else { return }
        let records = Dictionary(records.map { ("\($0.kind)\u{1f}\($0.stableID)", $0) }) { $1 }.sorted { $0.key < $1.key }.map(
            \.value
        )
        try await self.connection.query(
            """
            INSERT INTO raw_records AS t (tenant_id, integration_id, kind, stable_id, body, fetched_at)
            SELECT $1::uuid, $2::uuid, r.kind, r.id, r.body::jsonb, $3
            FROM unnest($4::text[], $5::text[], $6::text[]) AS r (kind, id, body)
            ON CONFLICT (tenant_id, integration_id, kind, stable_id) DO UPDATE SET
                body = excluded.body, fetched_at = excluded.fetched_at
            WHERE t.fetched_at <= excluded.fetched_at AND t.body IS DISTINCT FROM excluded.body
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .timestamp(fetchedAt), .texts(records.map(\.kind)),
                .texts(records.map(\.stableID)), .texts(records.map { StorableText.json($0.body) }),
            ]
        )
    }

    private func writeCheckpoint(_ checkpoint: Checkpoint) async throws {
        try await self.connection.query(
            """
            INSERT INTO job_checkpoints AS t (tenant_id, integration_id, unit, cursor, watermark)
            VALUES ($1, $2, $3, $4::text::jsonb, $5)
            ON CONFLICT (tenant_id, integration_id, unit) DO UPDATE SET
                cursor = excluded.cursor, watermark = greatest(t.watermark, excluded.watermark), error_kind = NULL,
                error_message = NULL, updated_at = now()
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .text(checkpoint.unit), .optional(checkpoint.cursor),
                .optional(checkpoint.watermark),
            ]
        )
    }
}
