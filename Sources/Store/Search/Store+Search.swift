public import Foundation
import Postgres
public import PulseModel

extension Store {
    /// What a search begins with, in one round trip: the space that the tenant searches, and what the question names.
    ///
    /// - Parameters:
    ///   - keys: issue keys, upper case.
    ///   - pullRequests: `owner/name#number`, in any case.
    public func searchOutset(
        tenant: UUID,
        keys: [String],
        pullRequests: [PullRequestReference]
    ) async throws -> (space: TenantSpace?, named: [NamedEntity]) {
        var statements = [Self.liveSpaceStatement(tenant: tenant)]
        if !keys.isEmpty || !pullRequests.isEmpty {
            statements.append(Self.entitiesStatement(tenant: tenant, keys: keys, pullRequests: pullRequests))
        }
        let rows = try await self.readInTenant(tenant, statements)
        return (try Self.liveSpace(rows[0]), rows.count > 1 ? try rows[1].map(NamedEntity.init) : [])
    }

    /// What a search ends with, in one round trip: the space that the tenant searches by now, and what the hits are linked to.
    public func searchEnd(
        tenant: UUID,
        of entities: [UUID]
    ) async throws -> (space: TenantSpace?, linked: [UUID: [NamedEntity]]) {
        let rows = try await self.readInTenant(
            tenant,
            [Self.liveSpaceStatement(tenant: tenant), Self.linkedStatement(tenant: tenant, of: entities)]
        )
        return (try Self.liveSpace(rows[0]), try Self.linked(rows[1]))
    }

    private static func entitiesStatement(
        tenant: UUID,
        keys: [String],
        pullRequests: [PullRequestReference]
    ) -> PostgresStatement {
        PostgresStatement(
            """
            SELECT 'work_items' AS table_name, w.entity, w.external_id, w.summary AS title, w.url
            FROM work_items w
            WHERE w.tenant_id = $1 AND w.key = ANY ($2::text[]) AND w.deleted_at IS NULL
            UNION
            -- Moved since: as in Jira, the former key leads to the issue.
            SELECT 'work_items', w.entity, w.external_id, w.summary, w.url
            FROM work_item_keys f
            JOIN work_items w ON w.tenant_id = $1 AND w.integration_id = f.integration_id AND w.stable_id = f.work_item_id
            WHERE f.tenant_id = $1 AND f.key = ANY ($2::text[]) AND w.deleted_at IS NULL
              AND NOT EXISTS (
                  SELECT FROM work_items o
                  WHERE o.tenant_id = $1 AND o.integration_id = f.integration_id AND o.key = f.key AND o.deleted_at IS NULL
              )
            UNION ALL
            SELECT 'prs', p.entity, p.external_id, p.title, p.url
            FROM unnest($3::text[], $4::bigint[]) AS r (repository, number)
            JOIN prs p ON p.tenant_id = $1 AND p.repository_key = r.repository AND p.number = r.number
            WHERE p.deleted_at IS NULL
            """,
            [
                .uuid(tenant), .texts(keys), .texts(pullRequests.map { $0.repository.lowercased() }),
                .ints(pullRequests.map(\.number)),
            ]
        )
    }

    /// The pull requests of issues and the issues of pull requests, by the entity that they are linked to.
    private static func linkedStatement(tenant: UUID, of entities: [UUID]) -> PostgresStatement {
        PostgresStatement(
            """
            WITH links AS (
                SELECT l.entity, l.integration_id, l.work_item_id, l.repository_key, l.pr_number
                FROM work_items w
                JOIN wits_prs_links l ON l.tenant_id = w.tenant_id AND l.integration_id = w.integration_id
                    AND l.work_item_id = w.stable_id AND l.deleted_at IS NULL
                WHERE w.tenant_id = $1 AND w.entity = ANY ($2)
                UNION
                SELECT l.entity, l.integration_id, l.work_item_id, l.repository_key, l.pr_number
                FROM prs p
                JOIN wits_prs_links l ON l.tenant_id = p.tenant_id AND l.repository_key = p.repository_key
                    AND l.pr_number = p.number AND l.deleted_at IS NULL
                WHERE p.tenant_id = $1 AND p.entity = ANY ($2)
                UNION
                SELECT l.entity, l.integration_id, l.work_item_id, l.repository_key, l.pr_number
                FROM wits_prs_links l
                WHERE l.tenant_id = $1 AND l.entity = ANY ($2) AND l.deleted_at IS NULL
            ), tie AS (
                SELECT w.entity AS issue, w.external_id AS issue_id, w.summary, w.url AS issue_url,
                    p.entity AS pull, p.external_id AS pull_id, p.title, p.url AS pull_url, l.entity AS link
                FROM links l
                JOIN work_items w ON w.tenant_id = $1 AND w.integration_id = l.integration_id
                    AND w.stable_id = l.work_item_id AND w.deleted_at IS NULL
                JOIN prs p ON p.tenant_id = $1 AND p.repository_key = l.repository_key
                    AND p.number = l.pr_number AND p.deleted_at IS NULL
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
    }

    private static func linked(_ rows: PostgresRows) throws -> [UUID: [NamedEntity]] {
        var linked: [UUID: [NamedEntity]] = [:]
        for row in rows { linked[try row.decode("of"), default: []].append(try NamedEntity(row)) }
        return linked
    }
}
