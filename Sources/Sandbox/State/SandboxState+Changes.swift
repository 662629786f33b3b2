import Foundation

extension SandboxState {
    /// Changes a pull request by a JSON merge patch, in which null stays a value, and raises its `updated_at`.
    ///
    /// - Throws: `SandboxError` where there is no such pull request or the text is no JSON object.
    public func patchPull(_ repository: String, _ number: Int, json: String) throws {
        try patchPull(repository, number, with: JSONParser.parse(Array(json.utf8)))
    }

    /// Removes a pull request with its reviews, commits and comments.
    public func deletePull(_ repository: String, _ number: Int) throws {
        try removePull(repository, number)
    }

    /// Changes some pull request and edits some comment, as people do while a list is read.
    func churn() {
        let chosen: (String, Int, Int)? = read { content in
            var random = content.churn ?? SeededRandom(seed: 17)
            defer { content.churn = random }
            let repositories = content.gitHub.repositories.filter { !$0.pulls.isEmpty }
            guard !repositories.isEmpty else { return nil }
            let repository = random.pick(repositories)
            return (repository.fullName, random.pick(repository.pulls).number, random.below(1_000_000))
        }
        guard let (repository, number, mark) = chosen else { return }
        try? patchPull(repository, number, with: ["title": .string("Changed while it was read, \(mark)")])
        read { content in
            guard let index = content.gitHub.repositories.firstIndex(where: { $0.fullName == repository }),
                !content.gitHub.repositories[index].issueComments.isEmpty
            else { return }
            let place = mark % content.gitHub.repositories[index].issueComments.count
            var comment = content.gitHub.repositories[index].issueComments[place]
            let updated = Self.nextInstant(after: content.gitHub.repositories[index].issueComments.map(\.updated).max())
            comment.updated = updated
            comment.document.apply(["body": .string("Edited, \(mark)"), "updated_at": .string(updated.gitHub)])
            content.gitHub.repositories[index].issueComments[place] = comment
            content.gitHub.repositories[index].revision += 1
            content.orders = [:]
        }
    }

    /// Gives a repository another name; the old one redirects.
    public func renameRepository(_ old: String, to new: String) throws {
        try change { content throws(SandboxError) in
            guard let index = content.gitHub.repositories.firstIndex(where: { $0.fullName == old }) else {
                throw SandboxError("The sandbox has no repository \(old).")
            }
            content.gitHub.repositories[index].fullName = new
            content.gitHub.repositories[index].revision += 1
            let short = String(new.drop { $0 != "/" }.dropFirst())
            content.gitHub.repositories[index].document.apply(["full_name": .string(new), "name": .string(short)])
            content.gitHub.renamed[old.lowercased()] = new
            for (before, now) in content.gitHub.renamed where now == old { content.gitHub.renamed[before] = new }
            content.gitHub.renamed[new.lowercased()] = nil
        }
        guard hasWebhooks(.github) else { return }
        tell(.github, "repository", ["action": "renamed", "repository": repositoryPayload(new)])
    }

    /// Removes a comment.
    ///
    /// - Parameter kind: `review` or `issue`.
    public func deleteComment(_ repository: String, _ kind: String, _ id: Int) throws {
        let comment = read { content in
            let found = content.gitHub.repositories.first { $0.fullName == repository }
            return (kind == "review" ? found?.reviewComments : found?.issueComments)?.first { $0.id == id }
        }
        try change { content throws(SandboxError) in
            guard let index = content.gitHub.repositories.firstIndex(where: { $0.fullName == repository }) else {
                throw SandboxError("The sandbox has no repository \(repository).")
            }
            content.gitHub.repositories[index].revision += 1
            if kind == "review" {
                content.gitHub.repositories[index].reviewComments.removeAll { $0.id == id }
            } else {
                content.gitHub.repositories[index].issueComments.removeAll { $0.id == id }
            }
        }
        if let comment { tellOfComment("deleted", repository, kind, comment) }
    }

