import Foundation
import Postgres

/// Deployments, releases and commits of default branches: what delivery metrics count.
extension Ingestion {
    private static func seconds(_ date: Date?) -> String? { date.map { "\($0.timeIntervalSince1970)" } }

    private static func flag(_ value: Bool?) -> String? { value.map { $0 ? "t" : "f" } }

    /// Statuses are added, never replaced: a page may hold the newest only. State and times follow from all that are known.
    func writeDeployments(_ deployments: [Deployment]) async throws {
        guard !deployments.isEmpty else { return }
        let rows = Dictionary(deployments.map { ($0.id, $0) }) { $1 }.values.sorted { $0.id < $1.id }
        try await self.connection.query(
            """
            INSERT INTO deployments AS t (tenant_id, integration_id, stable_id, repository_id, environment, sha, state, deployed_at,
                updated_at, url, ref, task, creator, is_production, fetched_at)
            SELECT $1::uuid, $2::uuid, d.id, d.repository, d.environment, d.sha, d.state,
                to_timestamp(d.created::double precision), to_timestamp(d.updated::double precision), d.url, d.ref, d.task,
                d.creator, d.production::boolean, $3
            FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
                $12::text[], $13::text[], $14::text[], $15::text[])
                AS d (id, repository, environment, sha, state, created, updated, url, ref, task, creator, production)
            ON CONFLICT (tenant_id, integration_id, stable_id) DO UPDATE SET
                environment = excluded.environment, sha = excluded.sha, state = coalesce(excluded.state, t.state),
                deployed_at = coalesce(excluded.deployed_at, t.deployed_at),
                updated_at = coalesce(excluded.updated_at, t.updated_at), url = coalesce(excluded.url, t.url),
                ref = coalesce(excluded.ref, t.ref), task = coalesce(excluded.task, t.task),
                creator = coalesce(excluded.creator, t.creator),
                is_production = coalesce(excluded.is_production, t.is_production), fetched_at = excluded.fetched_at,
                deleted_at = NULL
            WHERE t.fetched_at <= excluded.fetched_at AND (t.deleted_at IS NULL OR t.deleted_at < excluded.fetched_at)
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .timestamp(self.writer.fetchedAt), .texts(rows.map(\.id)),
                .texts(rows.map(\.repositoryID)), .texts(rows.map { StorableText.plain($0.environment) }),
                .texts(rows.map(\.sha)), .texts(rows.map(\.state)), .texts(rows.map { Self.seconds($0.createdAt) }),
                .texts(rows.map { Self.seconds($0.updatedAt) }), .texts(rows.map(\.url)),
                .texts(rows.map { $0.ref.map(StorableText.plain) }), .texts(rows.map { $0.task.map(StorableText.plain) }),
                .texts(rows.map { $0.creator.map(StorableText.plain) }), .texts(rows.map { Self.flag($0.isProduction) }),
            ]
        )
        let statuses = rows.flatMap { deployment in deployment.statuses.map { (deployment.id, $0) } }
        guard !statuses.isEmpty else { return }
        try await self.connection.query(
            """
            INSERT INTO deployment_statuses (tenant_id, integration_id, deployment_id, state, at)
            SELECT $1::uuid, $2::uuid, s.id, s.state, to_timestamp(s.at::double precision)
            FROM unnest($3::text[], $4::text[], $5::text[]) AS s (id, state, at)
            ON CONFLICT DO NOTHING
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .texts(statuses.map(\.0)), .texts(statuses.map(\.1.state)),
                .texts(statuses.map { "\($0.1.at.timeIntervalSince1970)" }),
            ]
        )
        // `inactive` only says that a later deployment took over; the outcome is what was said before it.
        try await self.connection.query(
            """
            UPDATE deployments d
            SET state = s.state, started_at = s.started, finished_at = s.finished
            FROM (
                SELECT a.id AS deployment_id,
                    -- Of one second, an outcome comes after the work on it.
                    coalesce((
                        array_agg(o.state ORDER BY o.at DESC, o.state IN ('success', 'failure', 'error') DESC, o.state)
                            FILTER (WHERE o.state <> 'inactive')
                    )[1], 'inactive') AS state,
                    min(o.at) FILTER (WHERE o.state = 'in_progress') AS started,
                    max(o.at) FILTER (WHERE o.state IN ('success', 'failure', 'error')) AS finished
                FROM unnest($3::text[]) AS a (id)
                CROSS JOIN LATERAL (
                    SELECT o.state, o.at FROM deployment_statuses o
                    WHERE o.tenant_id = $1 AND o.integration_id = $2 AND o.deployment_id = a.id
                    OFFSET 0
                ) o
                GROUP BY 1
            ) s
            WHERE d.tenant_id = $1 AND d.integration_id = $2 AND d.stable_id = s.deployment_id
            """,
            [.uuid(self.tenant), .uuid(self.integration), .texts(Set(statuses.map(\.0)).sorted())]
        )
    }

    func writeReleases(_ releases: [Release]) async throws {
        guard !releases.isEmpty else { return }
        let rows = Dictionary(releases.map { ($0.id, $0) }) { $1 }.values.sorted { $0.id < $1.id }
        try await self.connection.query(
            """
            INSERT INTO releases AS t (tenant_id, integration_id, stable_id, repository_id, tag, name, body, author, target, url,
                is_draft, is_prerelease, created_at, published_at, fetched_at)
            SELECT $1::uuid, $2::uuid, r.id, r.repository, r.tag, r.name, r.body, r.author, r.target, r.url, r.draft::boolean,
                r.prerelease::boolean, to_timestamp(r.created::double precision), to_timestamp(r.published::double precision), $3
            FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
                $12::text[], $13::text[], $14::text[], $15::text[])
                AS r (id, repository, tag, name, body, author, target, url, draft, prerelease, created, published)
            ON CONFLICT (tenant_id, integration_id, stable_id) DO UPDATE SET
                tag = excluded.tag, name = excluded.name, body = excluded.body, author = excluded.author, target = excluded.target,
                url = excluded.url, is_draft = excluded.is_draft, is_prerelease = excluded.is_prerelease,
                created_at = excluded.created_at, published_at = excluded.published_at, fetched_at = excluded.fetched_at,
                deleted_at = NULL
            WHERE t.fetched_at <= excluded.fetched_at AND (t.deleted_at IS NULL OR t.deleted_at < excluded.fetched_at)
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .timestamp(self.writer.fetchedAt), .texts(rows.map(\.id)),
                .texts(rows.map(\.repositoryID)), .texts(rows.map { StorableText.plain($0.tag) }),
                .texts(rows.map { $0.name.map(StorableText.plain) }), .texts(rows.map { $0.body.map(StorableText.plain) }),
                .texts(rows.map { $0.author.map(StorableText.plain) }), .texts(rows.map { $0.target.map(StorableText.plain) }),
                .texts(rows.map(\.url)), .texts(rows.map { Self.flag($0.isDraft) }),
                .texts(rows.map { Self.flag($0.isPrerelease) }), .texts(rows.map { Self.seconds($0.createdAt) }),
                .texts(rows.map { Self.seconds($0.publishedAt) }),
            ]
        )
    }

    /// What a push event tells of a commit is less than the list of commits tells, and is only taken where nothing stands yet: it
    /// does not know the parents, and the list mends the rest.
    func writeBranchCommits(_ commits: [BranchCommit]) async throws {
        guard !commits.isEmpty else { return }
        let rows = Dictionary(commits.map { ("\($0.repositoryID) \($0.branch) \($0.sha)", $0) }) { $1 }.sorted { $0.key < $1.key }
            .map(\.value)
        try await self.connection.query(
            """
            INSERT INTO branch_commits AS t (tenant_id, integration_id, repository_id, branch, sha, message, author_login,
                author_name, author_email, authored_date, committed_date, url, parents, fetched_at)
            SELECT $1::uuid, $2::uuid, c.repository, c.branch, c.sha, c.message, c.login, c.name, c.email,
                to_timestamp(c.authored::double precision), to_timestamp(c.committed::double precision), c.url,
                string_to_array(c.parents, ' '), $3
            FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
                $12::text[], $13::text[], $14::text[])
                AS c (repository, branch, sha, message, login, name, email, authored, committed, url, parents)
            ON CONFLICT (tenant_id, integration_id, repository_id, branch, sha) DO UPDATE SET
                message = excluded.message, author_login = excluded.author_login, author_name = excluded.author_name,
                author_email = excluded.author_email, authored_date = excluded.authored_date,
                committed_date = excluded.committed_date, url = excluded.url, parents = excluded.parents,
                fetched_at = excluded.fetched_at
            WHERE excluded.parents IS NOT NULL AND (t.parents IS NULL OR t.fetched_at <= excluded.fetched_at)
              AND (t.message, t.author_login, t.author_name, t.author_email, t.authored_date, t.committed_date, t.url, t.parents)
                  IS DISTINCT FROM (excluded.message, excluded.author_login, excluded.author_name, excluded.author_email,
                      excluded.authored_date, excluded.committed_date, excluded.url, excluded.parents)
            """,
            [
                .uuid(self.tenant), .uuid(self.integration), .timestamp(self.writer.fetchedAt), .texts(rows.map(\.repositoryID)),
                .texts(rows.map { StorableText.plain($0.branch) }), .texts(rows.map(\.sha)),
                .texts(rows.map { StorableText.plain($0.message) }), .texts(rows.map(\.authorLogin)),
                .texts(rows.map { $0.authorName.map(StorableText.plain) }),
                .texts(rows.map { $0.authorEmail.map(StorableText.plain) }), .texts(rows.map { Self.seconds($0.authoredAt) }),
                .texts(rows.map { Self.seconds($0.committedAt) }), .texts(rows.map(\.url)),
                .texts(rows.map { $0.parents?.joined(separator: " ") }),
            ]
        )
    }
}
