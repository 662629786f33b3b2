import Foundation
import PulseModel
import Store

/// Jira's events as rows.
///
/// An event shows its issue in the older form (wiki markup, no whole history), so of issues it only says which one to read anew. It
/// names what has been deleted; a tombstone is as new as the moment the delivery came.
enum JiraWebhook {
    static func read(
        _ body: JSONValue,
        receivedAt: Date,
        _ definition: JiraDefinition
    ) throws(WebhookProblem) -> WebhookReading {
        guard body.members != nil else { throw WebhookProblem(reason: "the body is no JSON object") }
        guard let event = body["webhookEvent"].text else { throw WebhookProblem(reason: "webhookEvent is missing") }
        let name = event.split(separator: ":").last.map(String.init) ?? event
        var page = IngestionPage(fetchedAt: receivedAt)
        switch name {
        case "issue_deleted":
            guard let id = body["issue"]["id"].identifier else { throw WebhookProblem(reason: "issue.id is missing") }
            guard Self.covers(body, definition) else {
                return .ignored("\(Self.key(body)) is of none of this integration's projects")
            }
            page.deletions.append(Deletion(.workItems, id))
        case "issue_created", "issue_updated", "comment_created", "comment_updated", "comment_deleted", "worklog_created",
            "worklog_updated", "worklog_deleted", "issuelink_created", "issuelink_deleted":
            return try Self.refresh(body, name, definition)
        case "project_created", "project_updated", "project_restored_deleted", "project_restored_archived":
            guard Self.covers(key: body["project"]["key"].text, definition) else {
                return .ignored("none of this integration's projects")
            }
            let project = page.taking("jira_project", body["project"]["key"].text ?? "a delivery") { () throws(RecordProblem) in
                try JiraRecords.project(body["project"], site: definition.baseURL)
            }
            // Events lack the description and the type: the next sync has them, and must not find itself overtaken.
            guard let project, project.projectType != nil else { return .ignored("\(name) shows too little of the project") }
            page.projects.append(project)
        case "project_deleted", "project_soft_deleted":
            guard let id = body["project"]["id"].identifier else { throw WebhookProblem(reason: "project.id is missing") }
            guard Self.covers(key: body["project"]["key"].text, definition) else {
                return .ignored("none of this integration's projects")
            }
            page.deletions.append(Deletion(.projects, id))
        case "sprint_created", "sprint_updated", "sprint_started", "sprint_closed":
            guard let sprint = JiraRecords.sprint(body["sprint"]) else {
                throw WebhookProblem(reason: "sprint.id or name is missing")
            }
            page.sprints.append(sprint)
        case "sprint_deleted":
            guard let id = body["sprint"]["id"].identifier else { throw WebhookProblem(reason: "sprint.id is missing") }
            page.removedSprints.append(id)
        case "board_deleted":
            guard let id = body["board"]["id"].identifier else { throw WebhookProblem(reason: "board.id is missing") }
            page.removedBoards.append(id)
        case "board_created", "board_updated":
            guard let board = JiraRecords.board(body["board"]) else {
                throw WebhookProblem(reason: "board.id or name is missing")
            }
            page.boards.append(board)
        case "user_created", "user_updated":
            guard let user = JiraRecords.user(body["user"]) else { throw WebhookProblem(reason: "user.accountId is missing") }
            page.users.append(user)
        default:
            return .ignored("\(event.prefix(60)) tells nothing that Pulse keeps")
        }
        return WebhookReading(page: page)
    }

    private static func refresh(
        _ body: JSONValue,
        _ name: String,
        _ definition: JiraDefinition
    ) throws(WebhookProblem) -> WebhookReading {
        let ids = [
            body["issue"]["id"].identifier, body["worklog"]["issueId"].identifier, body["issueLink"]["sourceIssueId"].identifier,
            body["issueLink"]["destinationIssueId"].identifier,
        ].compactMap(\.self)
        guard !ids.isEmpty else { throw WebhookProblem(reason: "\(name) names no issue") }
        guard Self.covers(body, definition) else {
            return .ignored("\(Self.key(body)) is of none of this integration's projects")
        }
        var reading = WebhookReading()
        reading.refreshes = ids.map { .issue(id: $0) }
        return reading
    }

    private static func key(_ body: JSONValue) -> String { body["issue"]["key"].text ?? "the issue" }

    /// Whether the issue is, or was until this event, in one of the integration's projects. Events of worklogs and links name no
    /// project: the reading itself will tell.
    private static func covers(_ body: JSONValue, _ definition: JiraDefinition) -> Bool {
        guard let key = body["issue"]["key"].text else { return true }
        let former = (body["changelog"]["items"].array ?? []).filter {
            $0["fieldId"].string == "issuekey" || $0["field"].string == "Key"
        }.compactMap {
            $0["fromString"].text
        }
        return ([key] + former).contains { Self.covers(key: $0.split(separator: "-").first.map(String.init), definition) }
    }

    private static func covers(key: String?, _ definition: JiraDefinition) -> Bool {
        definition.projects.isEmpty || key.map { definition.projects.contains($0) } ?? true
    }
}
