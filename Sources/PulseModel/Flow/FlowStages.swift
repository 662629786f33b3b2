/// What each status of a Jira site means for the flow of work, by the site's mappings and workflow steps.
public struct FlowStages: Sendable {
    private var statuses: [String: Status] = [:]
    private var mappings: [String: StatusMapping] = [:]
    private var steps: [String: WorkflowStep] = [:]
    /// The first step of each workflow from which on work counts as promised.
    private var commitments: [String: Int] = [:]

    public init(statuses: [Status], mappings: [StatusMapping], steps: [WorkflowStep]) {
        for status in statuses { self.statuses[status.id] = status }
        for mapping in mappings { self.mappings[mapping.stableID] = mapping }
        for step in steps {
            self.steps[step.externalID] = step
            guard step.isCommitmentPoint else { continue }
            self.commitments[step.workflow] = min(step.number, self.commitments[step.workflow] ?? .max)
        }
    }

    /// - Parameters:
    ///   - statusID: Jira's id.
    ///   - project: the key of the project; its own mapping goes before the one for all projects.
    /// - Returns: nil for a status that nobody knows.
    public func stage(of statusID: String, in project: String?) -> FlowStage? {
        guard let status = self.statuses[statusID] else { return nil }
        let mapping =
            project.flatMap { self.mappings["\($0)/\(status.originalName)"] } ?? self.mappings["*/\(status.originalName)"]
        let category = mapping?.category ?? StatusCategory(key: status.category)
        let step = mapping?.step.flatMap { self.steps[$0] }
        let names = [mapping?.to, step?.step, status.untranslatedName, status.originalName].compactMap(\.self)
        return FlowStage(
            category: category,
            isCommitted: step.flatMap { step in self.commitments[step.workflow].map { step.number >= $0 } }
                ?? (category != .toDo),
            isReview: category == .inProgress && names.contains(where: Self.namesReview)
        )
    }

    private static let reviewWords: Set<String> = [
        "review", "reviewing", "reviews", "test", "testing", "qa", "verify", "verifying", "verification", "approval", "uat",
        "validation",
    ]

    /// Jira has no category for review; teams say it in the status's name.
    private static func namesReview(_ name: String) -> Bool {
        name.lowercased().split { !$0.isLetter }.contains { Self.reviewWords.contains(String($0)) }
    }
}