    /// Changes a comment's text.
    public func editComment(_ repository: String, _ kind: String, _ id: Int, body: String) throws {
        let edited = try change { content throws(SandboxError) -> GitHubWorld.Comment in
            guard let index = content.gitHub.repositories.firstIndex(where: { $0.fullName == repository }) else {
                throw SandboxError("The sandbox has no repository \(repository).")
            }
            var list =
                kind == "review"
                ? content.gitHub.repositories[index].reviewComments : content.gitHub.repositories[index].issueComments
            guard let place = list.firstIndex(where: { $0.id == id }) else {
                throw SandboxError("The sandbox has no comment \(id).")
            }
            let updated = Self.nextInstant(after: list.map(\.updated).max())
            list[place].updated = updated
            list[place].document.apply(["body": .string(body), "updated_at": .string(updated.gitHub)])
            content.gitHub.repositories[index].revision += 1
            if kind == "review" {
                content.gitHub.repositories[index].reviewComments = list
            } else {
                content.gitHub.repositories[index].issueComments = list
            }
            return list[place]
        }
        tellOfComment("edited", repository, kind, edited)
    }

    /// Gives a pull request so many commits, and raises its `updated_at`.
    public func growPull(_ repository: String, _ number: Int, commits count: Int) throws {
        try change { content throws(SandboxError) in
            let (index, position) = try Self.find(repository, number, in: content)
            let pull = content.gitHub.repositories[index].pulls[position]
            let commits = pull.commits.json()
            guard let model = commits.first else { throw SandboxError("The pull request has no commits.") }
            content.gitHub.commitCount += count - commits.count
            content.gitHub.repositories[index].pulls[position].commits = .made {
                (0..<count).map { place in
                    var commit = model
                    let digits = String(place, radix: 16)
                    let sha = String(repeating: "0", count: 40 - digits.count) + digits
                    commit["sha"] = .string(sha)
                    commit["commit"]?["message"] = .string("Step \(place)")
                    return commit
                }
            }
        }
        try patchPull(repository, number, with: ["commits": .int(count)])
    }

    func removePull(_ repository: String, _ number: Int) throws(SandboxError) {
        try change { content throws(SandboxError) in
            let (index, pull) = try Self.find(repository, number, in: content)
            let removed = content.gitHub.repositories[index].pulls.remove(at: pull)
            content.gitHub.commitCount -= removed.commits.json().count
            content.gitHub.reviewCount -= removed.reviews.json().count
            content.gitHub.repositories[index].revision += 1
            content.gitHub.repositories[index].reviewComments.removeAll { $0.number == number }
            content.gitHub.repositories[index].issueComments.removeAll { $0.number == number }
        }
    }

    /// Changes an issue and raises its `updated`. Keys: `summary`, `description` (plain text), `status` (a name), or `fields`,
    /// a merge patch for all others. Each change of the first three is written to the changelog.
    ///
    /// - Throws: `SandboxError` where there is no such issue or status, or the text is no JSON object.
    public func patchIssue(_ key: String, json: String) throws {
        try patchIssue(key, with: JSONParser.parse(Array(json.utf8)))
    }

    public func deleteIssue(_ key: String) throws {
        try removeIssue(key)
    }

    func removeIssue(_ key: String) throws(SandboxError) {
        let removed = try change { content throws(SandboxError) in
            guard let index = content.jira.issues.firstIndex(where: { $0.key == key }) else {
                throw SandboxError("The sandbox has no issue \(key).")
            }
            content.jira.revision += 1
            return content.jira.issues.remove(at: index)
        }
        tellOfDeletion(removed)
    }

