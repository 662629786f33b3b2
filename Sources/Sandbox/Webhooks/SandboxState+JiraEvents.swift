import Foundation

/// What the played Jira tells of, as the webhooks of its administrators do: the issue in its older form (wiki markup), who did it, and
/// of a change what it changed.
extension SandboxState {
    /// - Parameters:
    ///   - event: such as `jira:issue_updated`.
    ///   - kind: as `issue_event_type_name` says it.
    ///   - history: the entry of the changelog that the change made, where it made one.
    func tell(_ event: String, _ kind: String, of issue: JiraWorld.Issue, _ history: JSONValue? = nil) {
        guard hasWebhooks(.jira) else { return }
        var payload: JSONValue = [
            "timestamp": .int64(Int64(Date().timeIntervalSince1970 * 1000)), "webhookEvent": .string(event),
            "issue_event_type_name": .string(kind), "user": read { $0.jira.users.first } ?? .null,
            "issue": Self.inWikiMarkup(issue.document.json()),
        ]
        if let history {
            payload["changelog"] = ["id": history["id"] ?? .null, "items": history["items"] ?? .array([])]
        }
        tell(.jira, event, payload)
    }

    func tellOfUpdate(_ issue: JiraWorld.Issue, isMove: Bool = false) {
        tell("jira:issue_updated", isMove ? "issue_moved" : "issue_generic", of: issue, issue.laterHistories.last)
    }

    func tellOfDeletion(_ issue: JiraWorld.Issue) { tell("jira:issue_deleted", "issue_deleted", of: issue) }

    /// An issue with its texts as wiki markup, as all but REST API 3 show it.
    static func inWikiMarkup(_ issue: JSONValue) -> JSONValue {
        var issue = issue
        for name in ["description", "environment"] {
            guard let document = issue["fields"]?[name], document.members != nil else { continue }
            issue["fields"]?[name] = .string(WikiMarkup.text(of: document))
        }
        return issue
    }
}
