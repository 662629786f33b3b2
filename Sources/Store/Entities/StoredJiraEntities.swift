import Foundation
import Postgres
import PulseModel

extension Project: StoredEntity {
    static var columns: [Column<Self>] {
        [
            .text("key") { $0.key }, .text("name") { $0.name }, .text("project_type") { $0.projectType },
            .text("description") { $0.details }, .text("lead") { $0.lead }, .text("url") { $0.url },
        ]
    }

    static var shownElsewhere: [String] { ["key", "name"] }

    static var documentSelect: String {
        "SELECT t.* FROM projects t"
    }

    static func document(from row: PostgresRow) throws -> EntityDocument {
        try Self(
            id: row.decode("stable_id"),
            key: row.decode("key"),
            name: row.decode("name"),
            projectType: row.decode("project_type"),
            details: row.decode("description"),
            lead: row.decode("lead"),
            url: row.decode("url")
        ).document(in: NoContext())
    }
}

extension WorkItemType: StoredEntity {
    static var columns: [Column<Self>] {
        [
            .text("original_name") { $0.originalName }, .text("untranslated_name") { $0.untranslatedName },
            .text("description") { $0.details }, .integer("hierarchy_level") { $0.hierarchyLevel },
            .text("project_id") { $0.projectID },
        ]
    }

    static var shownElsewhere: [String] { ["original_name"] }

    static var documentSelect: String {
        """
        SELECT t.*, m.wit_to AS mapped_to, p.key AS project_key
        FROM wits t
        LEFT JOIN wits_mappings m ON m.tenant_id = t.tenant_id AND m.integration_id = t.integration_id
            AND m.wit_from = t.original_name AND m.deleted_at IS NULL
        LEFT JOIN projects p ON p.tenant_id = t.tenant_id AND p.integration_id = t.integration_id AND p.stable_id = t.project_id
        """
    }

    static func document(from row: PostgresRow) throws -> EntityDocument {
        try Self(
            id: row.decode("stable_id"),
            originalName: row.decode("original_name"),
            untranslatedName: row.decode("untranslated_name"),
            details: row.decode("description"),
            hierarchyLevel: row.decode("hierarchy_level"),
            projectID: row.decode("project_id")
        ).document(in: Context(mappedTo: row.decode("mapped_to"), projectKey: row.decode("project_key")))
    }
}

extension Status: StoredEntity {
    static var columns: [Column<Self>] {
        [
            .text("original_name") { $0.originalName }, .text("untranslated_name") { $0.untranslatedName },
            .text("category") { $0.category }, .text("description") { $0.details }, .text("project_id") { $0.projectID },
        ]
    }

    static var shownElsewhere: [String] { ["original_name"] }

    /// A project's own mapping goes before the one for all projects.
    static var documentSelect: String {
        """
        SELECT t.*, m.status_to AS mapped_to, p.key AS project_key
        FROM statuses t
        LEFT JOIN projects p ON p.tenant_id = t.tenant_id AND p.integration_id = t.integration_id AND p.stable_id = t.project_id
        LEFT JOIN LATERAL (
            SELECT s.status_to
            FROM statuses_mappings s
            WHERE s.tenant_id = t.tenant_id AND s.integration_id = t.integration_id AND s.deleted_at IS NULL
              AND s.status_from = t.original_name AND s.project IN ('*', p.key)
            ORDER BY s.project = '*'
            LIMIT 1
        ) m ON true
        """
    }

    static func document(from row: PostgresRow) throws -> EntityDocument {
        try Self(
            id: row.decode("stable_id"),
            originalName: row.decode("original_name"),
            untranslatedName: row.decode("untranslated_name"),
            category: row.decode("category"),
            details: row.decode("description"),
            projectID: row.decode("project_id")
        ).document(in: Context(mappedTo: row.decode("mapped_to"), projectKey: row.decode("project_key")))
    }
}