    func patchPull(_ repository: String, _ number: Int, with patch: JSONValue) throws(SandboxError) {
        guard patch.members != nil else { throw SandboxError("The patch of a pull request must be a JSON object.") }
        try change { content throws(SandboxError) in
            let (index, position) = try Self.find(repository, number, in: content)
            let updated = Self.nextInstant(after: content.gitHub.repositories[index].pulls.map(\.updated).max())
            var patch = patch
            if patch["updated_at"] == nil { patch["updated_at"] = .string(updated.gitHub) }
            var pull = content.gitHub.repositories[index].pulls[position]
            pull.document.apply(patch)
            if let state = patch["state"]?.stringValue { pull.isOpen = state == "open" }
            pull.updated = patch["updated_at"]?.stringValue.flatMap { Instant($0) } ?? updated
            content.gitHub.repositories[index].pulls[position] = pull
            content.gitHub.repositories[index].revision += 1
        }
        tellOfPull("edited", repository, number)
    }

    func patchIssue(_ key: String, with patch: JSONValue) throws(SandboxError) {
        guard patch.members != nil else { throw SandboxError("The patch of an issue must be a JSON object.") }
        let patched = try change { content throws(SandboxError) in
            guard let index = content.jira.issues.firstIndex(where: { $0.key == key }) else {
                throw SandboxError("The sandbox has no issue \(key).")
            }
            var issue = content.jira.issues[index]
            let before = issue.document.json()["fields"] ?? .null
            var fields = patch["fields"] ?? .object([])
            var items: [JSONValue] = []
            if let summary = patch["summary"]?.stringValue {
                fields["summary"] = .string(summary)
                items.append(Self.item("summary", from: before["summary"]?.stringValue, to: summary))
            }
            if let description = patch["description"]?.stringValue {
                fields["description"] = RichText.document(description.split(separator: "\n\n").map(String.init))
                items.append(Self.item("description", from: nil, to: description))
            }
            if let name = patch["status"]?.stringValue {
                let statuses = content.jira.statuses.map { $0.json() }
                guard let status = statuses.first(where: { $0["name"]?.stringValue == name }) else {
                    throw SandboxError("The sandbox has no status \"\(name)\".")
                }
                fields["status"] = status
                var item = Self.item("status", from: before["status"]?["name"]?.stringValue, to: name)
                item["from"] = before["status"]?["id"] ?? .null
                item["to"] = status["id"]
                items.append(item)
            }
            let updated = Self.nextInstant(after: content.jira.issues.map(\.updated).max())
            let text = updated.jira(offsetMinutes: content.jira.offsetMinutes(at: updated))
            if fields["updated"] == nil { fields["updated"] = .string(text) }
            issue.updated = fields["updated"]?.stringValue.flatMap { Instant($0) } ?? updated
            issue.document.apply(["fields": fields])
            if !items.isEmpty {
                content.serial += 1
                issue.laterHistories.append([
                    "id": .string(String(content.serial)), "author": content.jira.users.first ?? .null, "created": .string(text),
                    "items": .array(items),
                ])
            }
            content.jira.issues[index] = issue
            content.jira.revision += 1
            return issue
        }
        tellOfUpdate(patched)
    }

    static func item(_ field: String, from: String?, to: String) -> JSONValue {
        [
            "field": .string(field), "fieldtype": "jira", "fieldId": .string(field), "from": nil, "fromString": .optional(from),
            "to": nil, "toString": .string(to),
        ]
    }

    private static func find(_ repository: String, _ number: Int, in content: Content) throws(SandboxError) -> (Int, Int) {
        guard let index = content.gitHub.repositories.firstIndex(where: { $0.fullName == repository }),
            let pull = content.gitHub.repositories[index].pulls.firstIndex(where: { $0.number == number })
        else { throw SandboxError("The sandbox has no pull request \(repository)#\(number).") }
        return (index, pull)
    }

    /// Now, to the second, or a second after the newest object where that lies ahead of the clock: a change must always be the newest.
    static func nextInstant(after newest: Instant?) -> Instant {
        let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970) * 1000)
        guard let newest, newest >= now else { return now }
        return Instant(milliseconds: newest.milliseconds / 1000 * 1000).adding(seconds: 1)
    }
}
