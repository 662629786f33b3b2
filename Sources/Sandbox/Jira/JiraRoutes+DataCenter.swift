import Hummingbird

/// The same site as Jira Data Center shows it: REST API 2, pages by number, wiki markup, people by name.
extension JiraRoutes {
    func addDataCenter(to router: Router<SandboxContext>) {
        let platform = router.group("jira/rest/api/2")
        platform.get("myself") { request, _ in
            try await answer(request) { _, world in .json(Self.older(world.users.first ?? ["name": "sandbox"])) }
        }
        platform.get("serverInfo") { request, _ in
            try await answer(request) { call, _ in
                .json([
                    "baseUrl": .string(call.base), "version": "9.12.0", "versionNumbers": [9, 12, 0], "deploymentType": "Server",
                    "serverTitle": "Sandbox Jira",
                ])
            }
        }
        addMembers(to: platform)
        platform.get("field") { request, _ in try await answer(request) { _, world in .json(.array(world.fields)) } }
        platform.get("project") { request, _ in
            try await answer(request) { _, world in .json(.array(world.projects.map { Self.older($0.json()) })) }
        }
        platform.get("issuetype") { request, _ in
            try await answer(request) { _, world in
                .json(
                    .array(
                        world.issueTypes.map { document in
                            var type = document.json()
                            type["hierarchyLevel"] = nil
                            return type
                        }
                    )
                )
            }
        }
        platform.get("status") { request, _ in
            try await answer(request) { _, world in .json(.array(world.statuses.map { $0.json() })) }
        }
        platform.get("user/search") { request, _ in
            try await answer(request) { call, world in
                let start = min(max(0, call.query.int("startAt") ?? 0), world.users.count)
                let size = min(1_000, max(1, call.query.int("maxResults") ?? 50))
                return .json(.array(world.users[start...].prefix(size).map(Self.older)))
            }
        }
        platform.get("issue/{issue}") { request, context in
            try await answer(request) { call, world in
                guard let issue = issue(context.parameters.get("issue"), in: world) else { return JiraCall.issueNotFound }
                return .json(Self.render(issue, expand: Self.list(call.query["expand"] ?? "")))
            }
        }
        for method in [HTTPRequest.Method.get, .post] {
            platform.on("search", method: method) { request, _ in
                try await answer(request) { call, world in searchByNumber(call, world) }
            }
        }
    }

    private func searchByNumber(_ call: JiraCall, _ world: JiraWorld) -> Reply {
        state.strikeJiraChurn()
        let world = state.read { $0.jira }
        let text = call.query["jql"] ?? call.body["jql"]?.stringValue ?? ""
        let expand =
            call.query["expand"].map(Self.list) ?? call.body["expand"]?.arrayValue?.compactMap(\.stringValue) ?? []
        let size = min(1_000, max(1, call.query.int("maxResults") ?? call.body["maxResults"]?.intValue ?? 50))
        let start = max(0, call.query.int("startAt") ?? call.body["startAt"]?.intValue ?? 0)
        do throws(SandboxError) {
            let jql = try JQL(text)
            let matches = try jql.filter(in: world)
            let order = jql.order.isEmpty ? [JQL.Order(field: .created, descending: true)] : jql.order
            let found = world.issues.filter(matches).map { (SearchPosition($0, order: order, queryHash: 0), $0) }
                .sorted { $0.0.precedes($1.0, order: order) }
            let page = found.dropFirst(start).prefix(size)
            return .json([
                "startAt": .int(start), "maxResults": .int(size), "total": .int(found.count),
                "issues": .array(page.map { Self.render($0.1, expand: expand) }),
            ])
        } catch {
            return JiraCall.failure(400, error.description)
        }
    }

    /// An issue in the older form; all of its histories, where they are asked for.
    private static func render(_ issue: JiraWorld.Issue, expand: [String]) -> JSONValue {
        var json = SandboxState.inWikiMarkup(Self.older(issue.document.json()))
        if expand.contains("changelog") {
            let all = issue.allHistories().map(Self.older)
            json["changelog"] = [
                "startAt": 0, "maxResults": .int(all.count), "total": .int(all.count), "histories": .array(all),
            ]
        }
        return json
    }

    /// People by key and name instead of an account's id, wherever they stand.
    private static func older(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let values): return .array(values.map(Self.older))
        case .object(let members):
            var object = JSONValue.object(members.map { JSONMember(key: $0.key, value: Self.older($0.value)) })
            if let account = object["accountId"]?.stringValue {
                object["accountId"] = nil
                object["accountType"] = nil
                object["key"] = .string("JIRAUSER" + account)
                object["name"] = .string(account)
            }
            return object
        default: return value
        }
    }
}
