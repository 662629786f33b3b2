import Foundation

/// Answers a checked query from the world: the same objects that REST shows, in GraphQL's shape.
struct GraphExecutor {
    /// Something that fields are asked of.
    enum Source {
        case query
        case repository(GitHubWorld.Repository)
        /// With its object in REST's shape.
        case pull(GitHubWorld.Pull, JSONValue)
        case deployment(JSONValue)
        /// Of a type that the schema leaves open.
        indirect case typed(String, Source)
        case connection(Page)
        /// Members by the name of the field.
        case members([String: JSONValue])
        case object(String, [String: Source?])
        case scalar(JSONValue)
        case list([(type: String, source: Source)?])
    }

    struct Page {
        var total: Int
        var nodes: [(type: String, source: Source)?]
        var hasNext: Bool
        var start: String?
        var end: String?
    }

    private let query: GraphQuery
    private let variables: [String: JSONValue]
    let world: GitHubWorld
    let order: (GitHubWorld.Repository, _ byCreation: Bool) -> [Int]
    /// Deployments by their id in GraphQL, once one is asked for.
    private var deployments: [String: JSONValue]?
    private let rateLimit: [String: JSONValue]
    private(set) var errors: [JSONValue] = []

    /// - Parameter order: indices of a repository's pull requests by creation or change, oldest first.
    init(
        _ query: GraphQuery,
        variables: [String: JSONValue],
        world: GitHubWorld,
        rateLimit: [String: JSONValue],
        order: @escaping (GitHubWorld.Repository, _ byCreation: Bool) -> [Int]
    ) {
        self.query = query
        self.variables = variables
        self.world = world
        self.rateLimit = rateLimit
        self.order = order
    }

    mutating func run() -> JSONValue {
        self.object("Query", .query, self.query.selections, path: [])
    }

    // MARK: - Walking

    private mutating func object(
        _ type: String,
        _ source: Source,
        _ selections: [GraphQuery.Selection],
        path: [JSONValue]
    ) -> JSONValue {
        var members: [JSONMember] = []
        self.fill(&members, type, source, selections, path: path)
        return .object(members)
    }

    private mutating func fill(
        _ members: inout [JSONMember],
        _ type: String,
        _ source: Source,
        _ selections: [GraphQuery.Selection],
        path: [JSONValue]
    ) {
        for selection in selections {
            switch selection {
            case .spread(let name):
                guard let fragment = self.query.fragments[name], GraphSchema.fits(type, fragment.type) else { continue }
                self.fill(&members, type, source, fragment.selections, path: path)
            case .inline(let condition, let inner):
                guard condition.map({ GraphSchema.fits(type, $0) }) ?? true else { continue }
                self.fill(&members, type, source, inner, path: path)
            case .field(let field):
                guard !members.contains(where: { $0.key == field.alias }) else { continue }
                let path = path + [.string(field.alias)]
                let value = self.value(of: field, type, source, path: path)
                members.append(JSONMember(key: field.alias, value: value))
            }
        }
    }

    private mutating func value(of field: GraphQuery.Field, _ type: String, _ source: Source, path: [JSONValue]) -> JSONValue {
        if field.name == "__typename" { return .string(type) }
        guard let found = self.resolve(field, source, path: path) else { return .null }
        return self.json(found, GraphSchema.types[type]?[field.name]?.type ?? "", field.selections, path: path)
    }

    private mutating func json(
        _ source: Source,
        _ type: String,
        _ selections: [GraphQuery.Selection],
        path: [JSONValue]
    ) -> JSONValue {
        switch source {
        case .scalar(let value):
            return value
        case .list(let items):
            return .array(
                items.enumerated().map { index, item in
                    guard let item else { return .null }
                    return self.json(item.source, item.type, selections, path: path + [.int(index)])
                }
            )
        case .object(let actual, _):
            return self.object(actual, source, selections, path: path)
        case .typed(let actual, let inner):
            return self.object(actual, inner, selections, path: path)
        case .query, .repository, .pull, .deployment, .connection, .members:
            return self.object(type, source, selections, path: path)
        }
    }

    // MARK: - Fields

    func argument(_ name: String, _ field: GraphQuery.Field) -> JSONValue? {
        let value = field.arguments.first { $0.name == name }?.value.json(self.variables, self.query)
        return value == .null ? nil : value
    }

    private mutating func resolve(_ field: GraphQuery.Field, _ source: Source, path: [JSONValue]) -> Source? {
        switch source {
        case .query: return self.top(field, path: path)
        case .repository(let repository): return self.resolve(field, repository)
        case .pull(let pull, let json): return self.resolve(field, pull, json)
        case .deployment(let json): return self.deployment(field, json)
        case .typed(_, let inner): return self.resolve(field, inner, path: path)
        case .members(let members): return members[field.name].map(Source.scalar)
        case .object(_, let members): return members[field.name] ?? nil
        case .connection(let page):
            switch field.name {
            case "totalCount": return .scalar(.int(page.total))
            case "nodes": return .list(page.nodes)
            case "pageInfo":
                return .members([
                    "hasNextPage": .bool(page.hasNext), "hasPreviousPage": false, "startCursor": .optional(page.start),
                    "endCursor": .optional(page.end),
                ])
            default: return nil
            }
        case .scalar, .list: return nil
        }
    }

