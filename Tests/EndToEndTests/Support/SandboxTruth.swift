import Foundation
import Postgres

/// What the sandbox holds beside what a tenant's tables hold, row by row and column by column.
///
/// The objects are read here by the documentation of both APIs alone, with nothing of the connectors. What Pulse derives (links, times
/// in status, mappings) has no counterpart at the source.
struct SandboxTruth {
    /// One table: how its rows follow from the source's objects `d`, and what of them is compared.
    struct Comparison {
        var table: String
        /// The list of the sandbox's answer.
        var list: String
        /// Columns as the source's object has them, in the order of ``here``.
        var there: String
        var here: String
        /// Which of the source's objects and of the table's rows are meant.
        var of = "true"
        var among = "t.deleted_at IS NULL"
    }

    /// - Parameter repositories: full names of those that the tenant reads; nil for all.
    /// - Returns: what is only at the source and what is only in the table, a line each.
    static func gitHubDifferences(
        _ tenant: World.Tenant,
        in world: World,
        repositories: [String]? = nil
    ) async throws -> [String] {
        let truth = try await self.truth("github", in: world)
        let ids = truth["repositories"].list.filter { repository in
            repositories.map { $0.contains(repository["full_name"].text ?? "") } ?? true
        }.compactMap { $0["id"].int }
        return try await self.differences(Self.gitHub, truth, tenant, world, repositories: ids)
    }

    static func jiraDifferences(_ tenant: World.Tenant, in world: World) async throws -> [String] {
        try await self.differences(Self.jira, self.truth("jira", in: world), tenant, world, repositories: [])
    }

    private static func truth(_ source: String, in world: World) async throws -> JSON {
        let answer = try await LoopbackHTTP.send("GET", world.sandbox.url + "/sandbox/truth/\(source)")
        // PostgreSQL's texts hold no NUL; Pulse leaves it out.
        return try JSON(answer.body.replacing("\\u0000", with: ""))
    }

    private static func differences(
        _ comparisons: [Comparison],
        _ truth: JSON,
        _ tenant: World.Tenant,
        _ world: World,
        repositories: [Int]
    ) async throws -> [String] {
        var lines: [String] = []
        for comparison in comparisons {
            let objects = truth[comparison.list].list
            guard !objects.isEmpty else { throw TestFailure("the sandbox holds no \(comparison.list)") }
            lines += try await world.database.texts(
                """
                WITH object AS (
                    SELECT d FROM jsonb_array_elements($2::text::jsonb) AS d
                    WHERE $3::text = '' OR coalesce(d ->> 'repository', d ->> 'id') = ANY (string_to_array($3::text, ' '))
                ), there AS (
                    SELECT jsonb_build_array(\(comparison.there)) AS row FROM object WHERE \(comparison.of)
                ), here AS (
                    SELECT jsonb_build_array(\(comparison.here)) AS row
                    FROM \(comparison.table) t WHERE t.tenant_id = $1::text::uuid AND \(comparison.among)
                )
                SELECT '\(comparison.table), only at the source: ' || left(row::text, 2000)
                FROM (SELECT row FROM there EXCEPT ALL SELECT row FROM here) s
                UNION ALL
                SELECT '\(comparison.table), only in the table: ' || left(row::text, 2000)
                FROM (SELECT row FROM here EXCEPT ALL SELECT row FROM there) s
                """,
                [
                    .text(tenant.identifier), .text(try JSON.list(objects).serialized),
                    .text(repositories.map(String.init).joined(separator: " ")),
                ]
            )
        }
        return lines
    }

    private static func texts(_ list: String, _ name: String) -> String {
        "(SELECT coalesce(jsonb_agg(e ->> '\(name)' ORDER BY n), '[]') FROM jsonb_array_elements(\(list)) WITH ORDINALITY AS e (e, n))"
    }

    // MARK: GitHub

    private static let o = "d -> 'object'"

