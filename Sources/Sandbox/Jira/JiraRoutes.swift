import Foundation
import Hummingbird

/// Jira Cloud's platform, software and development APIs, as far as a reader of issues needs them.
struct JiraRoutes: Sendable {
    static let prefix = "jira"

    let state: SandboxState
    let requiredToken: String?

    func add(to router: Router<SandboxContext>) {
        let platform = router.group("jira/rest/api/3")
        platform.get("myself") { request, _ in try await answer(request) { _, world in myself(world) } }
        platform.get("serverInfo") { request, _ in try await answer(request) { call, _ in serverInfo(call) } }
        platform.get("field") { request, _ in try await answer(request) { _, world in .json(.array(world.fields)) } }
        platform.get("status") { request, _ in
            try await answer(request) { call, world in .json(.array(world.statuses.map { $0.json() })) }
        }
        platform.get("statuses/search") { request, _ in try await answer(request) { call, world in statusSearch(call, world) } }
        platform.get("issuetype") { request, _ in
            try await answer(request) { call, world in .json(.array(world.issueTypes.map { $0.json() })) }
        }
        platform.get("issuetype/project") { request, _ in
            try await answer(request) { call, world in issueTypes(ofProject: call, world) }
        }
        platform.get("project/search") { request, _ in try await answer(request) { call, world in projects(call, world) } }
        platform.get("search/jql") { request, _ in try await answer(request) { call, world in search(call, world) } }
        platform.post("search/jql") { request, _ in try await answer(request) { call, world in search(call, world) } }
        for method in [HTTPRequest.Method.get, .post] {
            platform.on("search", method: method) { request, _ in
                try await answer(request) { _, _ in
                    JiraCall.failure(
                        410,
                        "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
                    )
                }
            }
        }
        addSite(to: platform)
        addDataCenter(to: router)
        platform.post("changelog/bulkfetch") { request, _ in
            try await answer(request) { call, world in changelogs(call, world) }
        }
        platform.get("issue/{issue}") { request, context in
            try await answer(request) { call, world in
                guard let issue = issue(context.parameters.get("issue"), in: world) else { return JiraCall.issueNotFound }
                let fields = call.query["fields"].map(Self.list) ?? ["*all"]
                let rendering = IssueRendering(fields: fields, expand: Self.list(call.query["expand"] ?? ""))
                return .json(rendering.json(issue))
            }
        }
        platform.get("issue/{issue}/changelog") { request, context in
            try await answer(request) { call, world in
                guard let issue = issue(context.parameters.get("issue"), in: world) else { return JiraCall.issueNotFound }
                return call.page(issue.allHistories(), size: 100, most: 100) { $0 }
            }
        }
        for version in ["1.0", "latest"] {
            let development = router.group(RouterPath("jira/rest/dev-status/\(version)/issue"))
            development.get("detail") { request, _ in try await answer(request) { call, world in developmentDetail(call, world) }
            }
            development.get("summary") { request, _ in
                try await answer(request) { call, world in developmentSummary(call, world) }
            }
        }
        let agile = router.group("jira/rest/agile/1.0")
        addMembers(to: platform, agile)
        agile.get("board") { request, _ in
            try await answer(request) { call, world in
                call.page(world.boards, size: 50, most: 50) { $0.document.json() }
            }
        }
        agile.get("board/{board}/configuration") { request, context in
            try await answer(request) { _, world in boardConfiguration(context.parameters.get("board", as: Int.self), world) }
        }
        agile.get("board/{board}/sprint") { request, context in
            try await answer(request) { call, world in
                let id = context.parameters.get("board", as: Int.self)
                guard let board = world.boards.first(where: { $0.id == id }) else {
                    return JiraCall.failure(404, "The requested board cannot be viewed because it does not exist.")
                }
                guard let sprints = board.sprints else { return JiraCall.failure(400, "The board does not support sprints") }
                let states = call.query["state"].map(Self.list)
                let wanted = sprints.filter { sprint in states?.contains(sprint["state"]?.stringValue ?? "") ?? true }
                return call.page(wanted, size: 50, most: 50) { $0 }
            }
        }
    }

    // MARK: - Lists

    private func projects(_ call: JiraCall, _ world: JiraWorld) -> Reply {
        let keys = Set(call.query.pairs.filter { $0.name == "keys" }.flatMap { Self.list($0.value) })
        let projects = world.projects.map { $0.json() }
            .filter { keys.isEmpty || keys.contains($0["key"]?.stringValue ?? "") }
        return call.page(projects, size: 50, most: 100) { $0 }
    }

    /// The administrators' form of a status: the category is a word and the project stands in `scope`.
    private func statusSearch(_ call: JiraCall, _ world: JiraWorld) -> Reply {
        let words = ["new": "TODO", "indeterminate": "IN_PROGRESS", "done": "DONE"]
        let wanted = call.query["statusCategory"]
        let statuses = world.statuses.map { document -> JSONValue in
            let status = document.json()
            let category = words[status["statusCategory"]?["key"]?.stringValue ?? ""] ?? "TODO"
            return [
                "id": status["id"] ?? .null, "name": status["name"] ?? .null, "statusCategory": .string(category),
                "description": status["description"] ?? "", "scope": status["scope"] ?? ["type": "GLOBAL"],
            ]
        }
        let shown = statuses.filter { wanted == nil || $0["statusCategory"]?.stringValue == wanted }
        return call.page(shown, size: 200, most: 200) { $0 }
    }

