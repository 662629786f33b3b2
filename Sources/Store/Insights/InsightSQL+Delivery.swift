/// The four DORA metrics.
extension InsightSQL {
    static let leadTimeForChanges = """
        \(pull), \(deployment), change AS (
            SELECT r.*, least(b.begun, r.pr_created_at) AS begun, least(b.reviewed, r.merged_at) AS reviewed,
                coalesce(d.at, e.at) AS deployed
            FROM scope s
            JOIN pull r ON r.merged_at >= s.since AND r.merged_at < s.until
            CROSS JOIN LATERAL (
                SELECT
                    (
                        SELECT min(c.authored_date)
                        FROM prs_commits c
                        WHERE c.tenant_id = r.tenant_id AND c.integration_id = r.integration_id
                          AND c.repository_id = r.repository_id AND c.pr_number = r.number AND c.deleted_at IS NULL
                    ) AS begun,
                    \(firstReview) AS reviewed
            ) b
            LEFT JOIN LATERAL (
                SELECT d.at FROM deployment d
                WHERE d.integration_id = r.integration_id AND d.repository_id = r.repository_id AND d.succeeded
                  AND d.at >= r.merged_at
                ORDER BY d.at LIMIT 1
            ) d ON true
            -- Where a repository is not deployed through its host, a published release is what brings a change to users.
            LEFT JOIN LATERAL (
                SELECT e.published_at AS at FROM releases e
                WHERE e.tenant_id = r.tenant_id AND e.integration_id = r.integration_id AND e.repository_id = r.repository_id
                  AND NOT e.is_prerelease AND NOT e.is_draft AND e.deleted_at IS NULL AND e.published_at >= r.merged_at
                  AND NOT EXISTS (
                      SELECT FROM deployment x WHERE x.integration_id = r.integration_id AND x.repository_id = r.repository_id
                  )
                ORDER BY e.published_at LIMIT 1
            ) e ON true
        ), part AS (
            SELECT \(pullGroup) AS grp, \(period(of: "r.merged_at")) AS period, r.deployed IS NOT NULL AS is_deployed,
                \(hours(from: "r.begun", to: "r.pr_created_at")) AS coding,
                \(hours(from: "r.pr_created_at", to: "coalesce(r.reviewed, r.merged_at)")) AS pickup,
                \(hours(from: "coalesce(r.reviewed, r.merged_at)", to: "r.merged_at")) AS review,
                \(hours(from: "r.merged_at", to: "r.deployed")) AS deploy,
                \(hours(from: "r.begun", to: "r.deployed")) AS total
            FROM scope s
            CROSS JOIN change r
        )
        SELECT grp, period, count(*) AS n,
            jsonb_build_object(
                'deployed', count(*) FILTER (WHERE is_deployed),
                'total_hours_p50', \(percentile("0.5", of: "total")), 'total_hours_p85', \(percentile("0.85", of: "total")),
                'coding_hours_p50', \(percentile("0.5", of: "coding")), 'pickup_hours_p50', \(percentile("0.5", of: "pickup")),
                'review_hours_p50', \(percentile("0.5", of: "review")), 'deploy_hours_p50', \(percentile("0.5", of: "deploy")),
                'coding_hours_mean', avg(coding), 'pickup_hours_mean', avg(pickup), 'review_hours_mean', avg(review),
                'deploy_hours_mean', avg(deploy), 'total_hours_mean', avg(total)
            )::text AS figures
        FROM part
        GROUP BY grp, period
        ORDER BY grp, period
        """

