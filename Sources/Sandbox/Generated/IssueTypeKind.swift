/// The issue types of the made-up company.
enum IssueTypeKind: Int, Sendable, CaseIterable {
    case epic, story, bug, task, subtask

    var json: JSONValue {
        let name = ["Epic", "Story", "Bug", "Task", "Sub-task"][rawValue]
        return [
            "self": .string("https://acme.jira.example/rest/api/3/issuetype/\(10_200 + rawValue)"),
            "id": .string(String(10_200 + rawValue)),
            "description": .string("A piece of work of the kind \(name.lowercased())."), "name": .string(name),
            "untranslatedName": .string(name), "subtask": .bool(self == .subtask),
            "hierarchyLevel": .int(self == .epic ? 1 : self == .subtask ? -1 : 0),
        ]
    }
}
