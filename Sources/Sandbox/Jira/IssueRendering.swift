/// Which parts of an issue a client wants.
struct IssueRendering: Sendable {
    /// The real search embeds only the newest histories.
    static let embeddedHistories = 100

    /// Names of fields, `*all`, `*navigable`, or `-name` to leave one out. Nil is what `search/jql` takes for "only the id".
    var fields: [String]?
    var includesChangelog: Bool

    init(fields: [String]?, expand: [String]) {
        self.fields = fields
        includesChangelog = expand.contains("changelog")
    }

    func json(_ issue: JiraWorld.Issue) -> JSONValue {
        guard let fields else {
            var bare: JSONValue = ["id": .string(String(issue.id))]
            if includesChangelog { bare["changelog"] = changelog(issue) }
            return bare
        }
        var json = issue.document.json()
        if !fields.contains("*all"), !fields.contains("*navigable"), fields.contains(where: { !$0.hasPrefix("-") }) {
            let wanted = Set(fields)
            json["fields"] = .object((json["fields"]?.members ?? []).filter { wanted.contains($0.key) })
        } else {
            let unwanted = Set(fields.filter { $0.hasPrefix("-") }.map { String($0.dropFirst()) })
            if !unwanted.isEmpty {
                json["fields"] = .object((json["fields"]?.members ?? []).filter { !unwanted.contains($0.key) })
            }
        }
        if includesChangelog { json["changelog"] = changelog(issue) }
        return json
    }

    private func changelog(_ issue: JiraWorld.Issue) -> JSONValue {
        let all = issue.allHistories()
        let recent = Array(all.suffix(Self.embeddedHistories).reversed())
        return ["startAt": 0, "maxResults": .int(recent.count), "total": .int(all.count), "histories": .array(recent)]
    }
}

extension JiraWorld.Issue {
    /// Oldest first.
    func allHistories() -> [JSONValue] {
        histories.json() + laterHistories
    }
}
