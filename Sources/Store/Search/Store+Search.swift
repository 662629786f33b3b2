public import Foundation
import Postgres
public import PulseModel

extension Store {
    /// The issues and pull requests that go by these names.
    ///
    /// - Parameters:
    ///   - keys: issue keys, upper case.
    ///   - pullRequests: `owner/name#number`, in any case.
    public func entities(
        tenant: UUID,
        keys: [String],
        pullRequests: [PullRequestReference]
    ) async throws -> [NamedEntity] {
        guard !keys.isEmpty || !pullRequests.isEmpty else { return [] }
        return try await self.inTenant(tenant) { connection in
            try await connection.query(
                """
                SELECT 'work_items' AS table_name, w.entity, w.external_id, w.summary AS title, w.url
                FROM work_items w
                WHERE w.tenant_id = $1 AND w.key = ANY ($2::text[]) AND w.deleted_at IS NULL
                UNION ALL
                SELECT 'prs', p.entity, p.external_id, p.title, p.url
                FROM unnest($3::text[], $4::bigint[]) AS r (repository, number)
                JOIN prs p ON p.tenant_id = $1 AND lower(p.repository) = r.repository AND p.number = r.number
                WHERE p.deleted_at IS NULL
                """,
                [
                    .uuid(tenant), .texts(keys), .texts(pullRequests.map { $0.repository.lowercased() }),
                    .ints(pullRequests.map(\.number)),
                ]
            ).map(NamedEntity.init)
        }
    }

    /// The pull requests of issues and the issues of pull requests, by the entity that they are linked to.
    public func linkedEntities(tenant: UUID, of entities: [UUID]) async throws -> [UUID: [NamedEntity]] {
        guard !entities.isEmpty else { return [:] }
        return try await self.inTenant(tenant) { connection in
            let rows = try await connection.query(
                """
                WITH tie AS (
                    SELECT w.entity AS issue, w.external_id AS issue_id, w.summary, w.url AS issue_url,
                        p.entity AS pull, p.external_id AS pull_id, p.title, p.url AS pull_url, l.entity AS link
                    FROM wits_prs_links l
                    JOIN work_items w ON w.tenant_id = l.tenant_id AND w.integration_id = l.integration_id
                        AND w.stable_id = l.work_item_id AND w.deleted_at IS NULL
                    JOIN prs p ON p.tenant_id = l.tenant_id AND lower(p.repository) = lower(l.repo_full_name)
                        AND p.number = l.pr_number AND p.deleted_at IS NULL
                    WHERE l.tenant_id = $1 AND l.deleted_at IS NULL
                      AND (w.entity = ANY ($2) OR p.entity = ANY ($2) OR l.entity = ANY ($2))
                )
                SELECT DISTINCT * FROM (
                    SELECT issue AS of, 'prs' AS table_name, pull AS entity, pull_id AS external_id, title, pull_url AS url FROM tie
                    UNION ALL
                    SELECT pull, 'work_items', issue, issue_id, summary, issue_url FROM tie
                    UNION ALL
                    SELECT link, 'work_items', issue, issue_id, summary, issue_url FROM tie
                    UNION ALL
                    SELECT link, 'prs', pull, pull_id, title, pull_url FROM tie
                ) all_ties
                WHERE of = ANY ($2)
                ORDER BY table_name, external_id
                """,
                [.uuid(tenant), .uuids(entities)]
            )
            var linked: [UUID: [NamedEntity]] = [:]
            for row in rows { linked[try row.decode("of"), default: []].append(try NamedEntity(row)) }
            return linked
        }
    }
}
