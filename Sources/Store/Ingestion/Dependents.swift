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
                Self.ofPulls(
                    child,
                    where: """
                        t.integration_id = $2 AND t.repository_id = p.repository_id AND t.pr_number = p.number
                        """
                )
            } + [
                // Links belong to the Jira integration, whichever it is.
                Self.ofPulls(.links, where: "t.repository_key = p.repository_key AND t.pr_number = p.number")
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

    /// What hangs on pull requests. One look-up for each of them and no other way: a plan that was made while the tables were small,
    /// and is kept by the session, would read them whole.
    private static func ofPulls(_ table: EntityTable, where condition: String) -> Relation {
        Relation(
            table: table,
            query: """
                SELECT t.integration_id, '\(table.rawValue)' AS table_name, t.external_id, t.entity
                FROM unnest($3) AS c (id)
                CROSS JOIN LATERAL (
                    SELECT p.repository_id, p.repository_key, p.number FROM prs p
                    WHERE p.tenant_id = $1 AND p.integration_id = $2 AND p.stable_id = c.id
                    OFFSET 0
                ) p
                CROSS JOIN LATERAL (
                    SELECT t.integration_id, t.external_id, t.entity FROM \(table.rawValue) t
                    WHERE t.tenant_id = $1 AND t.deleted_at IS NULL AND \(condition)
                    OFFSET 0
                ) t
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
