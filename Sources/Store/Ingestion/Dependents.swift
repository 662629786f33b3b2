import PulseModel

/// Which documents show something of a changed row, as a query over the rows that changed.
///
/// Each query gives `integration_id, table_name, external_id, entity`; `$1` is the tenant, `$2` the integration, `$3` the stable
/// ids of the rows that changed.
enum Dependents {
    /// The documents of one table.
    struct Relation {
        var table: EntityTable
        var query: String
    }

    /// - Returns: one for each table at most.
    static func relations(of table: EntityTable) -> [Relation] {
        switch table {
        case .projects:
            [
                Self.rows(.workItems, where: "t.project_id = ANY ($3)"), Self.rows(.wits, where: "t.project_id = ANY ($3)"),
                Self.rows(.statuses, where: "t.project_id = ANY ($3)"),
                Self.rows(.changelogs, where: Self.ofWorkItems("w.project_id = ANY ($3)")),
                Self.rows(.links, where: Self.ofWorkItems("w.project_id = ANY ($3)")),
            ]
        case .wits:
            [Self.rows(.workItems, where: "t.wit_id = ANY ($3)")]
        case .statuses:
            [
                Self.rows(.workItems, where: "t.status_id = ANY ($3)"),
                Self.rows(.changelogs, where: "(t.from_status_id = ANY ($3) OR t.to_status_id = ANY ($3))"),
            ]
        case .workItems:
            [
                Self.rows(.workItems, where: "t.parent_id = ANY ($3)"),
                Self.rows(.changelogs, where: "t.work_item_id = ANY ($3)"),
                Self.rows(.links, where: "t.work_item_id = ANY ($3)"),
            ]
        case .witsHierarchies:
            [Self.rows(.witsMappings, where: "t.level_number::text = ANY ($3)")]
        case .witsMappings:
            [Self.rows(.wits, where: "t.original_name = ANY ($3)")]
        case .statusesMappings:
            [Self.rows(.statuses, where: "t.original_name IN (SELECT substr(s, strpos(s, '/') + 1) FROM unnest($3) s)")]
        case .repositories:
            [EntityTable.commits, .reviews, .comments].map { Self.rows($0, where: "t.repository_id = ANY ($3)") }
        case .pullRequests:
            [EntityTable.commits, .reviews, .comments].map { child in
                Self.rows(
                    child,
                    where: """
                        (t.repository_id, t.pr_number) IN (
                            SELECT p.repository_id, p.number FROM prs p
                            WHERE p.tenant_id = $1 AND p.integration_id = $2 AND p.stable_id = ANY ($3)
                        )
                        """
                )
            } + [
                // Links belong to the Jira integration, whichever it is.
                Relation(
                    table: .links,
                    query: """
                        SELECT t.integration_id, 'wits_prs_links' AS table_name, t.external_id, t.entity
                        FROM prs p
                        JOIN wits_prs_links t ON t.tenant_id = p.tenant_id AND lower(t.repo_full_name) = lower(p.repository)
                            AND t.pr_number = p.number
                        WHERE p.tenant_id = $1 AND p.integration_id = $2 AND p.stable_id = ANY ($3) AND t.deleted_at IS NULL
                        """
                )
            ]
        case .changelogs, .workflows, .commits, .reviews, .comments, .links:
            []
        }
    }

    private static func rows(_ table: EntityTable, where condition: String) -> Relation {
        Relation(
            table: table,
            query: """
                SELECT t.integration_id, '\(table.rawValue)' AS table_name, t.external_id, t.entity
                FROM \(table.rawValue) t
                WHERE t.tenant_id = $1 AND t.integration_id = $2 AND t.deleted_at IS NULL AND \(condition)
                """
        )
    }

    private static func ofWorkItems(_ condition: String) -> String {
        """
        t.work_item_id IN (
            SELECT w.stable_id FROM work_items w WHERE w.tenant_id = $1 AND w.integration_id = $2 AND \(condition)
        )
        """
    }
}
