import Foundation
import Hummingbird

/// What a reader asks of a site beside its issues, and issues by id.
extension JiraRoutes {
    func addSite(to platform: RouterGroup<SandboxContext>) {
        platform.get("users/search") { request, _ in
            try await answer(request) { call, world in
                let start = min(max(0, call.query.int("startAt") ?? 0), world.users.count)
                let size = min(1_000, max(1, call.query.int("maxResults") ?? 50))
                return .json(.array(Array(world.users[start...].prefix(size))))
            }
        }
        platform.get("workflows/search") { request, _ in try await answer(request) { call, world in workflows(call, world) } }
        platform.post("issue/bulkfetch") { request, _ in try await answer(request) { call, world in bulkFetch(call, world) } }
    }

    /// The lists' members one by one, by id or key.
    func addMembers(to platform: RouterGroup<SandboxContext>, _ agile: RouterGroup<SandboxContext>? = nil) {
        let lists: [(path: String, documents: @Sendable (JiraWorld) -> [Document])] = [
            ("project", { $0.projects }), ("issuetype", { $0.issueTypes }), ("status", { $0.statuses }),
        ]
        for (path, documents) in lists {
            platform.get("\(path)/{member}") { request, context in
                try await answer(request) { _, world in
                    Self.member(context.parameters.get("member"), of: documents(world).map { $0.json() })
                }
            }
        }
        agile?.get("board/{board}") { request, context in
            try await answer(request) { _, world in
                Self.member(context.parameters.get("board"), of: world.boards.map { $0.document.json() })
            }
        }
        agile?.get("sprint/{sprint}") { request, context in
            try await answer(request) { _, world in
                Self.member(context.parameters.get("sprint"), of: world.boards.flatMap { $0.sprints ?? [] })
            }
        }
    }

    private static func member(_ name: String?, of list: [JSONValue]) -> Reply {
        let found = list.first { object in
            let id = object["id"]?.stringValue ?? object["id"]?.intValue.map(String.init)
            return name != nil && (id == name || object["key"]?.stringValue == name)
        }
        return found.map { .json($0) } ?? JiraCall.failure(404, "It does not exist or you do not have permission to view it.")
    }

    /// One workflow of all statuses, in the form of the administrators' API: statuses stand beside, workflows refer to them.
    private func workflows(_ call: JiraCall, _ world: JiraWorld) -> Reply {
        let words = ["new": "TODO", "indeterminate": "IN_PROGRESS", "done": "DONE"]
        let statuses = world.statuses.map { document -> JSONValue in
            let status = document.json()
            return [
                "id": status["id"] ?? .null, "name": status["name"] ?? .null, "statusReference": status["id"] ?? .null,
                "statusCategory": .string(words[status["statusCategory"]?["key"]?.stringValue ?? ""] ?? "TODO"),
                "scope": ["type": "GLOBAL"],
            ]
        }
        let references = statuses.map { status -> JSONValue in ["statusReference": status["statusReference"] ?? .null] }
        let workflow: JSONValue = [
            "id": "7d1a0a4c-0c8e-4b5d-9a59-5b8ad5f1a001", "name": "Software workflow", "description": "", "isEditable": true,
            "scope": ["type": "GLOBAL"], "statuses": .array(references), "transitions": [],
        ]
        var reply = call.page([workflow], size: 50, most: 200) { $0 }
        reply.json?["statuses"] = .array(statuses)
        return reply
    }

    /// Up to a hundred issues by id or key; those that are not there are named as errors.
    private func bulkFetch(_ call: JiraCall, _ world: JiraWorld) -> Reply {
        let names = call.body["issueIdsOrKeys"]?.arrayValue?.compactMap { $0.stringValue ?? $0.intValue.map(String.init) } ?? []
        guard (1...100).contains(names.count) else { return JiraCall.failure(400, "Name 1 to 100 issueIdsOrKeys.") }
        let fields = call.body["fields"]?.arrayValue?.compactMap(\.stringValue) ?? ["*all"]
        let expand = call.body["expand"]?.arrayValue?.compactMap(\.stringValue) ?? []
        let rendering = IssueRendering(fields: fields, expand: expand)
        var issues: [JSONValue] = []
        var errors: [JSONValue] = []
        for name in names {
            if let issue = issue(name, in: world) {
                issues.append(rendering.json(issue))
            } else {
                errors.append([
                    "id": .string(name), "errorMessage": "Issue does not exist or you do not have permission to see it.",
                ])
            }
        }
        return .json(["issues": .array(issues), "issueErrors": .array(errors)])
    }

    /// A board's columns and the field that it estimates in.
    func boardConfiguration(_ id: Int?, _ world: JiraWorld) -> Reply {
        guard let board = world.boards.first(where: { $0.id == id })?.document.json() else {
            return JiraCall.failure(404, "The requested board cannot be viewed because it does not exist.")
        }
        let points = world.fields.first { field in
            field["schema"]?["custom"]?.stringValue?.hasSuffix(":jsw-story-points") ?? false
        }
        let columns = world.statuses.map { document -> JSONValue in
            let status = document.json()
            return ["name": status["name"] ?? .null, "statuses": [["id": status["id"] ?? .null]]]
        }
        var json: JSONValue = [
            "id": board["id"] ?? .null, "name": board["name"] ?? .null, "type": board["type"] ?? .null,
            "columnConfig": ["columns": .array(columns), "constraintType": "none"],
        ]
        if let points {
            json["estimation"] = [
                "type": "field", "field": ["fieldId": points["id"] ?? .null, "displayName": points["name"] ?? .null],
            ]
        }
        return .json(json)
    }
}
