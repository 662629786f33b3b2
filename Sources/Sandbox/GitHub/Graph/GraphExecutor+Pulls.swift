import Foundation

/// Pull requests and what hangs on them: REST's objects in GraphQL's shape.
extension GraphExecutor {
    /// Cursors name the last element by its sort key, so that what moves to the front shifts nobody, as on the real one.
    func pulls(of repository: GitHubWorld.Repository, _ field: GraphQuery.Field) -> Page {
        let byCreation = self.argument("orderBy", field)?["field"]?.stringValue == "CREATED_AT"
        let ascending = (self.argument("orderBy", field)?["direction"]?.stringValue ?? "ASC") == "ASC"
        func key(_ index: Int) -> (Int64, Int) {
            let pull = repository.pulls[index]
            return ((byCreation ? pull.created : pull.updated).milliseconds, pull.number)
        }
        let ordered = self.order(repository, byCreation)
        let size = self.argument("first", field)?.intValue ?? 0
        let place = self.argument("after", field)?.stringValue.flatMap(Self.place)
        let page: [Int]
        let hasNext: Bool
        if ascending {
            let start = place.map { place in ordered.partitioningIndex { key($0) > place } } ?? 0
            page = Array(ordered[start...].prefix(size))
            hasNext = start + page.count < ordered.count
        } else {
            let end = place.map { place in ordered.partitioningIndex { key($0) >= place } } ?? ordered.count
            page = ordered[..<end].suffix(size).reversed()
            hasNext = page.count < end
        }
        return Page(
            total: ordered.count,
            nodes: page.map { ("PullRequest", .pull(repository.pulls[$0], repository.pulls[$0].document.json())) },
            hasNext: hasNext,
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

    func resolve(_ field: GraphQuery.Field, _ pull: GitHubWorld.Pull, _ json: JSONValue) -> Source? {
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
    func page(
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
    static func small(_ id: JSONValue?) -> JSONValue {
        guard let number = id?.intValue, number <= Int(Int32.max) else { return .null }
        return .int(number)
    }

    private static func scalars(_ values: KeyValuePairs<String, JSONValue?>) -> [String: Source?] {
        var members: [String: Source?] = [:]
        for (name, value) in values { members[name] = .some(.scalar(value ?? .null)) }
        return members
    }

    /// A bot's login has no `[bot]` here, and a deleted account is null.
    static func actor(_ user: JSONValue) -> Source? {
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
}