    static let deploymentFrequency = """
        \(deployment), counted AS (
            SELECT CASE s.grouping WHEN 'repository' THEN d.repository ELSE '' END AS grp,
                date_trunc(s.period, d.at AT TIME ZONE 'UTC') AS start, (d.at AT TIME ZONE 'UTC')::date AS day
            FROM scope s
            JOIN deployment d ON d.succeeded AND d.at >= s.since AND d.at < s.until
        ), grouped AS (
            SELECT grp, start, count(*) AS n, count(DISTINCT day) AS days FROM counted GROUP BY grp, start
        ), measured AS (
            -- A period that is cut off by the window counts for the part that lies in it.
            SELECT g.*, extract(epoch FROM
                least(coalesce((g.start + ('1 ' || s.period)::interval) AT TIME ZONE 'UTC', s.until), s.until)
                - greatest(coalesce(g.start AT TIME ZONE 'UTC', s.since), s.since))::double precision / 86400 AS length
            FROM scope s
            CROSS JOIN grouped g
        )
        SELECT grp, to_char(start, 'YYYY-MM-DD') AS period, n,
            jsonb_build_object(
                'per_day', n / nullif(length, 0), 'per_week', 7 * n / nullif(length, 0), 'days_with_deployments', days
            )::text AS figures
        FROM measured
        ORDER BY grp, period
        """

    /// An incident is laid to the last deployment before it, of whichever repository in scope.
    static let changeFailureRate = """
        \(item), \(deployment), \(incident), blamed AS (
            SELECT DISTINCT d.stable_id
            FROM incident i
            CROSS JOIN LATERAL (
                SELECT d.stable_id FROM deployment d WHERE d.succeeded AND d.at <= i.at ORDER BY d.at DESC, d.stable_id LIMIT 1
            ) d
        ), judged AS (
            SELECT CASE s.grouping WHEN 'repository' THEN d.repository ELSE '' END AS grp, \(period(of: "d.at")) AS period,
                NOT d.succeeded AS broke, d.stable_id IN (SELECT stable_id FROM blamed) AS led_to_incident
            FROM scope s
            JOIN deployment d ON d.at >= s.since AND d.at < s.until
        )
        SELECT grp, period, count(*) AS n,
            jsonb_build_object(
                'rate', count(*) FILTER (WHERE broke OR led_to_incident)::double precision / count(*),
                'failed_deployments', count(*) FILTER (WHERE broke),
                'deployments_before_incidents', count(*) FILTER (WHERE led_to_incident)
            )::text AS figures
        FROM judged
        GROUP BY grp, period
        ORDER BY grp, period
        """

    static let timeToRestore = """
        \(item), \(deployment), \(incident), failure AS (
            SELECT CASE s.grouping WHEN 'team' THEN i.team_name WHEN 'project' THEN coalesce(i.project, '(no project)')
                    WHEN 'type' THEN i.type_name ELSE '' END AS grp, i.at, i.restored
            FROM scope s
            CROSS JOIN incident i
            UNION ALL
            SELECT CASE s.grouping WHEN 'repository' THEN d.repository ELSE '' END, d.at,
                (
                    SELECT min(n.at) FROM deployment n
                    WHERE n.integration_id = d.integration_id AND n.repository_id = d.repository_id
                      AND n.environment = d.environment AND n.succeeded AND n.at > d.at
                )
            FROM scope s
            JOIN deployment d ON NOT d.succeeded
            -- Who asks by project or team asks for its incidents.
            WHERE s.project IS NULL AND s.team IS NULL AND s.grouping IN ('none', 'repository')
        )
        SELECT f.grp, \(period(of: "f.at")) AS period, count(*) AS n,
            jsonb_build_object(
                'hours_p50', \(percentile("0.5", of: hours(from: "f.at", to: "f.restored"))),
                'hours_p85', \(percentile("0.85", of: hours(from: "f.at", to: "f.restored"))),
                'hours_mean', avg(\(hours(from: "f.at", to: "f.restored"))),
                'still_open', count(*) FILTER (WHERE f.restored IS NULL)
            )::text AS figures
        FROM scope s
        JOIN failure f ON f.at >= s.since AND f.at < s.until
        GROUP BY 1, 2
        ORDER BY 1, 2
        """
}
