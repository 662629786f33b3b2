import PulseModel

/// The configuration rows that follow from a Jira site's types and statuses, until a person says otherwise.
struct ConfigurationDefaults {
    var levels: [HierarchyLevel] = []
    var typeMappings: [TypeMapping] = []
    var statusMappings: [StatusMapping] = []
    var steps: [WorkflowStep] = []

    /// - Parameter projectKeys: the key of each project's numeric id.
    init(types: [WorkItemType], statuses: [Status], projectKeys: [String: String]) {
        self.levels = Set(types.map(\.hierarchyLevel)).sorted().map { level in
            let names = types.filter { $0.hierarchyLevel == level }.map { $0.untranslatedName ?? $0.originalName }
            return HierarchyLevel(
                levelNumber: level,
                levelName: Self.name(ofLevel: level),
                details: "Types of this level: " + Set(names).sorted().joined(separator: ", ")
            )
        }
        var seenTypes: Set<String> = []
        // A site's own type of a name goes before a project's.
        for type in types.sorted(by: { ($0.projectID ?? "", $0.id) < ($1.projectID ?? "", $1.id) })
        where seenTypes.insert(type.originalName).inserted {
            self.typeMappings.append(
                TypeMapping(
                    from: type.originalName,
                    to: type.untranslatedName ?? type.originalName,
                    levelNumber: type.hierarchyLevel
                )
            )
        }
        var general: [String: StatusCategory] = [:]
        var seenStatuses: Set<String> = []
        for status in statuses.sorted(by: { ($0.projectID ?? "", $0.id) < ($1.projectID ?? "", $1.id) }) {
            let category = StatusCategory(key: status.category)
            let known = general[status.originalName]
            if known == category { continue }
            // A project whose status of that name counts as something else has a mapping of its own.
            let project = known == nil ? "*" : status.projectID.flatMap { projectKeys[$0] } ?? "*"
            if known == nil { general[status.originalName] = category }
            guard seenStatuses.insert("\(project)/\(status.originalName)").inserted else { continue }
            self.statusMappings.append(
                StatusMapping(
                    project: project,
                    from: status.originalName,
                    to: category.name,
                    category: category,
                    step: "\(Self.workflow)/\(category.name)"
                )
            )
        }
        if !statuses.isEmpty {
            self.steps = StatusCategory.allCases.enumerated().map { index, category in
                WorkflowStep(
                    workflow: Self.workflow,
                    step: category.name,
                    number: index + 1,
                    category: category,
                    isCommitmentPoint: category == .inProgress
                )
            }
        }
    }

    private static let workflow = "default"

    /// Jira's own names of its three lowest levels.
    private static func name(ofLevel level: Int) -> String {
        switch level {
        case ...(-1): "Sub-task"
        case 0: "Story"
        case 1: "Epic"
        default: "Level \(level)"
        }
    }
}
