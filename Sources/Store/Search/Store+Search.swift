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
    ///
    /// - Parameter entities: those of the hits, with the tables that they are rows of.
    public func searchEnd(
        tenant: UUID,
        of entities: [UUID: EntityTable]
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

    /// The pull requests of issues, the issues of pull requests, and both of a link between them, by the entity.
    ///
    /// `OFFSET 0` has each step taken for the few rows of the one before, by an index: a planner that knows neither their number nor the
    /// tenant's share of a table reads all of its links and pull requests otherwise.
    private static func linkedStatement(tenant: UUID, of entities: [UUID: EntityTable]) -> PostgresStatement {
        func those(of table: EntityTable) -> PostgresValue { .uuids(entities.compactMap { $0.value == table ? $0.key : nil }) }
        return PostgresStatement(
            """
            WITH link AS (
                SELECT w.entity AS of, 'prs' AS wanted, l.*
                FROM unnest($2::uuid[]) AS hit (entity)
                CROSS JOIN LATERAL (
                    SELECT w.entity, w.integration_id, w.stable_id FROM work_items w
                    WHERE w.tenant_id = $1 AND w.entity = hit.entity
                    OFFSET 0
                ) w
                CROSS JOIN LATERAL (
                    SELECT l.integration_id, l.work_item_id, l.repository_key, l.pr_number FROM wits_prs_links l
                    WHERE l.tenant_id = $1 AND l.integration_id = w.integration_id AND l.work_item_id = w.stable_id
                        AND l.deleted_at IS NULL
                    OFFSET 0
                ) l
                UNION ALL
                SELECT p.entity, 'work_items', l.*
                FROM unnest($3::uuid[]) AS hit (entity)
                CROSS JOIN LATERAL (
                    SELECT p.entity, p.repository_key, p.number FROM prs p WHERE p.tenant_id = $1 AND p.entity = hit.entity OFFSET 0
                ) p
                CROSS JOIN LATERAL (
                    SELECT l.integration_id, l.work_item_id, l.repository_key, l.pr_number FROM wits_prs_links l
                    WHERE l.tenant_id = $1 AND l.repository_key = p.repository_key AND l.pr_number = p.number
                        AND l.deleted_at IS NULL
                    OFFSET 0
                ) l
                UNION ALL
                SELECT hit.entity, 'both', l.*
                FROM unnest($4::uuid[]) AS hit (entity)
                CROSS JOIN LATERAL (
                    SELECT l.integration_id, l.work_item_id, l.repository_key, l.pr_number FROM wits_prs_links l
                    WHERE l.tenant_id = $1 AND l.entity = hit.entity AND l.deleted_at IS NULL
                    OFFSET 0
                ) l
            ), tie AS (
                SELECT l.of, l.wanted, w.entity AS issue, w.external_id AS issue_id, w.summary, w.url AS issue_url,
                    p.entity AS pull, p.external_id AS pull_id, p.title, p.url AS pull_url
                FROM link l
                CROSS JOIN LATERAL (
                    SELECT w.entity, w.external_id, w.summary, w.url FROM work_items w
                    WHERE w.tenant_id = $1 AND w.integration_id = l.integration_id AND w.stable_id = l.work_item_id
                        AND w.deleted_at IS NULL
                    OFFSET 0
                ) w
                CROSS JOIN LATERAL (
                    SELECT p.entity, p.external_id, p.title, p.url FROM prs p
                    WHERE p.tenant_id = $1 AND p.repository_key = l.repository_key AND p.number = l.pr_number
                        AND p.deleted_at IS NULL
                    OFFSET 0
                ) p
            )
            SELECT of, 'prs' AS table_name, pull AS entity, pull_id AS external_id, title, pull_url AS url
            FROM tie WHERE wanted IN ('prs', 'both')
            UNION
            SELECT of, 'work_items', issue, issue_id, summary, issue_url
            FROM tie WHERE wanted IN ('work_items', 'both')
            ORDER BY table_name, external_id
            """,
            [.uuid(tenant), those(of: .workItems), those(of: .pullRequests), those(of: .links)]
        )
    }

    private static func linked(_ rows: PostgresRows) throws -> [UUID: [NamedEntity]] {
        var linked: [UUID: [NamedEntity]] = [:]
        for row in rows { linked[try row.decode("of"), default: []].append(try NamedEntity(row)) }
        return linked
    }
}