    /// Types scoped to the project, and those of no project.
    private func issueTypes(ofProject call: JiraCall, _ world: JiraWorld) -> Reply {
        guard let project = call.query["projectId"] else { return JiraCall.failure(400, "The projectId is missing.") }
        let types = world.issueTypes.map { $0.json() }.filter { type in
            let scope = type["scope"]?["project"]?["id"]?.stringValue
            return scope == nil || scope == project
        }
        return .json(.array(types))
    }

    private func myself(_ world: JiraWorld) -> Reply {
        var user = world.users.first ?? ["accountId": "sandbox", "displayName": "Sandbox", "active": true]
        user["timeZone"] = .string(world.timeZone)
        return .json(user)
    }

    private func serverInfo(_ call: JiraCall) -> Reply {
        let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        return .json([
            "baseUrl": .string(call.base), "version": "1001.0.0-SNAPSHOT", "versionNumbers": [1001, 0, 0],
            "deploymentType": "Cloud", "buildNumber": 100_296, "serverTime": .string(now.jira(offsetMinutes: 0)),
            "serverTitle": "Sandbox Jira", "defaultLocale": ["locale": "en_US"],
        ])
    }

    // MARK: - Development

    private func developmentDetail(_ call: JiraCall, _ world: JiraWorld) -> Reply {
        guard let issue = call.query.int("issueId"), let application = call.query["applicationType"],
            let type = call.query["dataType"]
        else { return JiraCall.failure(400, "issueId (a number), applicationType and dataType are required.") }
        let panel = world.development[issue, default: []].first {
            $0.applicationType.lowercased() == application.lowercased() && $0.dataType == type
        }
        let detail = panel?.detail.json() ?? []
        return .json(["errors": [], "detail": .array(detail)])
    }

    private func developmentSummary(_ call: JiraCall, _ world: JiraWorld) -> Reply {
        guard let issue = call.query.int("issueId") else { return JiraCall.failure(400, "issueId (a number) is required.") }
        var summary: JSONValue = [:]
        for type in ["pullrequest", "repository", "branch"] {
            var count = 0
            var applications: JSONValue = [:]
            for panel in world.development[issue, default: []] where panel.dataType == type {
                let plural = type == "pullrequest" ? "pullRequests" : type == "branch" ? "branches" : "repositories"
                let here = panel.detail.json().reduce(0) { $0 + ($1[plural]?.arrayValue?.count ?? 0) }
                count += here
                applications[panel.applicationType] = ["count": .int(here), "name": .string(panel.applicationType)]
            }
            summary[type] = ["overall": ["count": .int(count), "dataType": .string(type)], "byInstanceType": applications]
        }
        return .json(["errors": [], "configErrors": [], "summary": summary])
    }

    // MARK: - The gate

    func issue(_ name: String?, in world: JiraWorld) -> JiraWorld.Issue? {
        guard let name else { return nil }
        return world.issues.first { $0.key == name || String($0.id) == name }
            ?? world.issues.first { $0.earlierKeys.contains(name) }
    }

    func answer(_ request: Request, _ make: (JiraCall, JiraWorld) -> Reply) async throws -> Response {
        if let requiredToken, !Self.isAuthenticated(request.headers.value("authorization"), requiredToken) {
            var reply = JiraCall.failure(401, "Client must be authenticated to access this resource.")
            reply.headers.append(("www-authenticate", "OAuth realm=\"sandbox\""))
            return reply.response()
        }
        let body: JSONValue
        do {
            body = try await request.jsonBody()
        } catch let error as SandboxError {
            return JiraCall.failure(400, error.description).response()
        }
        let call = JiraCall(request, body: body)
        // Ids and keys in a path are one endpoint's.
        let endpoint =
            "\(request.method) "
            + call.path.split(separator: "/").map { $0.contains { $0.isNumber } ? "*" : $0 }.joined(separator: "/")
        if let refusal = state.read({ $0.jiraLimits.admit(endpoint, now: Date().timeIntervalSince1970) }) {
            return Self.limited(refusal).response()
        }
        var reply = make(call, state.read { $0.jira })
        reply.headers += state.read { $0.jiraLimits.spend(1 + Self.objects(in: reply.json), now: Date().timeIntervalSince1970) }
        return reply.response()
    }

    private static func limited(_ refusal: JiraLimits.Refusal) -> Reply {
        var reply = JiraCall.failure(429, "Rate limit exceeded.")
        reply.headers = [
            ("retry-after", String(refusal.retryAfter)), ("ratelimit-reason", refusal.reason),
            ("x-ratelimit-limit", String(refusal.limit)), ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", Instant(milliseconds: refusal.resetSeconds * 1_000).gitHub),
        ]
        return reply
    }

    /// How many objects an answer holds, as the points of the hourly budget count them.
    private static func objects(in json: JSONValue?) -> Int {
        json?.arrayValue?.count ?? json?["issues"]?.arrayValue?.count ?? json?["values"]?.arrayValue?.count ?? 1
    }

    /// Basic with any address and the token as password, or the token as bearer.
    private static func isAuthenticated(_ header: String?, _ token: String) -> Bool {
        guard let header else { return false }
        if header == "Bearer " + token { return true }
        guard header.hasPrefix("Basic "), let data = Data(base64Encoded: String(header.dropFirst(6))) else { return false }
        let parts = String(decoding: data, as: UTF8.self).split(separator: ":", maxSplits: 1)
        return parts.count == 2 && parts[1] == token
    }

    static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
