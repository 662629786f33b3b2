/// What a Jira status counts as, in one project or in all.
public struct StatusMapping: Entity {
    public static let table = EntityTable.statusesMappings

    /// A project's key, or `*` for all that have no mapping of their own.
    public var project: String
    /// The status's name in Jira.
    public var from: String
    public var to: String
    public var category: StatusCategory
    /// The step of the workflow, as ``WorkflowStep/externalID``.
    public var step: String?

    public init(project: String, from: String, to: String, category: StatusCategory, step: String?) {
        self.project = project
        self.from = from
        self.to = to
        self.category = category
        self.step = step
    }

    public var stableID: String { "\(self.project)/\(self.from)" }
    public var externalID: String { self.stableID }

    public func document(in context: NoContext) -> EntityDocument {
        EntityDocument(
            title: "Status mapping \(self.from) → \(self.to)",
            parts: [
                .init("Status", self.from), .init("Counts as", self.to), .init("Category", self.category.name),
                .init("Project", self.project == "*" ? nil : self.project), .init("Workflow step", self.step),
            ],
            facets: Facets(project: self.project == "*" ? nil : self.project, status: self.from)
        )
    }
}
