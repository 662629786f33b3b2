/// The Jira site of recorded answers: each object as it was recorded, issues without the changelog that the recording embeds.
enum RecordedJira {
    static func world(_ answers: RecordedAnswers) throws -> JiraWorld {
        let folder = "jira/devlake_json/"
        var world = JiraWorld()
        world.timeZone = "Asia/Shanghai"
        // Recorded histories stay as they are.
        world.bulkDatesAreNumbers = false
        world.projects = try answers.distinct(folder + "api_projects.json").map(Document.init)
        world.issueTypes = try answers.distinct(folder + "api_issue_types.json").map(Document.init)
        world.statuses = try answers.distinct(folder + "api_status.json").map(Document.init)
        world.users = try answers.distinct(folder + "api_users.json", id: "accountId")

        let issues = try answers.distinct(folder + "api_issues.json")
        let changelogs = try changelogs(answers.pages(folder + "api_issue_changelogs.json"))
        for issue in issues {
            guard let id = issue["id"]?.intValue, let key = issue["key"]?.stringValue, let fields = issue["fields"] else {
                throw SandboxError("A recorded issue has no id, key or fields.")
            }
            let embedded = issue["changelog"]?["histories"]?.arrayValue ?? []
            var bare = issue
            bare["changelog"] = nil
            let histories = RecordedAnswers.distinct(embedded + (changelogs[id] ?? []), id: "id")
                .sorted { instant($0, "created") < instant($1, "created") }
            world.issues.append(
                JiraWorld.Issue(
                    id: id,
                    key: key,
                    projectKey: fields["project"]?["key"]?.stringValue ?? String(key.prefix { $0 != "-" }),
                    created: instant(fields, "created"),
                    updated: instant(fields, "updated"),
                    document: Document(bare),
                    histories: .stored(histories)
                )
            )
        }
        world.fields = fields(of: issues)
        world.boards = boards(try answers.distinct(folder + "api_sprints.json"))
        for page in try answers.pages(folder + "api_development_panels.json") {
            guard let issue = page.input["issue_id"]?.intValue, let application = queryValue("applicationType", in: page.url),
                let type = queryValue("dataType", in: page.url)
            else { continue }
            let detail = page.items.flatMap { $0["detail"]?.arrayValue ?? [] }
            world.development[issue, default: []].append(
                JiraWorld.Development(applicationType: application, dataType: type, detail: .stored(detail))
            )
        }
        return world
    }

    private static func changelogs(_ pages: [RecordedAnswers.Page]) -> [Int: [JSONValue]] {
        pages.reduce(into: [:]) { lists, page in
            guard let issue = page.input["issue_id"]?.intValue else { return }
            lists[issue, default: []] += page.items
        }
    }

    /// No field list was recorded: the ids are those of the issues, the names their own.
    private static func fields(of issues: [JSONValue]) -> [JSONValue] {
        Set(issues.flatMap { $0["fields"]?.members?.map(\.key) ?? [] }).sorted().map { id in
            let isSprint = id == "customfield_10020"
            let schema: JSONValue =
                isSprint
                ? ["type": "array", "items": "json", "custom": "com.pyxis.greenhopper.jira:gh-sprint", "customId": 10020]
                : ["type": "any"]
            return [
                "id": .string(id), "key": .string(id), "name": isSprint ? "Sprint" : .string(id),
                "custom": .bool(id.hasPrefix("customfield_")), "schema": schema,
            ]
        }
    }

    /// Only sprints were recorded; a board is what they say of it, its id.
    private static func boards(_ sprints: [JSONValue]) -> [JiraWorld.Board] {
        let byBoard = Dictionary(grouping: sprints) { $0["originBoardId"]?.intValue ?? 0 }
        return byBoard.sorted { $0.key < $1.key }.map { id, sprints in
            JiraWorld.Board(
                id: id,
                document: Document(["id": .int(id), "name": .string("Board \(id)"), "type": "scrum"]),
                sprints: sprints
            )
        }
    }

    private static func instant(_ object: JSONValue, _ key: String) -> Instant {
        object[key]?.stringValue.flatMap { Instant($0) } ?? Instant(milliseconds: 0)
    }

    private static func queryValue(_ name: String, in url: String) -> String? {
        guard let query = url.split(separator: "?", maxSplits: 1).last else { return nil }
        for pair in query.split(separator: "&") where pair.hasPrefix(name + "=") { return String(pair.dropFirst(name.count + 1)) }
        return nil
    }
}
