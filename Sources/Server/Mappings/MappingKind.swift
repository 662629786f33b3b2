import PulseModel

/// What can be mapped, as the API's paths name it.
enum MappingKind: String, Sendable, CaseIterable {
    case types
    case statuses
    case steps

    var table: EntityTable {
        switch self {
        case .types: .witsMappings
        case .statuses: .statusesMappings
        case .steps: .workflows
        }
    }

    var setID: String {
        switch self {
        case .types: "setTypeMapping"
        case .statuses: "setStatusMapping"
        case .steps: "setWorkflowStep"
        }
    }

    var releaseID: String {
        switch self {
        case .types: "releaseTypeMapping"
        case .statuses: "releaseStatusMapping"
        case .steps: "releaseWorkflowStep"
        }
    }

    var summary: String {
        switch self {
        case .types: "Set what an issue type counts as"
        case .statuses: "Set what a status counts as, in one project or in all"
        case .steps: "Set a step of a workflow"
        }
    }

    /// Of the body that sets one.
    var schema: Schema {
        let name = Schema.text(.filled(1...255))
        let category = Schema.choice(of: StatusCategory.self).saying("As Jira names its categories.")
        return switch self {
        case .types:
            .object(
                .required("from", name, "The type's name in Jira."),
                .required("to", name, "What it counts as."),
                .required("level", .integer(-1...100), "-1 sub-task, 0 story, 1 epic, and above.")
            )
        case .statuses:
            .object(
                .optional("project", name, "A project's key; all without a mapping of their own where left out."),
                .required("from", name, "The status's name in Jira."),
                .required("to", name, "What it counts as."),
                .required("category", category),
                .optional("step", name, "The workflow step, as `workflow/step`.")
            )
        case .steps:
            .object(
                .required("workflow", name),
                .required("step", name),
                .required("number", .integer(1...1_000), "Its place, from 1."),
                .required("category", category),
                .optional("commitment_point", .boolean, "Whether work counts as promised from this step on.")
            )
        }
    }
}
