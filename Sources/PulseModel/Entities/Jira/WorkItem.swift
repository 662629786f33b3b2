public import Foundation

/// A Jira issue.
public struct WorkItem: Entity {
    public static let table = EntityTable.workItems

    /// Jira's numeric id, which outlives a move to another project.
    public var id: String
    public var key: String
    public var projectID: String
    public var typeID: String
    public var statusID: String
    public var summary: String
    /// Plain text, whatever markup it came in.
    public var details: String?
    public var acceptanceCriteria: String?
    public var environment: String?
    public var team: String?
    public var resolution: String?
    public var storyPoints: Double?
    public var assignee: String?
    public var reporter: String?
    public var labels: [String]
    public var priority: String?
    public var parentID: String?
    public var parentKey: String?
    public var sprints: [String]
    /// Jira's ids of ``sprints``.
    public var sprintIDs: [String]
    /// Whether Jira's development field names branches, commits or pull requests.
    public var codeChanged: Bool
    /// Plain text or JSON of the integration's additional fields, by field id.
    public var customFields: [String: String]
    public var url: String?
    public var createdAt: Date
    public var updatedAt: Date
    public var resolvedAt: Date?

    public init(
        id: String,
        key: String,
        projectID: String,
        typeID: String,
        statusID: String,
        summary: String,
        details: String? = nil,
        acceptanceCriteria: String? = nil,
        environment: String? = nil,
        team: String? = nil,
        resolution: String? = nil,
        storyPoints: Double? = nil,
        assignee: String? = nil,
        reporter: String? = nil,
        labels: [String] = [],
        priority: String? = nil,
        parentID: String? = nil,
        parentKey: String? = nil,
        sprints: [String] = [],
        sprintIDs: [String] = [],
        codeChanged: Bool = false,
        customFields: [String: String] = [:],
        url: String? = nil,
        createdAt: Date,
        updatedAt: Date,
        resolvedAt: Date? = nil
    ) {
        self.id = id
        self.key = key
        self.projectID = projectID
        self.typeID = typeID
        self.statusID = statusID
        self.summary = summary
        self.details = details
        self.acceptanceCriteria = acceptanceCriteria
        self.environment = environment
        self.team = team
        self.resolution = resolution
        self.storyPoints = storyPoints
        self.assignee = assignee
        self.reporter = reporter
        self.labels = labels
        self.priority = priority
        self.parentID = parentID
        self.parentKey = parentKey
        self.sprints = sprints
        self.sprintIDs = sprintIDs
        self.codeChanged = codeChanged
        self.customFields = customFields
        self.url = url
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.resolvedAt = resolvedAt
    }

    public var stableID: String { self.id }
    public var externalID: String { self.key }

    /// Names that belong to other rows.
    public struct Context: Sendable {
        public var projectKey: String?
        public var projectName: String?
        public var typeName: String?
        public var statusName: String?
        public var parentSummary: String?

        public init(
            projectKey: String?,
            projectName: String?,
            typeName: String?,
            statusName: String?,
            parentSummary: String?
        ) {
            self.projectKey = projectKey
            self.projectName = projectName
            self.typeName = typeName
            self.statusName = statusName
            self.parentSummary = parentSummary
        }
    }

    public func document(in context: Context) -> EntityDocument {
        let parent = self.parentKey.map { key in context.parentSummary.map { "\(key) \($0)" } ?? key }
        return EntityDocument(
            title: "\(self.key) \(self.summary)",
            url: self.url,
            parts: [
                .init("Summary", self.summary), .init("Description", self.details),
                .init("Acceptance criteria", self.acceptanceCriteria), .init("Environment", self.environment),
                .init("Type", context.typeName), .init("Status", context.statusName), .init("Priority", self.priority),
                .init("Resolution", self.resolution), .init("Labels", self.labels.joined(separator: ", ")),
                .init("Parent", parent), .init("Project", context.projectName), .init("Team", self.team),
                .init("Sprint", self.sprints.joined(separator: ", ")), .init("Assignee", self.assignee),
            ],
            facets: Facets(
                project: context.projectKey ?? self.key.split(separator: "-").first.map(String.init),
                author: self.reporter,
                status: context.statusName,
                updatedAt: self.updatedAt
            )
        )
    }
}
