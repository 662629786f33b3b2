/// Jira's three status categories; everything else counts as to do.
public enum StatusCategory: String, Sendable, CaseIterable {
    case toDo = "new"
    case inProgress = "indeterminate"
    case done

    /// - Parameter key: `statusCategory.key` of Jira's answer, which is never localised.
    public init(key: String) {
        self = StatusCategory(rawValue: key) ?? .toDo
    }

    /// In English, as Jira names it.
    public var name: String {
        switch self {
        case .toDo: "To Do"
        case .inProgress: "In Progress"
        case .done: "Done"
        }
    }
}
