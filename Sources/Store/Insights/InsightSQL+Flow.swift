/// The flow of work items.
extension InsightSQL {
    static let cycleTime = """
        \(item)
        SELECT \(itemGroup) AS grp, \(period(of: "i.work_last_completed_at")) AS period, count(*) AS n,
            jsonb_build_object(
                'cycle_hours_p50', \(percentile("0.5", of: "i.total_cycle_time_seconds / 3600")),
                'cycle_hours_p85', \(percentile("0.85", of: "i.total_cycle_time_seconds / 3600")),
                'cycle_hours_mean', avg(i.total_cycle_time_seconds / 3600),
                'lead_hours_p50', \(percentile("0.5", of: "i.total_lead_time_seconds / 3600")),
                'lead_hours_p85', \(percentile("0.85", of: "i.total_lead_time_seconds / 3600")),
                'lead_hours_mean', avg(i.total_lead_time_seconds / 3600),
                'work_hours_mean', avg(i.total_work_time_seconds / 3600),
                'review_hours_mean', avg(i.total_review_time_seconds / 3600),
                'reworked', count(*) FILTER (WHERE i.rework_indicator)::double precision / count(*),
                'never_in_progress', count(*) FILTER (WHERE i.direct_completion)
            )::text AS figures
        FROM scope s
        JOIN item i ON i.is_done AND i.work_last_completed_at >= s.since AND i.work_last_completed_at < s.until
        GROUP BY 1, 2
        ORDER BY 1, 2
        """

    static let throughput = """
        \(item)
        SELECT \(itemGroup) AS grp, \(period(of: "i.work_last_completed_at")) AS period, count(*) AS n,
            jsonb_build_object('points', coalesce(sum(i.story_points), 0), 'estimated', count(i.story_points))::text AS figures
        FROM scope s
        JOIN item i ON i.is_done AND i.work_last_completed_at >= s.since AND i.work_last_completed_at < s.until
        GROUP BY 1, 2
        ORDER BY 1, 2
        """

    /// By the status that was left; the group, where there is one, stands before it.
    static let timeInStatus = """
        \(item)
        SELECT concat_ws(' / ', nullif(\(itemGroup), ''), coalesce(f.original_name, c.from_status_id)) AS grp,
            \(period(of: "c.transition_change_date")) AS period, count(*) AS n,
            jsonb_build_object(
                'hours_p50', \(percentile("0.5", of: "c.time_in_status_seconds / 3600")),
                'hours_p85', \(percentile("0.85", of: "c.time_in_status_seconds / 3600")),
                'hours_mean', avg(c.time_in_status_seconds / 3600), 'hours_sum', sum(c.time_in_status_seconds / 3600)
            )::text AS figures
        FROM scope s
        JOIN changelogs c ON c.tenant_id = s.tenant AND c.deleted_at IS NULL AND c.time_in_status_seconds IS NOT NULL
            AND c.from_status_id IS NOT NULL AND c.transition_change_date >= s.since AND c.transition_change_date < s.until
        JOIN item i ON i.integration_id = c.integration_id AND i.stable_id = c.work_item_id
        LEFT JOIN statuses f ON f.tenant_id = c.tenant_id AND f.integration_id = c.integration_id
            AND f.stable_id = c.from_status_id
        GROUP BY 1, 2
        ORDER BY 1, 2
        """

    /// As it stands now; the end of the window is the moment up to which ages are counted.
    static let workInProgress = """
        \(item)
        SELECT \(itemGroup) AS grp, NULL::text AS period, count(*) AS n,
            jsonb_build_object(
                'age_days_p50', \(percentile("0.5", of: hours(from: "i.work_last_started_at", to: "s.until") + " / 24")),
                'age_days_p85', \(percentile("0.85", of: hours(from: "i.work_last_started_at", to: "s.until") + " / 24")),
                'age_days_max', max(\(hours(from: "i.work_last_started_at", to: "s.until")) / 24),
                'points', coalesce(sum(i.story_points), 0)
            )::text AS figures
        FROM scope s
        JOIN item i ON i.is_in_progress AND i.work_last_started_at < s.until
        GROUP BY 1
        ORDER BY 1
        """
}
