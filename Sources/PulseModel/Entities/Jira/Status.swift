/// A Jira status.
public struct Status: Entity {
    public static let table = EntityTable.statuses

    public var id: String
    public var originalName: String
    public var untranslatedName: String?
    /// Jira's category key: `new`, `indeterminate`, `done` or `undefined`.
    public var category: String
    public var details: String?
    public var projectID: String?

    public init(
        id: String,
        originalName: String,
        untranslatedName: String?,
        category: String,
        details: String?,
        projectID: String?
    ) {
        self.id = id
        self.originalName = originalName
        self.untranslatedName = untranslatedName
        self.category = category
        self.details = details
        self.projectID = projectID
    }

    public var stableID: String { self.id }
    public var externalID: String { self.id }

    /// What the status is mapped to, and the project of a team-managed one.
    public struct Context: Sendable {
        public var mappedTo: String?
        public var projectKey: String?

        public init(mappedTo: String?, projectKey: String?) {
            self.mappedTo = mappedTo
            self.projectKey = projectKey
        }
    }

    public func document(in context: Context) -> EntityDocument {
        EntityDocument(
            title: "Status \(self.originalName)",
            parts: [
                .init("Status", self.originalName),
                .init("English name", self.untranslatedName == self.originalName ? nil : self.untranslatedName),
                .init("Category", StatusCategory(key: self.category).name),
                .init("Description", self.details),
                .init("Mapped to", context.mappedTo),
            ],
            facets: Facets(project: context.projectKey, status: self.originalName)
        )
    }
}