    private static let gitHub = [
        Comparison(
            table: "repositories",
            list: "repositories",
            there: """
                d ->> 'id', d ->> 'name', d ->> 'full_name', d ->> 'description', d ->> 'html_url', d -> 'private', d -> 'archived',
                d ->> 'language', d ->> 'default_branch', d -> 'topics', (d ->> 'created_at')::timestamptz,
                (d ->> 'updated_at')::timestamptz, (d ->> 'pushed_at')::timestamptz
                """,
            here: """
                t.stable_id, t.name, t.full_name, t.description, t.url, t.is_private, t.archived, t.language, t.default_branch,
                to_jsonb(t.topics), t.repo_created_at, t.repo_updated_at, t.pushed_at
                """
        ),
        Comparison(
            table: "prs",
            list: "pulls",
            there: """
                \(o) ->> 'id', d ->> 'repository', (\(o) ->> 'number')::integer, \(o) ->> 'title', nullif(\(o) ->> 'body', ''),
                coalesce(\(o) #>> '{user,login}', 'ghost'),
                CASE WHEN \(o) ->> 'merged_at' IS NOT NULL THEN 'merged' ELSE \(o) ->> 'state' END, (\(o) ->> 'draft')::boolean,
                \(o) #>> '{head,ref}', \(o) #>> '{base,ref}', \(o) #>> '{head,sha}', \(o) ->> 'merge_commit_sha',
                \(o) ->> 'html_url', \(o) #>> '{merged_by,login}', \(texts("\(o) -> 'labels'", "name")),
                \(texts("\(o) -> 'requested_reviewers'", "login")), (\(o) ->> 'commits')::integer, (\(o) ->> 'additions')::integer,
                (\(o) ->> 'deletions')::integer, (\(o) ->> 'changed_files')::integer, (\(o) ->> 'comments')::integer,
                (\(o) ->> 'review_comments')::integer, (\(o) ->> 'created_at')::timestamptz, (\(o) ->> 'updated_at')::timestamptz,
                (\(o) ->> 'closed_at')::timestamptz, (\(o) ->> 'merged_at')::timestamptz
                """,
            here: """
                t.stable_id, t.repository_id, t.number, t.title, t.body, t.author, t.state, t.is_draft, t.source_branch,
                t.target_branch, t.head_sha, t.merge_commit_sha, t.url, t.merged_by, to_jsonb(t.labels),
                to_jsonb(t.requested_reviewers), t.commit_count, t.additions, t.deletions, t.changed_files, t.comment_count,
                t.review_comment_count, t.pr_created_at, t.pr_updated_at, t.closed_at, t.merged_at
                """
        ),
        Comparison(
            table: "prs_commits",
            list: "commits",
            there: """
                d ->> 'repository', (d ->> 'number')::integer, \(o) ->> 'sha', \(o) #>> '{commit,message}',
                \(o) #>> '{author,login}', \(o) #>> '{commit,author,name}', \(o) #>> '{commit,author,email}',
                (\(o) #>> '{commit,author,date}')::timestamptz, \(o) #>> '{commit,committer,name}',
                \(o) #>> '{commit,committer,email}', (\(o) #>> '{commit,committer,date}')::timestamptz, \(o) ->> 'html_url'
                """,
            here: """
                t.repository_id, t.pr_number, t.sha, t.message, t.author_login, t.author_name, t.author_email, t.authored_date,
                t.committer_name, t.committer_email, t.committed_date, t.url
                """
        ),
        Comparison(
            table: "prs_reviews",
            list: "reviews",
            there: """
                \(o) ->> 'id', d ->> 'repository', (d ->> 'number')::integer, coalesce(\(o) #>> '{user,login}', 'ghost'),
                \(o) ->> 'state', nullif(\(o) ->> 'body', ''), (\(o) ->> 'submitted_at')::timestamptz, \(o) ->> 'html_url'
                """,
            here: "t.stable_id, t.repository_id, t.pr_number, t.author_login, t.state, t.body, t.submitted_at, t.url"
        ),
        comment("review", parent: "pull_request_url"),
        // Plain issues have comments too, which are no pull request's.
        comment("issue", parent: "issue_url", of: "\(o) ->> 'html_url' LIKE '%/pull/%'"),
        Comparison(
            table: "deployments",
            list: "deployments",
            there: """
                \(o) ->> 'id', d ->> 'repository', \(o) ->> 'environment', \(o) ->> 'sha', \(o) ->> 'ref', \(o) ->> 'task',
                \(o) #>> '{creator,login}', (\(o) ->> 'created_at')::timestamptz,
                (
                    SELECT coalesce(jsonb_agg(jsonb_build_array(s ->> 'state', (s ->> 'created_at')::timestamptz)
                        ORDER BY (s ->> 'created_at')::timestamptz, s ->> 'state'), '[]')
                    FROM jsonb_array_elements(\(o) -> 'statuses') s
                )
                """,
            here: """
                t.stable_id, t.repository_id, t.environment, t.sha, t.ref, t.task, t.creator, t.deployed_at,
                (
                    SELECT coalesce(jsonb_agg(jsonb_build_array(s.state, s.at) ORDER BY s.at, s.state), '[]')
                    FROM deployment_statuses s
                    WHERE s.tenant_id = t.tenant_id AND s.integration_id = t.integration_id AND s.deployment_id = t.stable_id
                )
                """
        ),
        Comparison(
            table: "releases",
            list: "releases",
            there: """
                \(o) ->> 'id', d ->> 'repository', \(o) ->> 'tag_name', \(o) ->> 'name', nullif(\(o) ->> 'body', ''),
                \(o) #>> '{author,login}', \(o) ->> 'target_commitish', \(o) ->> 'html_url', (\(o) ->> 'draft')::boolean,
                (\(o) ->> 'prerelease')::boolean, (\(o) ->> 'created_at')::timestamptz, (\(o) ->> 'published_at')::timestamptz
                """,
            here: """
                t.stable_id, t.repository_id, t.tag, t.name, t.body, t.author, t.target, t.url, t.is_draft, t.is_prerelease,
                t.created_at, t.published_at
                """
        ),
        Comparison(
            table: "branch_commits",
            list: "branch_commits",
            there: """
                d ->> 'repository', \(o) ->> 'sha', \(o) #>> '{commit,message}', \(o) #>> '{author,login}',
                (\(o) #>> '{commit,committer,date}')::timestamptz, \(texts("\(o) -> 'parents'", "sha"))
                """,
            here: "t.repository_id, t.sha, t.message, t.author_login, t.committed_date, to_jsonb(t.parents)",
            among: "true"
        ),
    ]

