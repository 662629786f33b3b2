/// The SQL of the metrics. Each continues a `WITH` whose first part is ``scope``, and gives `grp, period, n, figures`.
///
/// A person should be able to read a metric's statement and know what it counts; that is why nothing here is clever.
enum InsightSQL {
    /// What was asked for, under names.
    static let scope = """
        scope AS (
            SELECT $1::uuid AS tenant, $2::timestamptz AS since, $3::timestamptz AS until, $4::text AS grouping, $5::text AS period,
                $6::text AS project, $7::text AS repository, $8::text AS team, $9::text AS sprint
        )
        """

    /// Work items with the names that they are grouped by.
    static let item = """
        item AS (
            SELECT w.*, p.key AS project, coalesce(w.team, '(no team)') AS team_name,
                coalesce(m.wit_to, y.original_name, '(no type)') AS type_name,
                coalesce(y.untranslated_name, y.original_name, '') AS original_type
            FROM scope s
            JOIN work_items w ON w.tenant_id = s.tenant AND w.deleted_at IS NULL
            LEFT JOIN projects p ON p.tenant_id = w.tenant_id AND p.integration_id = w.integration_id
                AND p.stable_id = w.project_id
            LEFT JOIN wits y ON y.tenant_id = w.tenant_id AND y.integration_id = w.integration_id AND y.stable_id = w.wit_id
            LEFT JOIN wits_mappings m ON m.tenant_id = w.tenant_id AND m.integration_id = w.integration_id
                AND m.wit_from = y.original_name AND m.deleted_at IS NULL
            WHERE (s.project IS NULL OR p.key = s.project) AND (s.team IS NULL OR w.team = s.team)
        )
        """

    /// Pull requests; one that a work item is tied to counts to that item's project and team.
    static let pull = """
        pull AS (
            SELECT r.*, i.project, coalesce(i.team, '(no team)') AS team_name
            FROM scope s
            JOIN prs r ON r.tenant_id = s.tenant AND r.deleted_at IS NULL
            LEFT JOIN LATERAL (
                SELECT p.key AS project, w.team
                FROM wits_prs_links l
                JOIN work_items w ON w.tenant_id = l.tenant_id AND w.integration_id = l.integration_id
                    AND w.stable_id = l.work_item_id AND w.deleted_at IS NULL
                LEFT JOIN projects p ON p.tenant_id = w.tenant_id AND p.integration_id = w.integration_id
                    AND p.stable_id = w.project_id
                WHERE l.tenant_id = r.tenant_id AND lower(l.repo_full_name) = lower(r.repository) AND l.pr_number = r.number
                  AND l.deleted_at IS NULL
                ORDER BY l.stable_id
                LIMIT 1
            ) i ON true
            WHERE (s.repository IS NULL OR lower(r.repository) = lower(s.repository))
              AND (s.project IS NULL OR i.project = s.project) AND (s.team IS NULL OR i.team = s.team)
        )
        """

    /// Whether the review `v` is a person's. A program looks at everything within minutes; GitHub writes `[bot]` behind its name.
    static let isPersons = "coalesce(v.author_login, '') NOT LIKE '%[bot]'"

    /// The first review by a person other than the author.
    static let firstReview = """
        (
            SELECT min(v.submitted_at)
            FROM prs_reviews v
            WHERE v.tenant_id = r.tenant_id AND v.integration_id = r.integration_id AND v.repository_id = r.repository_id
              AND v.pr_number = r.number AND v.deleted_at IS NULL AND v.author_login IS DISTINCT FROM r.author
              AND \(isPersons)
        )
        """

    /// Deployments to production that have come to an end, with the repository's name. GitHub calls one that a later one has
    /// replaced inactive: it had succeeded.
    static let deployment = """
        deployment AS (
            SELECT d.stable_id, d.integration_id, d.repository_id, d.environment, coalesce(r.full_name, d.repository_id) AS repository,
                coalesce(d.finished_at, d.deployed_at) AS at, lower(d.state) IN ('success', 'active', 'inactive') AS succeeded
            FROM scope s
            JOIN deployments d ON d.tenant_id = s.tenant
            LEFT JOIN repositories r ON r.tenant_id = d.tenant_id AND r.integration_id = d.integration_id
                AND r.stable_id = d.repository_id
            WHERE lower(d.state) IN ('success', 'active', 'inactive', 'failure', 'error')
              AND (d.is_production OR d.environment ~* '(^|[^a-z])(prod|production|live)([^a-z]|$)') AND d.deleted_at IS NULL
              AND (s.repository IS NULL OR lower(r.full_name) = lower(s.repository))
        )
        """

    /// Work items that say of themselves, by type or label, that something was broken for users.
    static let incident = """
        incident AS (
            SELECT i.stable_id, i.created AS at, i.project, i.team_name, i.type_name,
                CASE WHEN i.is_done THEN coalesce(i.work_last_completed_at, i.resolved) END AS restored
            FROM item i
            WHERE i.type_name ~* 'incident|outage' OR i.original_type ~* 'incident|outage'
               OR EXISTS (SELECT FROM unnest(i.labels) l WHERE lower(l) IN ('incident', 'outage'))
        )
        """

    /// Continues a SELECT: a work item's group.
    static let itemGroup = """
        CASE s.grouping WHEN 'team' THEN i.team_name WHEN 'project' THEN coalesce(i.project, '(no project)')
            WHEN 'type' THEN i.type_name WHEN 'author' THEN coalesce(i.assignee, '(nobody)') ELSE '' END
        """

    /// A pull request's group.
    static let pullGroup = """
        CASE s.grouping WHEN 'team' THEN r.team_name WHEN 'project' THEN coalesce(r.project, '(no project)')
            WHEN 'repository' THEN r.repository WHEN 'author' THEN coalesce(r.author, '(nobody)') ELSE '' END
        """

    static func period(of moment: String) -> String {
        "to_char(date_trunc(s.period, \(moment) AT TIME ZONE 'UTC'), 'YYYY-MM-DD')"
    }

    static func hours(from start: String, to end: String) -> String {
        "extract(epoch FROM \(end) - \(start))::double precision / 3600"
    }

    /// The share-th percentile, interpolated.
    static func percentile(_ share: String, of value: String) -> String {
        "percentile_cont(\(share)) WITHIN GROUP (ORDER BY \(value))"
    }
}
