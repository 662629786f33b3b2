import Postgres
import TestSupport

extension TestDatabase {
    /// A pull request for each third issue, and the link between them.
    func linkWorkItems(of tenant: TestTenant) async throws {
        try await self.query(
            """
            INSERT INTO prs (entity, tenant_id, integration_id, stable_id, external_id, fetched_at, repository_id, repository, number,
                title, state, url, pr_created_at, pr_updated_at)
            SELECT md5('pr' || $1::text || w.stable_id)::uuid, $1, $2, w.stable_id, 'acme/api#' || w.stable_id, now(), '1', 'acme/api',
                w.stable_id::integer, 'Fix ' || w.summary, 'merged', 'https://git.acme.example/acme/api/pull/' || w.stable_id, now(), now()
            FROM work_items w WHERE w.tenant_id = $1 AND w.stable_id::integer % 3 = 0
            """,
            [.uuid(tenant.id), .uuid(tenant.github)]
        )
        try await self.query(
            """
            INSERT INTO wits_prs_links (entity, tenant_id, integration_id, stable_id, external_id, fetched_at, work_item_id,
                work_item_key, repo_full_name, pr_number, origin, found_in)
            SELECT md5('link' || $1::text || w.stable_id)::uuid, $1, $2, w.stable_id, w.external_id || '~acme/api#' || w.stable_id, now(),
                w.stable_id, w.key, 'acme/api', w.stable_id::integer, 'key', 'title'
            FROM work_items w WHERE w.tenant_id = $1 AND w.stable_id::integer % 3 = 0
            """,
            [.uuid(tenant.id), .uuid(tenant.jira)]
        )
    }
}
