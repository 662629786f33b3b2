import Foundation

/// Answers a checked query from the world: the same objects that REST shows, in GraphQL's shape.
struct GraphExecutor {
    /// Something that fields are asked of.
    private enum Source {
        case query
        case repository(GitHubWorld.Repository)
        /// With its object in REST's shape.
        case pull(GitHubWorld.Pull, JSONValue)
        case deployment(JSONValue)
        case connection(Page)
        /// Members by the name of the field.
        case members([String: JSONValue])
        case object(String, [String: Source?])
        case scalar(JSONValue)
        case list([(type: String, source: Source)?])
    }

    private struct Page {
        var total: Int
        var nodes: [(type: String, source: Source)?]
        var hasNext: Bool
        var start: String?
        var end: String?
    }

    private let query: GraphQuery
    private let variables: [String: JSONValue]
    private let world: GitHubWorld
    private let order: (GitHubWorld.Repository) -> [Int]
    private let rateLimit: [String: JSONValue]
    private(set) var errors: [JSONValue] = []

    /// - Parameter order: indices of a repository's pull requests, newest change first.
    init(
        _ query: GraphQuery,
        variables: [String: JSONValue],
        world: GitHubWorld,
        rateLimit: [String: JSONValue],
        order: @escaping (GitHubWorld.Repository) -> [Int]
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
        case .query, .repository, .pull, .deployment, .connection, .members:
            return self.object(type, source, selections, path: path)
        }
    }

    // MARK: - Fields

    private func argument(_ name: String, _ field: GraphQuery.Field) -> JSONValue? {
        let value = field.arguments.first { $0.name == name }?.value.json(self.variables, self.query)
        return value == .null ? nil : value
    }

    private mutating func resolve(_ field: GraphQuery.Field, _ source: Source, path: [JSONValue]) -> Source? {
        switch source {
        case .query: return self.top(field, path: path)
        case .repository(let repository): return self.resolve(field, repository)
        case .pull(let pull, let json): return self.resolve(field, pull, json)
        case .deployment(let json): return Self.deployment(field, json)
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
        for repository in self.world.repositories {
            if let pull = repository.pulls.first(where: { $0.nodeID == id }) {
                return ("PullRequest", .object("PullRequest", self.members(of: pull)))
            }
            if let deployment = repository.deployments.first(where: { $0["node_id"]?.stringValue == id }) {
                let names = GraphSchema.types["Deployment"]?.keys.map { $0 } ?? []
                var members: [String: Source?] = [:]
                for name in names {
                    let field = GraphQuery.Field(alias: name, name: name, arguments: [], selections: [])
                    members[name] = Self.deployment(field, deployment)
                }
                return ("Deployment", .object("Deployment", members))
            }
        }
        self.errors.append([
            "type": "NOT_FOUND", "path": .array(path),
            "message": .string("Could not resolve to a node with the global id of '\(id)'"),
        ])
        return nil
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

    /// Cursors name the last element by its sort key, so that what moves to the front shifts nobody, as on the real one.
    private func pulls(of repository: GitHubWorld.Repository, _ field: GraphQuery.Field) -> Page {
        let byCreation = self.argument("orderBy", field)?["field"]?.stringValue == "CREATED_AT"
        let ascending = (self.argument("orderBy", field)?["direction"]?.stringValue ?? "ASC") == "ASC"
        func key(_ pull: GitHubWorld.Pull) -> (Int64, Int) {
            ((byCreation ? pull.created : pull.updated).milliseconds, pull.number)
        }
        var ordered: [GitHubWorld.Pull]
        if byCreation {
            ordered = repository.pulls.sorted { key($0) < key($1) }
            if !ascending { ordered.reverse() }
        } else {
            ordered = self.order(repository).map { repository.pulls[$0] }
            if ascending { ordered.reverse() }
        }
        var rest = ordered[...]
        if let after = self.argument("after", field)?.stringValue, let place = Self.place(after) {
            rest = ordered.drop { ascending ? key($0) <= place : key($0) >= place }[...]
        }
        let page = rest.prefix(self.argument("first", field)?.intValue ?? 0)
        return Page(
            total: ordered.count,
            nodes: page.map { ("PullRequest", .pull($0, $0.document.json())) },
            hasNext: rest.count > page.count,
            start: page.first.map { Self.cursor(key($0)) },
            end: page.last.map { Self.cursor(key($0)) }
        )
    }

    private static func cursor(_ key: (Int64, Int)) -> String { Data("cursor:v2:\(key.0):\(key.1)".utf8).base64EncodedString() }

    private static func place(_ cursor: String) -> (Int64, Int)? {
        guard let data = Data(base64Encoded: cursor) else { return nil }
        let parts = String(decoding: data, as: UTF8.self).split(separator: ":")
        guard parts.count == 4, let first = Int64(parts[2]), let second = Int(parts[3]) else { return nil }
        return (first, second)
    }

    private func resolve(_ field: GraphQuery.Field, _ pull: GitHubWorld.Pull, _ json: JSONValue) -> Source? {
        let isMerged = json["merged_at"].map { $0 != .null } ?? false
        switch field.name {
        case "id": return .scalar(json["node_id"] ?? .null)
        case "databaseId": return .scalar(Self.small(json["id"]))
        case "fullDatabaseId": return .scalar(.optional(json["id"]?.intValue.map(String.init)))
        case "body": return .scalar(json["body"] == .null ? "" : json["body"] ?? "")
        case "state": return .scalar(isMerged ? "MERGED" : json["state"]?.stringValue == "open" ? "OPEN" : "CLOSED")
        case "merged": return .scalar(.bool(isMerged))
        case "isDraft": return .scalar(json["draft"] ?? false)
        case "url": return .scalar(json["html_url"] ?? .null)
        case "createdAt": return .scalar(json["created_at"] ?? .null)
        case "updatedAt": return .scalar(json["updated_at"] ?? .null)
        case "closedAt": return .scalar(json["closed_at"] ?? .null)
        case "mergedAt": return .scalar(json["merged_at"] ?? .null)
        case "changedFiles": return .scalar(json["changed_files"] ?? .null)
        case "headRefName": return .scalar(json["head"]?["ref"] ?? .null)
        case "headRefOid": return .scalar(json["head"]?["sha"] ?? .null)
        case "baseRefName": return .scalar(json["base"]?["ref"] ?? .null)
        case "author": return json["user"].flatMap(Self.actor)
        case "mergedBy": return json["merged_by"].flatMap(Self.actor)
        case "mergeCommit":
            guard isMerged, let sha = json["merge_commit_sha"], sha != .null else { return nil }
            return .members(["oid": sha])
        case "labels":
            return .connection(
                self.page(json["labels"]?.arrayValue ?? [], field) { label in
                    (
                        "Label",
                        .members([
                            "id": label["node_id"] ?? .null, "name": label["name"] ?? .null, "color": label["color"] ?? .null,
                        ])
                    )
                }
            )
        case "reviewRequests":
            return .connection(
                self.page(json["requested_reviewers"]?.arrayValue ?? [], field) { user in
                    ("ReviewRequest", .object("ReviewRequest", ["requestedReviewer": Self.actor(user)]))
                }
            )
        case "comments":
            return .connection(Page(total: json["comments"]?.intValue ?? 0, nodes: [], hasNext: false, start: nil, end: nil))
        case "commits":
            return .connection(
                self.page(pull.commits.json(), field) { commit in
                    ("PullRequestCommit", .object("PullRequestCommit", ["commit": Self.commit(commit)]))
                }
            )
        case "reviews":
            return .connection(self.page(pull.reviews.json(), field) { ("PullRequestReview", Self.review($0)) })
        default: return .scalar(json[field.name] ?? .null)
        }
    }

    /// A page of what hangs on one object, with the place as cursor: these lists only grow.
    private func page(
        _ items: [JSONValue],
        _ field: GraphQuery.Field,
        _ make: (JSONValue) -> (type: String, source: Source)
    ) -> Page {
        let start = self.argument("after", field)?.stringValue.flatMap(Self.place).map { Int($0.0) } ?? 0
        let rest = items.dropFirst(start)
        let page = rest.prefix(self.argument("first", field)?.intValue ?? 0)
        let end = start + page.count
        return Page(
            total: items.count,
            nodes: page.map(make),
            hasNext: rest.count > page.count,
            start: page.isEmpty ? nil : Self.cursor((Int64(start), 0)),
            end: page.isEmpty ? nil : Self.cursor((Int64(end), 0))
        )
    }

    /// `databaseId` is a 32-bit number and null where the id has outgrown it.
    private static func small(_ id: JSONValue?) -> JSONValue {
        guard let number = id?.intValue, number <= Int(Int32.max) else { return .null }
        return .int(number)
    }

    private static func scalars(_ values: KeyValuePairs<String, JSONValue?>) -> [String: Source?] {
        var members: [String: Source?] = [:]
        for (name, value) in values { members[name] = .some(.scalar(value ?? .null)) }
        return members
    }

    /// A bot's login has no `[bot]` here, and a deleted account is null.
    private static func actor(_ user: JSONValue) -> Source? {
        guard let login = user["login"]?.stringValue else { return nil }
        let known = user["type"]?.stringValue ?? ""
        let type = ["Bot", "Organization", "Mannequin"].contains(known) ? known : "User"
        let short = type == "Bot" && login.hasSuffix("[bot]") ? String(login.dropLast("[bot]".count)) : login
        let members = Self.scalars([
            "login": .string(short), "databaseId": user["id"], "id": user["node_id"], "url": user["html_url"],
            "avatarUrl": user["avatar_url"],
        ])
        return .object(type, members)
    }

    private static func person(_ name: String, _ json: JSONValue) -> Source {
        let person = json["commit"]?[name]
        var members = Self.scalars(["name": person?["name"], "email": person?["email"], "date": person?["date"]])
        members["user"] = .some(json[name].flatMap(Self.actor))
        return .object("GitActor", members)
    }

    private static func commit(_ json: JSONValue) -> Source {
        let commit = json["commit"]
        let message = commit?["message"]?.stringValue ?? ""
        let headline = String(message.prefix { $0 != "\n" })
        var members = Self.scalars([
            "id": json["node_id"], "oid": json["sha"], "message": .string(message), "messageHeadline": .string(headline),
            "url": json["html_url"], "authoredDate": commit?["author"]?["date"], "committedDate": commit?["committer"]?["date"],
        ])
        members["author"] = .some(Self.person("author", json))
        members["committer"] = .some(Self.person("committer", json))
        return .object("Commit", members)
    }

    private static func review(_ json: JSONValue) -> Source {
        let full: JSONValue = .optional(json["id"]?.intValue.map { String($0) })
        var members = Self.scalars([
            "id": json["node_id"], "databaseId": Self.small(json["id"]), "fullDatabaseId": full, "state": json["state"],
            "body": json["body"], "submittedAt": json["submitted_at"], "url": json["html_url"],
        ])
        members["author"] = .some(json["user"].flatMap(Self.actor))
        return .object("PullRequestReview", members)
    }

    private static func deployment(_ field: GraphQuery.Field, _ json: JSONValue) -> Source? {
        let statuses = json["statuses"]?.arrayValue ?? []
        switch field.name {
        case "id": return .scalar(json["node_id"] ?? .null)
        case "databaseId": return .scalar(json["id"] ?? .null)
        case "commitOid": return .scalar(json["sha"] ?? .null)
        case "createdAt": return .scalar(json["created_at"] ?? .null)
        case "updatedAt": return .scalar(json["updated_at"] ?? .null)
        case "state": return .scalar(.optional(statuses.first?["state"]?.stringValue?.uppercased()))
        case "statuses":
            let nodes = statuses.map { status -> (type: String, source: Source)? in
                (
                    "DeploymentStatus",
                    .members([
                        "state": .optional(status["state"]?.stringValue?.uppercased()),
                        "createdAt": status["created_at"] ?? .null,
                    ])
                )
            }
            return .connection(Page(total: nodes.count, nodes: nodes, hasNext: false, start: nil, end: nil))
        default: return .scalar(json[field.name] ?? .null)
        }
    }
}
