/// Sprints: who was in one at a moment, and whether it was done then, follows from the issues' histories.
extension InsightSQL {
    /// `sprint` needs to stand; gives each issue that ever was in one of them, with the changes of its sprints in their order: `times`,
    /// and the sprints before and after each as the source lists them. Of changes in the same instant, the one that was written last
    /// is the last.
    ///
    /// The changes are looked up for each issue by the index: what joins them all at once takes minutes where the planner has no
    /// statistics of a new tenant yet. Entries that were read before fields were known by their ids name the field only.
    private static let member = """
        member AS MATERIALIZED (
            SELECT b.sprint_id, i.*, m.times, m.before, m.after
            FROM item i
            LEFT JOIN LATERAL (
                SELECT array_agg(c.transition_change_date ORDER BY \(inOrder)) AS times,
                    array_agg(coalesce(e.item->>'from', '') ORDER BY \(inOrder)) AS before,
                    array_agg(coalesce(e.item->>'to', '') ORDER BY \(inOrder)) AS after
                FROM changelogs c
                CROSS JOIN jsonb_array_elements(c.items) WITH ORDINALITY AS e (item, place)
                WHERE c.tenant_id = i.tenant_id AND c.integration_id = i.integration_id AND c.work_item_id = i.stable_id
                  AND c.deleted_at IS NULL AND (c.items @> '[{"role": "sprint"}]' OR c.items @> '[{"field": "Sprint"}]')
                  AND coalesce(
                      e.item->>'role', CASE WHEN e.item->>'fieldId' IS NULL AND e.item->>'field' = 'Sprint' THEN 'sprint' END
                  ) = 'sprint'
            ) m ON true
            CROSS JOIN LATERAL (
                SELECT unnest(i.sprint_ids) AS sprint_id
                UNION
                SELECT unnest(string_to_array(l.list, ', ')) FROM unnest(m.before || m.after) AS l (list)
            ) b
            WHERE EXISTS (SELECT FROM sprint t WHERE t.integration_id = i.integration_id AND t.stable_id = b.sprint_id)
        )
        """

    private static let inOrder = "c.transition_change_date, length(c.stable_id), c.stable_id, e.place"

    /// Whether the member `i` was in its sprint at a moment: by the last change before it, else by the first after it, else as it
    /// is now; never before the issue was created.
    private static func isIn(at moment: String) -> String {
        """
        (i.created <= \(moment) AND coalesce(
            (
                SELECT i.sprint_id = ANY (string_to_array(x.after, ', '))
                FROM unnest(i.times, i.after) WITH ORDINALITY AS x (at, after, place)
                WHERE x.at <= \(moment)
                ORDER BY x.place DESC LIMIT 1
            ),
            (
                SELECT i.sprint_id = ANY (string_to_array(x.before, ', '))
                FROM unnest(i.times, i.before) WITH ORDINALITY AS x (at, before, place)
                WHERE x.at > \(moment)
                ORDER BY x.place LIMIT 1
            ),
            i.sprint_ids @> ARRAY[i.sprint_id]
        ))
        """
    }

    /// Whether the member `i` stood in a status that counts as done at a moment: the status of the last change before it, else the one
    /// that the first change after it left, else the present one, which it then has had from the beginning. An issue that is done
    /// without any history came to be done when it was resolved. A change to a status that nobody knows changes nothing.
    ///
    /// A status counts as its mapping says, the project's own before that of all projects; without one, as Jira says. One that has
    /// been deleted since still counts for the time in which it stood.
    private static func isDone(at moment: String) -> String {
        """
        (i.created <= \(moment) AND coalesce((
            SELECT coalesce(own.status_category, shared.status_category, u.category) = 'done'
                AND (h.is_change OR coalesce(i.resolved, i.created) <= \(moment))
            FROM (
                (
                    SELECT c.to_status_id AS status_id, true AS is_change, 1 AS rank
                    FROM changelogs c
                    WHERE c.tenant_id = i.tenant_id AND c.integration_id = i.integration_id AND c.work_item_id = i.stable_id
                      AND c.to_status_id IS NOT NULL AND c.deleted_at IS NULL AND c.transition_change_date <= \(moment)
                      AND EXISTS (
                          SELECT FROM statuses k
                          WHERE k.tenant_id = i.tenant_id AND k.integration_id = i.integration_id AND k.stable_id = c.to_status_id
                      )
                    ORDER BY c.transition_change_date DESC, length(c.stable_id) DESC, c.stable_id DESC LIMIT 1
                ) UNION ALL (
                    SELECT c.from_status_id, true, 2
                    FROM changelogs c
                    WHERE c.tenant_id = i.tenant_id AND c.integration_id = i.integration_id AND c.work_item_id = i.stable_id
                      AND c.to_status_id IS NOT NULL AND c.deleted_at IS NULL AND c.transition_change_date > \(moment)
                    ORDER BY c.transition_change_date, length(c.stable_id), c.stable_id LIMIT 1
                ) UNION ALL
                SELECT i.status_id, false, 3
                ORDER BY rank LIMIT 1
            ) h
            JOIN statuses u ON u.tenant_id = i.tenant_id AND u.integration_id = i.integration_id AND u.stable_id = h.status_id
            LEFT JOIN statuses_mappings own ON own.tenant_id = i.tenant_id AND own.integration_id = i.integration_id
                AND own.project = i.project AND own.status_from = u.original_name AND own.deleted_at IS NULL
            LEFT JOIN statuses_mappings shared ON shared.tenant_id = i.tenant_id AND shared.integration_id = i.integration_id
                AND shared.project = '*' AND shared.status_from = u.original_name AND shared.deleted_at IS NULL
        ), false))
        """
    }

