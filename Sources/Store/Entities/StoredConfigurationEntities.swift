import Foundation
import Postgres
import PulseModel

extension HierarchyLevel: StoredEntity {
    static var columns: [Column<Self>] {
        [
            .integer("level_number") { $0.levelNumber }, .text("level_name") { $0.levelName },
            .text("description") { $0.details },
        ]
    }

    static var shownElsewhere: [String] { ["level_name"] }
    static var isDerived: Bool { true }

    static var documentSelect: String { "SELECT t.* FROM wits_hierarchies t" }

    static func document(from row: PostgresRow) throws -> EntityDocument {
        try Self(
            levelNumber: row.decode("level_number"),
            levelName: row.decode("level_name"),
            details: row.decode("description")
        ).document(in: NoContext())
    }
}

extension TypeMapping: StoredEntity {
    static var columns: [Column<Self>] {
        [.text("wit_from") { $0.from }, .text("wit_to") { $0.to }, .integer("level_number") { $0.levelNumber }]
    }

    static var shownElsewhere: [String] { ["wit_to"] }
    static var isDerived: Bool { true }

    static var documentSelect: String {
        """
        SELECT t.*, h.level_name
        FROM wits_mappings t
        LEFT JOIN wits_hierarchies h ON h.tenant_id = t.tenant_id AND h.integration_id = t.integration_id
            AND h.level_number = t.level_number AND h.deleted_at IS NULL
        """
    }

    static func document(from row: PostgresRow) throws -> EntityDocument {
        try Self(from: row.decode("wit_from"), to: row.decode("wit_to"), levelNumber: row.decode("level_number"))
            .document(in: Context(levelName: row.decode("level_name")))
    }
}

extension StatusMapping: StoredEntity {
    static var columns: [Column<Self>] {
        [
            .text("project") { $0.project }, .text("status_from") { $0.from }, .text("status_to") { $0.to },
            .text("status_category") { $0.category.rawValue }, .text("workflow_step") { $0.step },
        ]
    }

    static var shownElsewhere: [String] { ["status_to"] }
    static var isDerived: Bool { true }

    static var documentSelect: String { "SELECT t.* FROM statuses_mappings t" }

    static func document(from row: PostgresRow) throws -> EntityDocument {
        try Self(
            project: row.decode("project"),
            from: row.decode("status_from"),
            to: row.decode("status_to"),
            category: StatusCategory(key: row.decode("status_category")),
            step: row.decode("workflow_step")
        ).document(in: NoContext())
    }
}

extension WorkflowStep: StoredEntity {
    static var columns: [Column<Self>] {
        [
            .text("workflow") { $0.workflow }, .text("step_name") { $0.step }, .integer("step_number") { $0.number },
            .text("step_category") { $0.category.rawValue }, .boolean("is_commitment_point") { $0.isCommitmentPoint },
        ]
    }

    static var isDerived: Bool { true }

    static var documentSelect: String { "SELECT t.* FROM workflows t" }

    static func document(from row: PostgresRow) throws -> EntityDocument {
        try Self(
            workflow: row.decode("workflow"),
            step: row.decode("step_name"),
            number: row.decode("step_number"),
            category: StatusCategory(key: row.decode("step_category")),
            isCommitmentPoint: row.decode("is_commitment_point")
        ).document(in: NoContext())
    }
}
