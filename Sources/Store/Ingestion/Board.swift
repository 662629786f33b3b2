/// A Jira board: whose work its sprints hold.
public struct Board: Sendable, Equatable {
    public var id: String
    public var name: String
    /// `scrum`, `kanban` or `simple`.
    public var type: String?
    public var projectID: String?
    public var projectKey: String?

    public init(id: String, name: String, type: String?, projectID: String?, projectKey: String?) {
        self.id = id
        self.name = name
        self.type = type
        self.projectID = projectID
        self.projectKey = projectKey
    }
}