    private mutating func top(_ field: GraphQuery.Field, path: [JSONValue]) -> Source? {
        switch field.name {
        case "rateLimit": return .members(self.rateLimit)
        case "viewer": return Self.actor(self.world.viewer)
        case "repository":
            let asked =
                (self.argument("owner", field)?.stringValue ?? "") + "/" + (self.argument("name", field)?.stringValue ?? "")
            let name = self.world.renamed[asked.lowercased()] ?? asked
            guard let repository = self.world.repositories.first(where: { $0.fullName.lowercased() == name.lowercased() }) else {
                self.errors.append([
                    "type": "NOT_FOUND", "path": .array(path),
                    "message": .string("Could not resolve to a Repository with the name '\(asked)'."),
                ])
                return nil
            }
            return .repository(repository)
        case "node": return self.node(self.argument("id", field)?.stringValue ?? "", path: path)?.source
        case "nodes":
            let ids = self.argument("ids", field)?.arrayValue ?? []
            return .list(
                ids.enumerated().map { index, id in self.node(id.stringValue ?? "", path: path + [.int(index)]) }
            )
        default: return nil
        }
    }

    private mutating func node(_ id: String, path: [JSONValue]) -> (type: String, source: Source)? {
        for repository in self.world.repositories where id.hasPrefix("PR_") {
            if let pull = repository.pulls.first(where: { $0.nodeID == id }) {
                return ("PullRequest", .object("PullRequest", self.members(of: pull)))
            }
        }
        if let deployment = self.deployment(id) { return ("Deployment", .typed("Deployment", .deployment(deployment))) }
        self.errors.append([
            "type": "NOT_FOUND", "path": .array(path),
            "message": .string("Could not resolve to a node with the global id of '\(id)'"),
        ])
        return nil
    }

    private mutating func deployment(_ id: String) -> JSONValue? {
        let known =
            self.deployments
            ?? Dictionary(
                self.world.repositories.flatMap { repository in
                    repository.deployments.compactMap { deployment in
                        deployment["node_id"]?.stringValue.map { ($0, deployment) }
                    }
                }
            ) { first, _ in first }
        self.deployments = known
        return known[id]
    }

    /// A pull request behind `node`: its type must be told, and its lists take their arguments from the field that asks, so those are
    /// resolved when they are walked.
    private mutating func members(of pull: GitHubWorld.Pull) -> [String: Source?] {
        let json = pull.document.json()
        var members: [String: Source?] = [:]
        func visit(_ selections: [GraphQuery.Selection], _ query: GraphQuery, _ into: inout [GraphQuery.Field]) {
            for selection in selections {
                switch selection {
                case .field(let field): into.append(field)
                case .inline(_, let inner): visit(inner, query, &into)
                case .spread(let name): visit(query.fragments[name]?.selections ?? [], query, &into)
                }
            }
        }
        var fields: [GraphQuery.Field] = []
        for case .field(let top) in self.query.selections where top.name == "node" || top.name == "nodes" {
            visit(top.selections, self.query, &fields)
        }
        for field in fields { members[field.name] = self.resolve(field, pull, json) }
        return members
    }

    private func resolve(_ field: GraphQuery.Field, _ repository: GitHubWorld.Repository) -> Source? {
        switch field.name {
        case "pullRequests": return .connection(self.pulls(of: repository, field))
        case "pullRequest":
            guard let number = self.argument("number", field)?.intValue,
                let pull = repository.pulls.first(where: { $0.number == number })
            else { return nil }
            return .pull(pull, pull.document.json())
        default:
            let json = repository.document.json()
            let names = [
                "id": "node_id", "databaseId": "id", "nameWithOwner": "full_name", "isArchived": "archived",
                "isPrivate": "private", "url": "html_url", "createdAt": "created_at", "updatedAt": "updated_at",
                "pushedAt": "pushed_at",
            ]
            return .scalar(json[names[field.name] ?? field.name] ?? .null)
        }
    }

    private func deployment(_ field: GraphQuery.Field, _ json: JSONValue) -> Source? {
        let statuses = json["statuses"]?.arrayValue ?? []
        switch field.name {
        case "id": return .scalar(json["node_id"] ?? .null)
        case "databaseId": return .scalar(Self.small(json["id"]))
        case "commitOid": return .scalar(json["sha"] ?? .null)
        case "createdAt": return .scalar(json["created_at"] ?? .null)
        case "updatedAt": return .scalar(json["updated_at"] ?? .null)
        case "state": return .scalar(.optional(statuses.first?["state"]?.stringValue?.uppercased()))
        case "statuses":
            return .connection(
                self.page(statuses, field) { status in
                    (
                        "DeploymentStatus",
                        .members([
                            "state": .optional(status["state"]?.stringValue?.uppercased()),
                            "createdAt": status["created_at"] ?? .null,
                        ])
                    )
                }
            )
        default: return .scalar(json[field.name] ?? .null)
        }
    }
}
