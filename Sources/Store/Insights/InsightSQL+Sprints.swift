/// Sprints: who was in one at a moment follows from the changes of the issues' sprint field.
extension InsightSQL {
    /// `sprint` needs to stand; gives each issue that ever was in one of them.
    private static let member = """
        move AS (
            SELECT c.integration_id, c.work_item_id, c.transition_change_date AS at,
                string_to_array(coalesce(e->>'from', ''), ', ') AS before, string_to_array(coalesce(e->>'to', ''), ', ') AS after
            FROM scope s
            JOIN changelogs c ON c.tenant_id = s.tenant AND c.deleted_at IS NULL AND c.items @> '[{"field": "Sprint"}]'
            CROSS JOIN jsonb_array_elements(c.items) e
            WHERE e->>'field' = 'Sprint'
        ), member AS (
            SELECT t.stable_id AS sprint_id, i.*
            FROM sprint t
            JOIN item i ON i.integration_id = t.integration_id
            WHERE i.sprint_ids @> ARRAY[t.stable_id]
               OR EXISTS (
                   SELECT FROM move m
                   WHERE m.integration_id = i.integration_id AND m.work_item_id = i.stable_id
                     AND (t.stable_id = ANY (m.before) OR t.stable_id = ANY (m.after))
               )
        )
        """

    /// Whether the member `i` was in its sprint at a moment: by the last change before it, else by the first after it, else as it
    /// is now; never before the issue was created.
    private static func isIn(at moment: String) -> String {
        """
        (i.created <= \(moment) AND coalesce(
            (
                SELECT i.sprint_id = ANY (x.after) FROM move x
                WHERE x.integration_id = i.integration_id AND x.work_item_id = i.stable_id AND x.at <= \(moment)
                ORDER BY x.at DESC LIMIT 1
            ),
            (
                SELECT i.sprint_id = ANY (x.before) FROM move x
                WHERE x.integration_id = i.integration_id AND x.work_item_id = i.stable_id AND x.at > \(moment)
                ORDER BY x.at LIMIT 1
            ),
            i.sprint_ids @> ARRAY[i.sprint_id]
        ))
        """
    }

    /// Sprints that began within the window.
    static let sprints = """
        \(item), sprint AS (
            SELECT t.*, coalesce(t.completed_at, t.ends_at, s.until) AS ended
            FROM scope s
            JOIN sprints t ON t.tenant_id = s.tenant AND t.started_at >= s.since AND t.started_at < s.until
            WHERE s.sprint IS NULL OR t.stable_id = s.sprint OR t.name = s.sprint
        ), \(member), judged AS (
            SELECT t.name, t.stable_id, t.started_at, i.story_points AS points,
                \(isIn(at: "t.started_at")) AS at_start, \(isIn(at: "t.ended")) AS at_end,
                coalesce(i.work_first_completed_at < t.started_at AND i.work_last_completed_at < t.started_at, false) AS done_before,
                coalesce(
                    i.work_first_completed_at BETWEEN t.started_at AND t.ended
                    OR i.work_last_completed_at BETWEEN t.started_at AND t.ended,
                    false
                ) AS done_within
            FROM sprint t
            JOIN member i ON i.sprint_id = t.stable_id AND i.integration_id = t.integration_id
        ), relevant AS (
            SELECT j.*, at_end AND done_within AS completed, at_start AND NOT at_end AS removed, at_end AND NOT at_start AS added
            FROM judged j
            WHERE (at_start OR at_end) AND NOT done_before
        )
        SELECT name AS grp, to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS period, count(*) AS n,
            jsonb_build_object(
                'committed_items', count(*) FILTER (WHERE at_start),
                'committed_points', coalesce(sum(points) FILTER (WHERE at_start), 0),
                'added_items', count(*) FILTER (WHERE added), 'added_points', coalesce(sum(points) FILTER (WHERE added), 0),
                'removed_items', count(*) FILTER (WHERE removed),
                'removed_points', coalesce(sum(points) FILTER (WHERE removed), 0),
                'completed_items', count(*) FILTER (WHERE completed),
                'velocity_points', coalesce(sum(points) FILTER (WHERE completed), 0),
                'completion', count(*) FILTER (WHERE completed)::double precision / nullif(count(*) FILTER (WHERE at_end), 0),
                'carried_over_items', count(*) FILTER (WHERE at_end AND NOT done_within),
                'carried_over_points', coalesce(sum(points) FILTER (WHERE at_end AND NOT done_within), 0)
            )::text AS figures
        FROM relevant
        GROUP BY name, stable_id, started_at
        ORDER BY started_at, name
        """

    /// What was left at the end of each day, the day of the start included; days that have not come yet are left out.
    static let burndown = """
        \(item), sprint AS (
            SELECT t.*, least(coalesce(t.completed_at, t.ends_at, s.until), s.until) AS ended
            FROM scope s
            JOIN sprints t ON t.tenant_id = s.tenant AND t.started_at IS NOT NULL AND (t.stable_id = s.sprint OR t.name = s.sprint)
        ), \(member), moment AS (
            SELECT t.stable_id, t.integration_id, t.name, t.started_at, t.ended, d.day,
                least((d.day + interval '1 day') AT TIME ZONE 'UTC', t.ended) AS at
            FROM sprint t
            CROSS JOIN LATERAL generate_series(
                date_trunc('day', t.started_at AT TIME ZONE 'UTC'), date_trunc('day', t.ended AT TIME ZONE 'UTC'), interval '1 day'
            ) AS d (day)
        ), judged AS (
            SELECT m.name, m.day, i.story_points AS points, \(isIn(at: "m.at")) AS is_in,
                coalesce(i.work_last_completed_at <= m.at OR i.work_first_completed_at <= m.at, false) AS is_done
            FROM moment m
            JOIN member i ON i.sprint_id = m.stable_id AND i.integration_id = m.integration_id
            WHERE i.work_last_completed_at IS NULL OR i.work_last_completed_at >= m.started_at
        )
        SELECT name AS grp, to_char(day, 'YYYY-MM-DD') AS period, count(*) FILTER (WHERE is_in) AS n,
            jsonb_build_object(
                'remaining_items', count(*) FILTER (WHERE is_in AND NOT is_done),
                'remaining_points', coalesce(sum(points) FILTER (WHERE is_in AND NOT is_done), 0),
                'done_items', count(*) FILTER (WHERE is_in AND is_done),
                'done_points', coalesce(sum(points) FILTER (WHERE is_in AND is_done), 0)
            )::text AS figures
        FROM judged
        GROUP BY name, day
        ORDER BY name, day
        """
}
