/// A step of a workflow, in order.
public struct WorkflowStep: Entity {
    public static let table = EntityTable.workflows

    public var workflow: String
    public var step: String
    /// From 1.
    public var number: Int
    public var category: StatusCategory
    /// Whether work counts as promised from this step on.
    public var isCommitmentPoint: Bool

    public init(workflow: String, step: String, number: Int, category: StatusCategory, isCommitmentPoint: Bool) {
        self.workflow = workflow
        self.step = step
        self.number = number
        self.category = category
        self.isCommitmentPoint = isCommitmentPoint
    }

    public var stableID: String { "\(self.workflow)/\(self.step)" }
    public var externalID: String { self.stableID }

    public func document(in context: NoContext) -> EntityDocument {
        EntityDocument(
            title: "Workflow \(self.workflow), step \(self.step)",
            parts: [
                .init("Workflow step", self.step), .init("Workflow", self.workflow), .init("Step number", String(self.number)),
                .init("Category", self.category.name), .init("Commitment point", self.isCommitmentPoint ? "yes" : nil),
            ],
            facets: Facets()
        )
    }
}
