import Foundation
import Postgres
import PulseModel

/// The ties between issues and pull requests.
extension Ingestion {
    /// Those of `mentions` that no newer page has overtaken: one that was fetched earlier may be written later.
    func current(_ mentions: [PullRequestMentions]) async throws -> [PullRequestMentions] {
        guard !mentions.isEmpty else { return [] }
        let overtaken = try await self.connection.query(
            """
            SELECT p.repository_id, p.number
            FROM unnest($3::text[], $4::bigint[]) AS m (repository_id, number)
            CROSS JOIN LATERAL (
                SELECT p.repository_id, p.number FROM prs p
                WHERE p.tenant_id = $1 AND p.integration_id = $2 AND p.repository_id = m.repository_id AND p.number = m.number
                  AND p.deleted_at IS NULL AND p.fetched_at > $5
                OFFSET 0
            ) p
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

    func writeMentions(_ mentions: [PullRequestMentions]) async throws {
        guard !mentions.isEmpty else { return }
        let whole = mentions.filter { !$0.isPartial }
        let flat = mentions.flatMap { pull in pull.keys.sorted { $0.key < $1.key }.map { (pull, $0.key, $0.value.rawValue) } }
        try await self.connection.query(
            """
            DELETE FROM key_mentions m
            USING unnest($3::text[], $4::bigint[]) AS p (repository_id, number)
            WHERE m.tenant_id = $1 AND m.integration_id = $2 AND m.repository_id = p.repository_id AND m.pr_number = p.number
            """,
            [.uuid(self.tenant), .uuid(self.integration), .texts(whole.map(\.repositoryID)), .ints(whole.map(\.number))]
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
    /// A mention becomes a link once both ends stand, whichever came first; a key of no known issue (`UTF-8`) never does. A key that an
    /// issue had before it was moved leads to it, as long as no other issue has that key.
    mutating func materializeLinks(_ page: IngestionPage, mentions: [PullRequestMentions]) async throws {
        let pulls =
            page.mentions.map { (repositoryID: $0.repositoryID, number: $0.number) }
            + page.pullRequests.map { (repositoryID: $0.repositoryID, number: $0.number) }
        let keys = Set(page.workItems.map(\.key))
        let items = Set(page.workItems.map(\.id)).union(Self.moves(in: page.changelogs).map(\.workItemID))
        guard !pulls.isEmpty || !items.isEmpty else { return }
        let now = try await self.derivationTime()
        let found = try await self.connection.query(
            """
            SELECT w.integration_id, w.stable_id AS work_item_id, w.key, p.repository, p.number, m.found_in, p.source_branch,
                p.state, p.url
            FROM (
                SELECT k.* FROM key_mentions k WHERE k.tenant_id = $1 AND k.key = ANY ($2::text[])
                UNION
                SELECT k.*
                FROM work_item_keys f
                CROSS JOIN LATERAL (
                    SELECT k.* FROM key_mentions k WHERE k.tenant_id = $1 AND k.key = f.key
                    OFFSET 0
                ) k
                WHERE f.tenant_id = $1 AND f.integration_id = $3 AND f.work_item_id = ANY ($6::text[])
                UNION
                SELECT k.*
                FROM unnest($4::text[], $5::bigint[]) AS r (repository_id, number)
                CROSS JOIN LATERAL (
                    SELECT k.* FROM key_mentions k
                    WHERE k.tenant_id = $1 AND k.integration_id = $3 AND k.repository_id = r.repository_id
                      AND k.pr_number = r.number
                    OFFSET 0
                ) k
            ) m
            CROSS JOIN LATERAL (
                SELECT w.integration_id, w.stable_id, w.key FROM work_items w
                WHERE w.tenant_id = $1 AND w.key = m.key AND w.deleted_at IS NULL
                UNION ALL
                SELECT w.integration_id, w.stable_id, w.key
                FROM work_item_keys f
                JOIN work_items w ON w.tenant_id = $1 AND w.integration_id = f.integration_id AND w.stable_id = f.work_item_id
                    AND w.deleted_at IS NULL
                WHERE f.tenant_id = $1 AND f.key = m.key
                  AND NOT EXISTS (
                      SELECT FROM work_items o
                      WHERE o.tenant_id = $1 AND o.integration_id = f.integration_id AND o.key = m.key AND o.deleted_at IS NULL
                  )
                OFFSET 0
            ) w
            CROSS JOIN LATERAL (
                SELECT p.repository, p.number, p.source_branch, p.state, p.url FROM prs p
                WHERE p.tenant_id = $1 AND p.integration_id = m.integration_id AND p.repository_id = m.repository_id
                  AND p.number = m.pr_number AND p.deleted_at IS NULL
                OFFSET 0
            ) p
            """,
            [
                .uuid(self.tenant), .texts(keys.sorted()), .uuid(self.integration), .texts(pulls.map(\.repositoryID)),
                .ints(pulls.map(\.number)), .texts(items.sorted()),
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

    mutating func removeUnprovenLinks(_ mentions: [PullRequestMentions], at now: Date) async throws {
        let mentions = mentions.filter { !$0.isPartial }
        guard !mentions.isEmpty else { return }
        let unproven = try await self.connection.query(
            """
            SELECT l.entity, l.integration_id
            FROM unnest($3::text[], $4::bigint[]) AS m (repository_id, number)
            CROSS JOIN LATERAL (
                SELECT p.repository_key, p.number FROM prs p
                WHERE p.tenant_id = $1 AND p.integration_id = $2 AND p.repository_id = m.repository_id AND p.number = m.number
                OFFSET 0
            ) p
            CROSS JOIN LATERAL (
                SELECT l.entity, l.integration_id, l.work_item_id, l.work_item_key, l.origin, l.deleted_at FROM wits_prs_links l
                WHERE l.tenant_id = $1 AND l.repository_key = p.repository_key AND l.pr_number = p.number
                OFFSET 0
            ) l
            WHERE l.origin = 'key' AND l.deleted_at IS NULL
              AND NOT EXISTS (
                  SELECT FROM key_mentions k
                  WHERE k.tenant_id = $1 AND k.integration_id = $2 AND k.repository_id = m.repository_id
                    AND k.pr_number = m.number
                    AND (k.key = l.work_item_key OR EXISTS (
                        SELECT FROM work_item_keys f
                        WHERE f.tenant_id = $1 AND f.integration_id = l.integration_id AND f.work_item_id = l.work_item_id
                          AND f.key = k.key
                    ))
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
}
