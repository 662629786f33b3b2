/// How a team reviews.
extension InsightSQL {
    static let timeToFirstReview = """
        \(pull), waited AS (
            SELECT \(pullGroup) AS grp, \(period(of: "r.pr_created_at")) AS period, r.pr_created_at AS opened,
                \(firstReview) AS reviewed, r.state
            FROM scope s
            -- A draft asks for no review yet.
            JOIN pull r ON r.pr_created_at >= s.since AND r.pr_created_at < s.until AND NOT (r.is_draft AND r.state = 'open')
        )
        SELECT grp, period, count(*) AS n,
            jsonb_build_object(
                'hours_p50', \(percentile("0.5", of: hours(from: "opened", to: "reviewed"))),
                'hours_p85', \(percentile("0.85", of: hours(from: "opened", to: "reviewed"))),
                'hours_mean', avg(\(hours(from: "opened", to: "reviewed"))),
                'reviewed', count(reviewed)::double precision / count(*),
                'merged_without_review', count(*) FILTER (WHERE reviewed IS NULL AND state = 'merged'),
                'waiting', count(*) FILTER (WHERE reviewed IS NULL AND state = 'open')
            )::text AS figures
        FROM waited
        GROUP BY grp, period
        ORDER BY grp, period
        """

    /// By reviewer, whatever the grouping; one's reviews of one's own pull requests do not count.
    static let reviewLoad = """
        \(pull)
        SELECT coalesce(v.author_login, '(deleted user)') AS grp, \(period(of: "v.submitted_at")) AS period, count(*) AS n,
            jsonb_build_object(
                'pull_requests', count(DISTINCT r.entity), 'approvals', count(*) FILTER (WHERE v.state = 'APPROVED'),
                'changes_requested', count(*) FILTER (WHERE v.state = 'CHANGES_REQUESTED'),
                'share', count(*)::double precision / sum(count(*)) OVER ()
            )::text AS figures
        FROM scope s
        JOIN pull r ON true
        JOIN prs_reviews v ON v.tenant_id = r.tenant_id AND v.integration_id = r.integration_id
            AND v.repository_id = r.repository_id AND v.pr_number = r.number AND v.deleted_at IS NULL
            AND v.author_login IS DISTINCT FROM r.author AND v.submitted_at >= s.since AND v.submitted_at < s.until
        GROUP BY 1, 2
        ORDER BY 1, 2
        """

    static let pullRequestSize = """
        \(pull), sized AS (
            SELECT \(pullGroup) AS grp, \(period(of: "r.pr_created_at")) AS period,
                (r.additions + r.deletions)::double precision AS lines, r.changed_files::double precision AS files,
                r.commit_count::double precision AS commits
            FROM scope s
            JOIN pull r ON r.pr_created_at >= s.since AND r.pr_created_at < s.until
        )
        SELECT grp, period, count(*) AS n,
            jsonb_build_object(
                'lines_p50', \(percentile("0.5", of: "lines")), 'lines_p85', \(percentile("0.85", of: "lines")),
                'lines_mean', avg(lines), 'files_p50', \(percentile("0.5", of: "files")),
                'commits_p50', \(percentile("0.5", of: "commits")),
                'up_to_200_lines', count(*) FILTER (WHERE lines <= 200)::double precision / nullif(count(lines), 0),
                'over_1000_lines', count(*) FILTER (WHERE lines > 1000)::double precision / nullif(count(lines), 0)
            )::text AS figures
        FROM sized
        GROUP BY grp, period
        ORDER BY grp, period
        """
}
