/// A Jira project.
public struct Project: Entity {
    public static let table = EntityTable.projects

    /// Jira's numeric id.
    public var id: String
    public var key: String
    public var name: String
    public var projectType: String?
    public var details: String?
    public var lead: String?
    public var url: String?

    public init(id: String, key: String, name: String, projectType: String?, details: String?, lead: String?, url: String?) {
        self.id = id
        self.key = key
        self.name = name
        self.projectType = projectType
        self.details = details
        self.lead = lead
        self.url = url
    }

    public var stableID: String { self.id }
    public var externalID: String { self.id }

    public func document(in context: NoContext) -> EntityDocument {
        EntityDocument(
            title: "\(self.key) \(self.name)",
            url: self.url,
            parts: [
                .init("Project", self.name), .init("Key", self.key), .init("Description", self.details),
                .init("Type", self.projectType), .init("Lead", self.lead),
            ],
            facets: Facets(project: self.key, author: self.lead)
        )
    }
}
