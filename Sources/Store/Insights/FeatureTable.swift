/// Rows that models learn from, one for each work item or pull request, with what was known and what came of it.
public enum FeatureTable: String, Sendable, CaseIterable, Codable {
    case workItems = "work_items"
    case pullRequests = "prs"

    /// In the order of an exported file.
    public var columns: [String] {
        switch self {
        case .workItems:
            [
                "key", "project", "type", "level", "priority", "team", "reporter", "assignee", "story_points", "created",
                "created_weekday", "created_hour", "summary_words", "description_words", "has_acceptance_criteria", "labels",
                "sprints", "has_parent", "status_category", "starts", "completions", "backlog_returns", "complexity", "reworked",
                "direct_completion", "assignee_changes", "linked_prs", "lines_changed", "pr_reviews", "pr_comments", "wait_hours",
                "work_hours", "review_hours", "cycle_hours", "lead_hours", "completed",
            ]
        case .pullRequests:
            [
                "repository", "number", "author", "state", "is_draft", "created", "created_weekday", "created_hour",
                "title_words",
                "body_words", "commits", "files", "additions", "deletions", "reviewers_requested", "reviews", "reviewers",
                "approvals", "changes_requested", "comments", "linked_issue", "issue_type", "issue_points", "coding_hours",
                "hours_to_first_review", "hours_to_merge", "hours_to_close", "merged",
            ]
        }
    }

    /// `$1` is the tenant, `$2` the entity after which the page begins, `$3` how many rows.
    var sql: String {
        switch self {
        case .workItems: Self.workItemsSQL
        case .pullRequests: Self.pullRequestsSQL
        }
    }

    private static let workItemsSQL = """
        SELECT w.entity, jsonb_build_object(
            'key', w.key, 'project', p.key, 'type', coalesce(m.wit_to, y.original_name), 'level', y.hierarchy_level,
            'priority', w.priority, 'team', w.team, 'reporter', w.reporter, 'assignee', w.assignee,
            'story_points', w.story_points, 'created', w.created AT TIME ZONE 'UTC',
            'created_weekday', extract(isodow FROM w.created AT TIME ZONE 'UTC'),
            'created_hour', extract(hour FROM w.created AT TIME ZONE 'UTC'),
            'summary_words', cardinality(regexp_split_to_array(btrim(w.summary), '\\s+')),
            'description_words',
                CASE WHEN w.description IS NULL THEN 0 ELSE cardinality(regexp_split_to_array(btrim(w.description), '\\s+')) END,
            'has_acceptance_criteria', w.acceptance_criteria IS NOT NULL, 'labels', cardinality(w.labels),
            'sprints', cardinality(w.sprint_ids), 'has_parent', w.parent_id IS NOT NULL OR w.parent_key IS NOT NULL
        ) || jsonb_build_object(
            'status_category', CASE WHEN w.is_done THEN 'done' WHEN w.is_in_progress THEN 'in progress' ELSE 'to do' END,
            'starts', w.total_work_starts, 'completions', w.total_completions, 'backlog_returns', w.total_backlog_returns,
            'complexity', w.workflow_complexity_score, 'reworked', w.rework_indicator, 'direct_completion', w.direct_completion,
            'assignee_changes', coalesce(h.assignees, 0), 'linked_prs', coalesce(l.pulls, 0), 'lines_changed', l.lines,
            'pr_reviews', coalesce(l.reviews, 0), 'pr_comments', coalesce(l.comments, 0),
            'wait_hours', extract(epoch FROM w.work_first_started_at - w.created) / 3600,
            'work_hours', w.total_work_time_seconds / 3600, 'review_hours', w.total_review_time_seconds / 3600,
            'cycle_hours', w.total_cycle_time_seconds / 3600, 'lead_hours', w.total_lead_time_seconds / 3600,
            'completed', w.work_last_completed_at AT TIME ZONE 'UTC'
        ) AS features
        FROM (
            SELECT * FROM work_items
            WHERE tenant_id = $1::uuid AND deleted_at IS NULL AND ($2::uuid IS NULL OR entity > $2::uuid)
            ORDER BY entity LIMIT $3::bigint
        ) w
        LEFT JOIN projects p ON p.tenant_id = w.tenant_id AND p.integration_id = w.integration_id AND p.stable_id = w.project_id
        LEFT JOIN wits y ON y.tenant_id = w.tenant_id AND y.integration_id = w.integration_id AND y.stable_id = w.wit_id
        LEFT JOIN wits_mappings m ON m.tenant_id = w.tenant_id AND m.integration_id = w.integration_id
            AND m.wit_from = y.original_name AND m.deleted_at IS NULL
        LEFT JOIN LATERAL (
            SELECT count(*) AS assignees
            FROM changelogs c
            WHERE c.tenant_id = w.tenant_id AND c.integration_id = w.integration_id AND c.work_item_id = w.stable_id
              AND c.deleted_at IS NULL AND c.items @> '[{"field": "assignee"}]'
        ) h ON true
        LEFT JOIN LATERAL (
            SELECT count(*) AS pulls, sum(r.additions + r.deletions) AS lines, sum(v.reviews) AS reviews, sum(o.comments) AS comments
            FROM wits_prs_links k
            JOIN prs r ON r.tenant_id = k.tenant_id AND lower(r.repository) = lower(k.repo_full_name) AND r.number = k.pr_number
                AND r.deleted_at IS NULL
            CROSS JOIN LATERAL (
                SELECT count(*) AS reviews FROM prs_reviews v
                WHERE v.tenant_id = r.tenant_id AND v.integration_id = r.integration_id AND v.repository_id = r.repository_id
                  AND v.pr_number = r.number AND v.deleted_at IS NULL AND \(InsightSQL.isPersons)
            ) v
            CROSS JOIN LATERAL (
                SELECT count(*) AS comments FROM prs_comments o
                WHERE o.tenant_id = r.tenant_id AND o.integration_id = r.integration_id AND o.repository_id = r.repository_id
                  AND o.pr_number = r.number AND o.deleted_at IS NULL
            ) o
            WHERE k.tenant_id = w.tenant_id AND k.integration_id = w.integration_id AND k.work_item_id = w.stable_id
              AND k.deleted_at IS NULL
        ) l ON true
        ORDER BY w.entity
        """