extension WorkItem: StoredEntity {
    static var columns: [Column<Self>] {
        [
            .text("key") { $0.key }, .text("project_id") { $0.projectID }, .text("wit_id") { $0.typeID },
            .text("status_id") { $0.statusID }, .text("summary") { $0.summary }, .text("description") { $0.details },
            .text("acceptance_criteria") { $0.acceptanceCriteria }, .text("environment") { $0.environment },
            .text("team") { $0.team }, .text("resolution") { $0.resolution }, .double("story_points") { $0.storyPoints },
            .text("assignee") { $0.assignee }, .text("reporter") { $0.reporter }, .texts("labels") { $0.labels },
            .text("priority") { $0.priority }, .text("parent_id") { $0.parentID }, .text("parent_key") { $0.parentKey },
            .texts("sprints") { $0.sprints }, .texts("sprint_ids") { $0.sprintIDs }, .boolean("code_changed") { $0.codeChanged },
            .json("custom_fields") { Self.json(of: $0.customFields) }, .text("url") { $0.url },
            .timestamp("created") { $0.createdAt }, .timestamp("updated") { $0.updatedAt },
            .timestamp("resolved") { $0.resolvedAt },
        ]
    }

    static var shownElsewhere: [String] { ["key", "summary", "url", "project_id"] }

    static var documentSelect: String {
        """
        SELECT t.*, p.key AS project_key, p.name AS project_name, y.original_name AS type_name, s.original_name AS status_name,
            u.summary AS parent_summary, coalesce(u.key, t.parent_key) AS present_parent_key
        FROM work_items t
        LEFT JOIN projects p ON p.tenant_id = t.tenant_id AND p.integration_id = t.integration_id AND p.stable_id = t.project_id
        LEFT JOIN wits y ON y.tenant_id = t.tenant_id AND y.integration_id = t.integration_id AND y.stable_id = t.wit_id
        LEFT JOIN statuses s ON s.tenant_id = t.tenant_id AND s.integration_id = t.integration_id AND s.stable_id = t.status_id
        LEFT JOIN work_items u ON u.tenant_id = t.tenant_id AND u.integration_id = t.integration_id
            AND u.stable_id = t.parent_id AND u.deleted_at IS NULL
        """
    }

    var sourceUpdatedAt: Date? { self.updatedAt }

    private static func json(of fields: [String: String]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard !fields.isEmpty, let data = try? encoder.encode(fields) else { return "{}" }
        return StorableText.json(String(decoding: data, as: UTF8.self))
    }

    static func document(from row: PostgresRow) throws -> EntityDocument {
        try Self(
            id: row.decode("stable_id"),
            key: row.decode("key"),
            projectID: row.decode("project_id"),
            typeID: row.decode("wit_id"),
            statusID: row.decode("status_id"),
            summary: row.decode("summary"),
            details: row.decode("description"),
            acceptanceCriteria: row.decode("acceptance_criteria"),
            environment: row.decode("environment"),
            team: row.decode("team"),
            resolution: row.decode("resolution"),
            storyPoints: row.decode("story_points"),
            assignee: row.decode("assignee"),
            reporter: row.decode("reporter"),
            labels: row.decode("labels"),
            priority: row.decode("priority"),
            parentID: row.decode("parent_id"),
            parentKey: row.decode("present_parent_key"),
            sprints: row.decode("sprints"),
            sprintIDs: row.decode("sprint_ids"),
            codeChanged: row.decode("code_changed"),
            url: row.decode("url"),
            createdAt: row.decode("created"),
            updatedAt: row.decode("updated"),
            resolvedAt: row.decode("resolved")
        ).document(
            in: Context(
                projectKey: row.decode("project_key"),
                projectName: row.decode("project_name"),
                typeName: row.decode("type_name"),
                statusName: row.decode("status_name"),
                parentSummary: row.decode("parent_summary")
            )
        )
    }
}

extension Changelog: StoredEntity {
    static var columns: [Column<Self>] {
        [
            .text("work_item_id") { $0.workItemID }, .text("from_status_id") { $0.fromStatusID },
            .text("to_status_id") { $0.toStatusID }, .text("changed_by") { $0.changedBy },
            .timestamp("transition_start_date") { $0.enteredAt }, .timestamp("transition_change_date") { $0.changedAt },
            .double("time_in_status_seconds") { $0.timeInStatusSeconds }, .json("items") { Self.json(of: $0.items) },
        ]
    }

