/// A Jira issue type ("wit", work item type).
public struct WorkItemType: Entity {
    public static let table = EntityTable.wits

    public var id: String
    /// As Jira shows it to the caller, localised.
    public var originalName: String
    /// In English, where Jira says so.
    public var untranslatedName: String?
    public var details: String?
    /// -1 sub-task, 0 standard, 1 epic, more with Premium.
    public var hierarchyLevel: Int
    /// The project of a team-managed type.
    public var projectID: String?

    public init(
        id: String,
        originalName: String,
        untranslatedName: String?,
        details: String?,
        hierarchyLevel: Int,
        projectID: String?
    ) {
        self.id = id
        self.originalName = originalName
        self.untranslatedName = untranslatedName
        self.details = details
        self.hierarchyLevel = hierarchyLevel
        self.projectID = projectID
    }

    public var stableID: String { self.id }
    public var externalID: String { self.id }

    /// What the type is mapped to, and the project of a team-managed one.
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
            title: "Work item type \(self.originalName)",
            parts: [
                .init("Work item type", self.originalName),
                .init("English name", self.untranslatedName == self.originalName ? nil : self.untranslatedName),
                .init("Description", self.details),
                .init("Hierarchy level", String(self.hierarchyLevel)),
                .init("Mapped to", context.mappedTo),
            ],
            facets: Facets(project: context.projectKey)
        )
    }
}