    private static func comment(_ kind: String, parent: String, of condition: String = "true") -> Comparison {
        Comparison(
            table: "prs_comments",
            list: "\(kind)_comments",
            there: """
                '\(kind):' || (\(o) ->> 'id'), d ->> 'repository', substring(\(o) ->> '\(parent)' FROM '[0-9]+$')::integer,
                coalesce(\(o) #>> '{user,login}', 'ghost'), \(o) ->> 'body', \(o) ->> 'path',
                coalesce(\(o) ->> 'line', \(o) ->> 'original_line')::integer, (\(o) ->> 'position')::integer,
                \(o) ->> 'in_reply_to_id', \(o) ->> 'html_url', (\(o) ->> 'created_at')::timestamptz,
                (\(o) ->> 'updated_at')::timestamptz
                """,
            here: """
                t.stable_id, t.repository_id, t.pr_number, t.author_login, t.body, t.path, t.line, t.position, t.in_reply_to, t.url,
                t.created_at_github, t.updated_at_github
                """,
            of: condition,
            among: "t.deleted_at IS NULL AND t.comment_type = '\(kind)'"
        )
    }

    // MARK: Jira

    private static let f = "d -> 'fields'"

    private static let jira = [
        Comparison(
            table: "projects",
            list: "projects",
            there: """
                d ->> 'id', d ->> 'key', d ->> 'name', d ->> 'projectTypeKey', d ->> 'description', d #>> '{lead,displayName}'
                """,
            here: "t.stable_id, t.key, t.name, t.project_type, t.description, t.lead"
        ),
        Comparison(
            table: "wits",
            list: "issue_types",
            there: """
                d ->> 'id', d ->> 'name', d ->> 'untranslatedName', nullif(d ->> 'description', ''),
                (d ->> 'hierarchyLevel')::integer, d #>> '{scope,project,id}'
                """,
            here: "t.stable_id, t.original_name, t.untranslated_name, t.description, t.hierarchy_level, t.project_id"
        ),
        Comparison(
            table: "statuses",
            list: "statuses",
            there: """
                d ->> 'id', d ->> 'name', d ->> 'untranslatedName', d #>> '{statusCategory,key}', nullif(d ->> 'description', ''),
                d #>> '{scope,project,id}'
                """,
            here: "t.stable_id, t.original_name, t.untranslated_name, t.category, t.description, t.project_id"
        ),
        Comparison(
            table: "work_items",
            list: "issues",
            there: """
                d ->> 'id', d ->> 'key', \(f) #>> '{project,id}', \(f) #>> '{issuetype,id}', \(f) #>> '{status,id}',
                \(f) ->> 'summary', \(f) #>> '{resolution,name}', (\(f) ->> 'customfield_10016')::double precision,
                \(f) #>> '{assignee,displayName}', \(f) #>> '{reporter,displayName}', \(f) -> 'labels', \(f) #>> '{priority,name}',
                \(f) #>> '{parent,id}', \(f) #>> '{parent,key}',
                CASE jsonb_typeof(\(f) -> 'customfield_10020') WHEN 'array' THEN \(texts("\(f) -> 'customfield_10020'", "id"))
                    ELSE '[]' END,
                (\(f) ->> 'created')::timestamptz, (\(f) ->> 'updated')::timestamptz, (\(f) ->> 'resolutiondate')::timestamptz
                """,
            here: """
                t.stable_id, t.key, t.project_id, t.wit_id, t.status_id, t.summary, t.resolution, t.story_points, t.assignee,
                t.reporter, to_jsonb(t.labels), t.priority, t.parent_id, t.parent_key, to_jsonb(t.sprint_ids), t.created, t.updated,
                t.resolved
                """
        ),
        // A text of the source, whatever surrounds it, stands in the column: marks and order are the column's own.
        Comparison(
            table: "work_items",
            list: "issues",
            there: "d ->> 'id', \(f) -> 'description' IS NOT NULL AND \(f) -> 'description' <> 'null'",
            here: "t.stable_id, t.description IS NOT NULL"
        ),
        Comparison(
            table: "changelogs",
            list: "histories",
            there: """
                d ->> 'id', d ->> 'issue', d #>> '{author,displayName}', (d ->> 'created')::timestamptz,
                (
                    SELECT jsonb_agg(jsonb_build_array(i ->> 'field', nullif(i ->> 'from', ''), nullif(i ->> 'to', ''),
                        nullif(i ->> 'fromString', ''), nullif(i ->> 'toString', '')) ORDER BY n)
                    FROM jsonb_array_elements(d -> 'items') WITH ORDINALITY AS i (i, n)
                )
                """,
            here: """
                t.stable_id, t.work_item_id, t.changed_by, t.transition_change_date,
                (
                    SELECT jsonb_agg(jsonb_build_array(i ->> 'field', i ->> 'from', i ->> 'to', i ->> 'fromText', i ->> 'toText')
                        ORDER BY n)
                    FROM jsonb_array_elements(t.items) WITH ORDINALITY AS i (i, n)
                )
                """
        ),
    ]
}
