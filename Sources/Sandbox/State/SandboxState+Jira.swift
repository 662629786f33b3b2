import Foundation

extension SandboxState {
    /// Limits the played Jira from now on; nil takes a limit away.
    public func limitJira(pointsPerHour: Int?, requestsPerSecond: Int?) {
        read { content in
            content.jiraLimits = JiraLimits(pointsPerHour: pointsPerHour, requestsPerSecond: requestsPerSecond)
        }
    }

    /// From now on issues move while searches are read: by chance, before each page, another one is updated.
    public func churnJira(probability: Double, count: Int?, seed: UInt64) {
        read { $0.jiraChurn = JiraChurn(probability: probability, count: count, random: SeededRandom(seed: seed)) }
    }

    /// All page tokens of searches that were handed out become invalid, as after seven days.
    public func expireJiraTokens() {
        read { $0.jiraTokenEpoch += 1 }
    }

    /// Moves an issue to another project, where it gets the next free number. Its id and history stay; the old key leads to it.
    ///
    /// - Returns: the new key.
    /// - Throws: `SandboxError` where there is no such issue or project.
    @discardableResult
    public func moveIssue(_ key: String, to project: String) throws -> String {
        try relocateIssue(key, to: project)
    }

    func relocateIssue(_ key: String, to project: String) throws(SandboxError) -> String {
        let relocated = try change { content throws(SandboxError) in
            guard let index = content.jira.issues.firstIndex(where: { $0.key == key }) else {
                throw SandboxError("The sandbox has no issue \(key).")
            }
            guard let target = content.jira.projects.map({ $0.json() }).first(where: { $0["key"]?.stringValue == project }) else {
                throw SandboxError("The sandbox has no project \(project).")
            }
            let used = content.jira.issues.filter { $0.projectKey == project }.compactMap {
                Int($0.key.split(separator: "-").last ?? "")
            }
            let moved = "\(project)-\((used.max() ?? 0) + 1)"
            var issue = content.jira.issues[index]
            let before = issue.document.json()["fields"]?["project"] ?? .null
            let updated = Self.nextInstant(after: content.jira.issues.map(\.updated).max())
            let text = updated.jira(offsetMinutes: content.jira.offsetMinutes(at: updated))
            var document = issue.document.json().patched(with: ["fields": ["project": target, "updated": .string(text)]])
            document["key"] = .string(moved)
            issue.document = Document(document)
            content.serial += 1
            issue.laterHistories.append([
                "id": .string(String(content.serial)), "author": content.jira.users.first ?? .null, "created": .string(text),
                "items": [
                    Self.item("Key", from: key, to: moved),
                    [
                        "field": "project", "fieldtype": "jira", "fieldId": "project", "from": before["id"] ?? .null,
                        "fromString": before["name"] ?? .null, "to": target["id"] ?? .null, "toString": target["name"] ?? .null,
                    ],
                ],
            ])
            issue.earlierKeys.append(key)
            (issue.key, issue.projectKey, issue.updated) = (moved, project, updated)
            content.jira.issues[index] = issue
            content.jira.revision += 1
            return issue
        }
        tellOfUpdate(relocated, isMove: true)
        return relocated.key
    }

    /// Before a page of a search: by chance another issue is updated.
    func strikeJiraChurn() {
        let key: String? = read { content in
            let issues = content.jira.issues
            return content.jiraChurn.strike(among: issues.count).map { issues[$0].key }
        }
        guard let key else { return }
        // The issue stands: it was there under the lock, and if it is gone meanwhile nothing moves.
        try? patchIssue(key, with: ["summary": .string("Moved while it was read \(key)")])
    }
}
