/// The statuses of the made-up company, in the order of their work flow.
enum WorkflowStatus: Int, Sendable, CaseIterable {
    case toDo, selected, inProgress, inReview, blocked, done, declined

    var id: String { String(10_100 + rawValue) }
    var name: String {
        ["To Do", "Selected for Development", "In Progress", "In Review", "Blocked", "Done", "Won't Do"][rawValue]
    }

    var json: JSONValue {
        let category: (id: Int, key: String, name: String, color: String) =
            switch self {
            case .toDo, .selected: (2, "new", "To Do", "blue-gray")
            case .inProgress, .inReview, .blocked: (4, "indeterminate", "In Progress", "yellow")
            case .done, .declined: (3, "done", "Done", "green")
            }
        return [
            "self": .string("https://acme.jira.example/rest/api/3/status/\(id)"), "description": "", "name": .string(name),
            "untranslatedName": .string(name), "id": .string(id),
            "statusCategory": [
                "self": .string("https://acme.jira.example/rest/api/3/statuscategory/\(category.id)"), "id": .int(category.id),
                "key": .string(category.key), "colorName": .string(category.color), "name": .string(category.name),
            ],
        ]
    }

    /// The statuses through which an issue comes to this one.
    func path(wasBlocked: Bool) -> [WorkflowStatus] {
        let middle: [WorkflowStatus] = wasBlocked ? [.inProgress, .blocked, .inProgress] : [.inProgress]
        switch self {
        case .toDo: return [.toDo]
        case .selected: return [.toDo, .selected]
        case .inProgress: return [.toDo, .selected] + middle
        case .inReview: return [.toDo, .selected] + middle + [.inReview]
        case .blocked: return [.toDo, .selected, .inProgress, .blocked]
        case .done: return [.toDo, .selected] + middle + [.inReview, .done]
        case .declined: return [.toDo, .declined]
        }
    }
}