    static var documentSelect: String {
        """
        SELECT t.*, w.key AS work_item_key, w.summary AS work_item_summary, w.url AS work_item_url, p.key AS project_key,
            a.original_name AS from_name, b.original_name AS to_name
        FROM changelogs t
        LEFT JOIN work_items w ON w.tenant_id = t.tenant_id AND w.integration_id = t.integration_id
            AND w.stable_id = t.work_item_id
        LEFT JOIN projects p ON p.tenant_id = t.tenant_id AND p.integration_id = t.integration_id AND p.stable_id = w.project_id
        LEFT JOIN statuses a ON a.tenant_id = t.tenant_id AND a.integration_id = t.integration_id
            AND a.stable_id = t.from_status_id
        LEFT JOIN statuses b ON b.tenant_id = t.tenant_id AND b.integration_id = t.integration_id AND b.stable_id = t.to_status_id
        """
    }

    static func document(from row: PostgresRow) throws -> EntityDocument {
        let items: String = try row.decode("items")
        return try Self(
            id: row.decode("stable_id"),
            workItemID: row.decode("work_item_id"),
            fromStatusID: row.decode("from_status_id"),
            toStatusID: row.decode("to_status_id"),
            changedBy: row.decode("changed_by"),
            changedAt: row.decode("transition_change_date"),
            enteredAt: row.decode("transition_start_date"),
            timeInStatusSeconds: row.decode("time_in_status_seconds"),
            items: JSONDecoder().decode([Item].self, from: Data(items.utf8))
        ).document(
            in: Context(
                workItemKey: row.decode("work_item_key"),
                workItemSummary: row.decode("work_item_summary"),
                projectKey: row.decode("project_key"),
                fromStatusName: row.decode("from_name"),
                toStatusName: row.decode("to_name"),
                url: row.decode("work_item_url")
            )
        )
    }

    /// Items hold text only, which always encodes; NUL is replaced because PostgreSQL refuses it.
    private static func json(of items: [Item]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let data = try? encoder.encode(items) else { return "[]" }
        return StorableText.json(String(decoding: data, as: UTF8.self))
    }
}

extension WorkItemLink: StoredEntity {
    static var columns: [Column<Self>] {
        [
            .text("work_item_id") { $0.workItemID }, .text("work_item_key") { $0.workItemKey },
            .text("repo_full_name") { $0.repository }, .integer("pr_number") { $0.number },
            .text("origin") { $0.origin.rawValue }, .text("found_in") { $0.foundIn }, .text("branch_name") { $0.branch },
            .text("pr_status") { $0.status }, .text("url") { $0.url },
        ]
    }

    static var documentSelect: String {
        """
        SELECT t.*, w.summary AS work_item_summary, coalesce(w.key, t.work_item_key) AS present_key, j.key AS project_key,
            p.title AS pr_title, p.state AS pr_state,
            p.author AS pr_author, p.url AS pr_url
        FROM wits_prs_links t
        LEFT JOIN work_items w ON w.tenant_id = t.tenant_id AND w.integration_id = t.integration_id
            AND w.stable_id = t.work_item_id
        LEFT JOIN projects j ON j.tenant_id = t.tenant_id AND j.integration_id = t.integration_id AND j.stable_id = w.project_id
        LEFT JOIN LATERAL (
            SELECT p.title, p.state, p.author, p.url
            FROM prs p
            WHERE p.tenant_id = t.tenant_id AND p.repository_key = t.repository_key AND p.number = t.pr_number
              AND p.deleted_at IS NULL
            ORDER BY p.entity
            LIMIT 1
        ) p ON true
        """
    }

    static func document(from row: PostgresRow) throws -> EntityDocument {
        try Self(
            workItemID: row.decode("work_item_id"),
            workItemKey: row.decode("present_key"),
            repository: row.decode("repo_full_name"),
            number: row.decode("pr_number"),
            origin: Origin(rawValue: row.decode("origin")) ?? .key,
            foundIn: row.decode("found_in"),
            branch: row.decode("branch_name"),
            status: row.decode("pr_status"),
            url: row.decode("url")
        ).document(
            in: Context(
                workItemSummary: row.decode("work_item_summary"),
                projectKey: row.decode("project_key"),
                pullRequestTitle: row.decode("pr_title"),
                pullRequestState: row.decode("pr_state"),
                pullRequestAuthor: row.decode("pr_author"),
                pullRequestURL: row.decode("pr_url")
            )
        )
    }
}