    private static let pullRequestsSQL = """
        SELECT r.entity, jsonb_build_object(
            'repository', r.repository, 'number', r.number, 'author', r.author, 'state', r.state, 'is_draft', r.is_draft,
            'created', r.pr_created_at AT TIME ZONE 'UTC',
            'created_weekday', extract(isodow FROM r.pr_created_at AT TIME ZONE 'UTC'),
            'created_hour', extract(hour FROM r.pr_created_at AT TIME ZONE 'UTC'),
            'title_words', cardinality(regexp_split_to_array(btrim(r.title), '\\s+')),
            'body_words', CASE WHEN r.body IS NULL THEN 0 ELSE cardinality(regexp_split_to_array(btrim(r.body), '\\s+')) END,
            'commits', coalesce(r.commit_count, c.commits), 'files', r.changed_files, 'additions', r.additions,
            'deletions', r.deletions, 'reviewers_requested', cardinality(r.requested_reviewers)
        ) || jsonb_build_object(
            'reviews', v.reviews, 'reviewers', v.reviewers, 'approvals', v.approvals, 'changes_requested', v.changes,
            'comments', o.comments, 'linked_issue', i.key, 'issue_type', i.type, 'issue_points', i.story_points,
            'coding_hours', greatest(extract(epoch FROM r.pr_created_at - c.begun), 0) / 3600,
            'hours_to_first_review', extract(epoch FROM v.first - r.pr_created_at) / 3600,
            'hours_to_merge', extract(epoch FROM r.merged_at - r.pr_created_at) / 3600,
            'hours_to_close', extract(epoch FROM coalesce(r.merged_at, r.closed_at) - r.pr_created_at) / 3600,
            'merged', r.merged_at AT TIME ZONE 'UTC'
        ) AS features
        FROM (
            SELECT * FROM prs
            WHERE tenant_id = $1::uuid AND deleted_at IS NULL AND ($2::uuid IS NULL OR entity > $2::uuid)
            ORDER BY entity LIMIT $3::bigint
        ) r
        CROSS JOIN LATERAL (
            SELECT count(*) AS commits, min(c.authored_date) AS begun FROM prs_commits c
            WHERE c.tenant_id = r.tenant_id AND c.integration_id = r.integration_id AND c.repository_id = r.repository_id
              AND c.pr_number = r.number AND c.deleted_at IS NULL
        ) c
        CROSS JOIN LATERAL (
            SELECT count(*) AS reviews, count(DISTINCT v.author_login) AS reviewers,
                count(*) FILTER (WHERE v.state = 'APPROVED') AS approvals,
                count(*) FILTER (WHERE v.state = 'CHANGES_REQUESTED') AS changes,
                min(v.submitted_at) FILTER (WHERE v.author_login IS DISTINCT FROM r.author) AS first
            FROM prs_reviews v
            WHERE v.tenant_id = r.tenant_id AND v.integration_id = r.integration_id AND v.repository_id = r.repository_id
              AND v.pr_number = r.number AND v.deleted_at IS NULL AND \(InsightSQL.isPersons)
        ) v
        CROSS JOIN LATERAL (
            SELECT count(*) AS comments FROM prs_comments o
            WHERE o.tenant_id = r.tenant_id AND o.integration_id = r.integration_id AND o.repository_id = r.repository_id
              AND o.pr_number = r.number AND o.deleted_at IS NULL
        ) o
        LEFT JOIN LATERAL (
            SELECT w.key, w.story_points, coalesce(m.wit_to, y.original_name) AS type
            FROM wits_prs_links k
            JOIN work_items w ON w.tenant_id = k.tenant_id AND w.integration_id = k.integration_id AND w.stable_id = k.work_item_id
                AND w.deleted_at IS NULL
            LEFT JOIN wits y ON y.tenant_id = w.tenant_id AND y.integration_id = w.integration_id AND y.stable_id = w.wit_id
            LEFT JOIN wits_mappings m ON m.tenant_id = w.tenant_id AND m.integration_id = w.integration_id
                AND m.wit_from = y.original_name AND m.deleted_at IS NULL
            WHERE k.tenant_id = r.tenant_id AND lower(k.repo_full_name) = lower(r.repository) AND k.pr_number = r.number
              AND k.deleted_at IS NULL
            ORDER BY k.stable_id LIMIT 1
        ) i ON true
        ORDER BY r.entity
        """
}
