import PulseModel

extension QualityRule {
    private static let history = """
        LEFT JOIN LATERAL (
            SELECT c.to_status_id FROM changelogs c
            WHERE c.tenant_id = t.tenant_id AND c.integration_id = t.integration_id AND c.work_item_id = t.stable_id
              AND c.to_status_id IS NOT NULL AND c.deleted_at IS NULL
            ORDER BY c.transition_change_date DESC, length(c.stable_id) DESC, c.stable_id DESC
            LIMIT 1
        ) h ON true
        """

    private static let issueOfChange = """
        LEFT JOIN work_items w ON w.tenant_id = t.tenant_id AND w.integration_id = t.integration_id
            AND w.stable_id = t.work_item_id
        """

    static let jira: [QualityRule] = [
        QualityRule(
            "issue_described",
            .completeness,
            .workItems,
            "work items have a description",
            weight: 0.25,
            broken: "t.description IS NULL",
            reason: "'it has no description'"
        ),
        QualityRule(
            "issue_assigned",
            .completeness,
            .workItems,
            "work in progress is somebody's",
            weight: 0.5,
            among: "t.is_in_progress",
            broken: "t.assignee IS NULL",
            reason: "'it is in progress and nobody''s'"
        ),
        QualityRule(
            "issue_status_known",
            .consistency,
            .workItems,
            "the status of a work item is among the site's",
            joins: """
                LEFT JOIN statuses s ON s.tenant_id = t.tenant_id AND s.integration_id = t.integration_id
                    AND s.stable_id = t.status_id AND s.deleted_at IS NULL
                """,
            broken: "s.stable_id IS NULL",
            reason: "'its status ' || t.status_id || ' is unknown'"
        ),
        QualityRule(
            "issue_type_known",
            .consistency,
            .workItems,
            "the type of a work item is among the site's",
            joins: """
                LEFT JOIN wits y ON y.tenant_id = t.tenant_id AND y.integration_id = t.integration_id
                    AND y.stable_id = t.wit_id AND y.deleted_at IS NULL
                """,
            broken: "y.stable_id IS NULL",
            reason: "'its type ' || t.wit_id || ' is unknown'"
        ),
        QualityRule(
            "issue_project_known",
            .consistency,
            .workItems,
            "the project of a work item is known, and its key begins the item's",
            joins: """
                LEFT JOIN projects p ON p.tenant_id = t.tenant_id AND p.integration_id = t.integration_id
                    AND p.stable_id = t.project_id AND p.deleted_at IS NULL
                """,
            broken: "p.stable_id IS NULL OR p.key <> regexp_replace(t.key, '-[0-9]+$', '')",
            reason: """
                CASE WHEN p.stable_id IS NULL THEN 'its project ' || t.project_id || ' is unknown'
                    ELSE 'its key is not one of its project ' || p.key END
                """
        ),
        QualityRule(
            "issue_parent_known",
            .consistency,
            .workItems,
            "the parent of a work item is known",
            weight: 0.5,
            joins: """
                LEFT JOIN work_items u ON u.tenant_id = t.tenant_id AND u.integration_id = t.integration_id
                    AND (u.stable_id = t.parent_id OR (t.parent_id IS NULL AND u.key = t.parent_key)) AND u.deleted_at IS NULL
                """,
            among: "t.parent_id IS NOT NULL OR t.parent_key IS NOT NULL",
            broken: "u.stable_id IS NULL",
            reason: "'its parent ' || coalesce(t.parent_key, t.parent_id) || ' is unknown'"
        ),
        QualityRule(
            "issue_history_agrees",
            .consistency,
            .workItems,
            "a work item stands where its history ends",
            joins: Self.history,
            among: "h.to_status_id IS NOT NULL",
            broken: "h.to_status_id <> t.status_id",
            reason: "'it stands in status ' || t.status_id || ', its history ends in ' || h.to_status_id"
        ),
        QualityRule(
            "issue_key_unique",
            .consistency,
            .workItems,
            "no two work items have the same key",
            joins: """
                LEFT JOIN LATERAL (
                    SELECT u.stable_id FROM work_items u
                    WHERE u.tenant_id = t.tenant_id AND u.integration_id = t.integration_id AND u.key = t.key
                      AND u.entity <> t.entity AND u.deleted_at IS NULL LIMIT 1
                ) u ON true
                """,
            broken: "u.stable_id IS NOT NULL",
            reason: "'the work items ' || t.stable_id || ' and ' || u.stable_id || ' both have it'"
        ),
        QualityRule(
            "history_belongs",
            .consistency,
            .changelogs,
            "each entry of a history belongs to a known work item",
            joins: Self.issueOfChange,
            broken: "w.stable_id IS NULL",
            reason: "'its work item ' || t.work_item_id || ' is unknown'"
        ),
        QualityRule(
            "issue_dates_ordered",
            .accuracy,
            .workItems,
            "a work item is updated and resolved after it was created",
            broken: "t.updated < t.created OR t.resolved < t.created",
            reason: """
                CASE WHEN t.updated < t.created THEN 'it was updated before it was created'
                    ELSE 'it was resolved before it was created' END
                """
        ),
        QualityRule(
            "issue_points_possible",
            .accuracy,
            .workItems,
            "story points lie between 0 and 1000",
            among: "t.story_points IS NOT NULL",
            broken: "t.story_points < 0 OR t.story_points > 1000",
            reason: "'it has ' || t.story_points || ' story points'"
        ),
        QualityRule(
            "issue_resolution_agrees",
            .accuracy,
            .workItems,
            "what is resolved counts as done",
            weight: 0.5,
            among: "t.resolved IS NOT NULL",
            broken: "NOT t.is_done",
            reason: "'it is resolved, but its status does not count as done'"
        ),
        QualityRule(
            "history_dates_ordered",
            .accuracy,
            .changelogs,
            "histories begin after their work item was created and last no negative time",
            joins: Self.issueOfChange,
            among: "w.stable_id IS NOT NULL",
            // Jira rounds.
            broken: "t.transition_change_date < w.created - interval '1 second' OR t.time_in_status_seconds < 0",
            reason: "'it is of ' || t.transition_change_date || ', before ' || w.key || ' was created'"
        ),
    ]
}
