import Foundation
import Postgres
import PulseModel

/// What a renamed repository renames.
extension Ingestion {
    /// The page's rows under the names that their repositories have now: a page that was fetched before a renaming may be written
    /// after it.
    func underPresentNames(_ pulls: [PullRequest], _ commits: [Commit]) async throws -> ([PullRequest], [Commit]) {
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
    mutating func renameChildren(of repositories: [String]) async throws {
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
        try await self.renameUnits(of: repositories)
    }

    /// A link is known by its pull request's name: under a new one it is another row.
    ///
    /// - Parameter pulls: `repository`, `number` and `old_repository` of renamed pull requests.
    mutating func renameLinks(of pulls: PostgresRows) async throws {
        guard !pulls.isEmpty else { return }
        let links = try await self.connection.query(
            """
            SELECT l.entity, l.integration_id, l.work_item_id, l.work_item_key, p.new_name, l.pr_number, l.origin, l.found_in,
                l.branch_name, l.pr_status, l.url
            FROM unnest($2::text[], $3::text[], $4::bigint[]) AS p (old_name, new_name, number)
            JOIN wits_prs_links l ON l.tenant_id = $1 AND l.repository_key = p.old_name AND l.pr_number = p.number
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
}