    /// The name of a sprint, with its id where another one of those asked for has the same.
    private static let label =
        "CASE WHEN count(*) OVER (PARTITION BY t.name) = 1 THEN t.name ELSE concat(t.name, ' (', t.stable_id, ')') END AS label"

    /// Sprints that began within the window.
    static let sprints = """
        \(item), sprint AS (
            SELECT t.*, coalesce(t.completed_at, t.ends_at, s.until) AS ended,
                \(label)
            FROM scope s
            JOIN sprints t ON t.tenant_id = s.tenant AND t.started_at >= s.since AND t.started_at < s.until
                AND t.deleted_at IS NULL
            WHERE s.sprint IS NULL OR t.stable_id = s.sprint OR t.name = s.sprint
        ), \(member), judged AS MATERIALIZED (
            SELECT t.label, t.stable_id, t.integration_id, t.started_at, i.story_points AS points,
                \(isIn(at: "t.started_at")) AS at_start, \(isIn(at: "t.ended")) AS at_end,
                \(isDone(at: "t.started_at")) AS done_at_start, \(isDone(at: "t.ended")) AS done_at_end
            FROM sprint t
            JOIN member i ON i.sprint_id = t.stable_id AND i.integration_id = t.integration_id
        ), counted AS (
            -- What was done at the start and still is at the end was no work of this sprint; what was reopened meanwhile came to it.
            SELECT j.*, at_start AND NOT done_at_start AS committed, at_end AND NOT (done_at_start AND done_at_end) AS stayed
            FROM judged j
        )
        SELECT label AS grp, to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS period, count(*) AS n,
            jsonb_build_object(
                'committed_items', count(*) FILTER (WHERE committed),
                'committed_points', coalesce(sum(points) FILTER (WHERE committed), 0),
                'added_items', count(*) FILTER (WHERE stayed AND NOT committed),
                'added_points', coalesce(sum(points) FILTER (WHERE stayed AND NOT committed), 0),
                'removed_items', count(*) FILTER (WHERE committed AND NOT at_end),
                'removed_points', coalesce(sum(points) FILTER (WHERE committed AND NOT at_end), 0),
                'completed_items', count(*) FILTER (WHERE stayed AND done_at_end),
                'velocity_points', coalesce(sum(points) FILTER (WHERE stayed AND done_at_end), 0),
                'completion',
                    count(*) FILTER (WHERE stayed AND done_at_end)::double precision / nullif(count(*) FILTER (WHERE stayed), 0),
                'carried_over_items', count(*) FILTER (WHERE stayed AND NOT done_at_end),
                'carried_over_points', coalesce(sum(points) FILTER (WHERE stayed AND NOT done_at_end), 0)
            )::text AS figures
        FROM counted
        WHERE committed OR stayed
        GROUP BY label, integration_id, stable_id, started_at
        ORDER BY started_at, label, integration_id
        """

    /// What was left at the end of each day, the day of the start included; days that have not come yet are left out.
    static let burndown = """
        \(item), sprint AS (
            SELECT t.*, least(coalesce(t.completed_at, t.ends_at, s.until), s.until) AS ended,
                \(label)
            FROM scope s
            JOIN sprints t ON t.tenant_id = s.tenant AND t.started_at IS NOT NULL AND (t.stable_id = s.sprint OR t.name = s.sprint)
                AND t.deleted_at IS NULL
        ), \(member), moment AS (
            SELECT t.stable_id, t.integration_id, t.label, t.started_at, t.ended, d.day,
                least((d.day + interval '1 day') AT TIME ZONE 'UTC', t.ended) AS at
            FROM sprint t
            CROSS JOIN LATERAL generate_series(
                date_trunc('day', t.started_at AT TIME ZONE 'UTC'), date_trunc('day', t.ended AT TIME ZONE 'UTC'), interval '1 day'
            ) AS d (day)
        ), judged AS MATERIALIZED (
            SELECT m.integration_id, m.stable_id AS sprint_id, m.label, m.day, i.story_points AS points, \(isIn(at: "m.at")) AS is_in, \(isDone(at: "m.at")) AS is_done,
                \(isDone(at: "m.started_at")) AS done_at_start
            FROM moment m
            JOIN member i ON i.sprint_id = m.stable_id AND i.integration_id = m.integration_id
        ), counted AS (
            SELECT * FROM judged WHERE is_in AND NOT (done_at_start AND is_done)
        )
        SELECT d.label AS grp, to_char(d.day, 'YYYY-MM-DD') AS period, count(c.day) AS n,
            jsonb_build_object(
                'remaining_items', count(*) FILTER (WHERE NOT c.is_done),
                'remaining_points', coalesce(sum(c.points) FILTER (WHERE NOT c.is_done), 0),
                'done_items', count(*) FILTER (WHERE c.is_done),
                'done_points', coalesce(sum(c.points) FILTER (WHERE c.is_done), 0)
            )::text AS figures
        FROM (SELECT DISTINCT integration_id, sprint_id, label, day FROM judged) d
        LEFT JOIN counted c ON c.integration_id = d.integration_id AND c.sprint_id = d.sprint_id AND c.day = d.day
        GROUP BY d.integration_id, d.sprint_id, d.label, d.day
        ORDER BY d.label, d.integration_id, d.sprint_id, d.day
        """
}
