import Foundation
import PulseModel
import Store
import Testing

@testable import Connectors

/// Answers of the real GitHub and Jira, recorded by public projects, stand beside the project's root; where they are absent the
/// suite is skipped.
@Suite("Recorded answers decode", .enabled(if: RecordedData.isThere, "no ../shared/realdata beside the project"))
struct RecordedDataTests {
    private let repository = Repository(id: "1", name: "ants", fullName: "panjf2000/ants")

    /// Reasons of rejected records.
    private func rejections(_ name: String, _ decode: (JSONValue) throws(RecordProblem) -> Void) throws -> [String] {
        let items = try RecordedData.items(name)
        #expect(!items.isEmpty)
        return items.compactMap { item -> String? in
            do throws(RecordProblem) {
                try decode(item)
                return nil
            } catch {
                return error.reason
            }
        }
    }

    @Test("GitHub: pull requests, commits, reviews and comments")
    func github() throws {
        let pull = PullRequest(
            id: "1",
            repositoryID: "1",
            repository: "panjf2000/ants",
            number: 1,
            title: "",
            state: .open,
            createdAt: .now,
            updatedAt: .now
        )
        var states: [PullRequest.State: Int] = [:]
        for file in ["api_pull_requests", "api_pull_requests_bot_filter"] {
            #expect(
                try self.rejections("github/devlake_json/\(file).json") { item throws(RecordProblem) in
                    let pull = try GitHubRecords.pullRequest(item, of: self.repository)
                    if file == "api_pull_requests" { states[pull.state, default: 0] += 1 }
                    // As version 2026-03-10 sends it.
                    _ = try GitHubRecords.pullRequest(item.without("merge_commit_sha").without("assignee"), of: self.repository)
                } == []
            )
        }
        #expect(states == [.merged: 27, .closed: 19, .open: 4])
        #expect(
            try self.rejections("github/devlake_json/api_pull_request_commits.json") { item throws(RecordProblem) in
                let commit = try GitHubRecords.commit(item, of: pull)
                if commit.message.isEmpty || commit.authoredAt == nil { throw RecordProblem("a part is lost: \(commit.sha)") }
            } == []
        )
        for file in ["api_pull_request_reviews", "api_pr_reviews_bot_filter"] {
            #expect(
                try self.rejections("github/devlake_json/\(file).json") { item throws(RecordProblem) in
                    if try GitHubRecords.review(item, of: pull).submittedAt == nil { throw RecordProblem("no date") }
                } == []
            )
        }
        var onPullRequests = 0
        #expect(
            try self.rejections("github/devlake_json/api_comments.json") { item throws(RecordProblem) in
                if try GitHubRecords.comment(item, kind: .issue, of: self.repository) != nil { onPullRequests += 1 }
            } == []
        )
        #expect(onPullRequests == 47)
        #expect(
            try self.rejections("github/devlake_json/api_pull_request_review_comments.json") { item throws(RecordProblem) in
                let comment = try GitHubRecords.comment(item, kind: .review, of: self.repository)
                if comment?.path == nil || comment?.updatedAt == nil { throw RecordProblem("a part is lost") }
            } == []
        )
    }

    @Test("Jira: projects, types, statuses, users and sprints, in Chinese")
    func jiraLists() throws {
        let folder = "jira/devlake_json"
        #expect(
            try self.rejections("\(folder)/api_projects.json") { item throws(RecordProblem) in
                _ = try JiraRecords.project(item, site: "https://x.test")
            } == []
        )
        #expect(
            try self.rejections("\(folder)/api_issue_types.json") { item throws(RecordProblem) in
                _ = try JiraRecords.type(item)
            } == []
        )
        var categories: Set<String> = []
        #expect(
            try self.rejections("\(folder)/api_status.json") { item throws(RecordProblem) in
                categories.insert(try JiraRecords.status(item).category)
            } == []
        )
        #expect(categories.isSubset(of: ["new", "indeterminate", "done", "undefined"]))
        #expect(categories.contains("indeterminate"))
        #expect(
            try self.rejections("\(folder)/api_users.json") { item throws(RecordProblem) in
                if JiraRecords.user(item) == nil { throw RecordProblem("no user") }
            } == []
        )
        #expect(
            try self.rejections("\(folder)/api_sprints.json") { item throws(RecordProblem) in
                if JiraRecords.sprint(item)?.boardID == nil { throw RecordProblem("no sprint") }
            } == []
        )
    }

    @Test(
        "Jira: issues and their histories",
        arguments: [
            "devlake_json/api_issues.json", "devlake_json/api_issue_relationships.json",
            "devlake_json/api_issues_for_due_date.json",
            "devlake_json/external_epics.json", "jenkins_search/jenkins_search_page.json",
        ]
    )
    func jiraIssues(file: String) throws {
        var fields = JiraFields()
        fields.sprints = ["customfield_10020"]
        var histories = 0
        var sprints = 0
        #expect(
            try self.rejections("jira/\(file)") { item throws(RecordProblem) in
                let issue = try JiraRecords.workItem(item, fields: fields, site: "https://x.test")
                if issue.projectID.isEmpty || issue.typeID.isEmpty { throw RecordProblem("a part is lost: \(issue.key)") }
                if item["fields"]["description"].text != nil, issue.details == nil {
                    throw RecordProblem("no text: \(issue.key)")
                }
                sprints += issue.sprints.count
                for history in item["changelog"]["histories"].array ?? [] {
                    let change = try JiraRecords.changelog(history, of: issue.id, fields)
                    if change.items.isEmpty { throw RecordProblem("an empty change: \(change.id)") }
                    histories += 1
                }
            } == []
        )
        if file.hasSuffix("api_issues.json") {
            #expect(histories == 522)
            #expect(sprints > 0)
        }
    }

    @Test("Jira: the changelog endpoint's entries")
    func jiraChangelogs() throws {
        var changes: [Changelog] = []
        #expect(
            try self.rejections("jira/devlake_json/api_issue_changelogs.json") { item throws(RecordProblem) in
                changes.append(try JiraRecords.changelog(item, of: "13383", JiraFields()))
            } == []
        )
        #expect(changes.count == 279)
        let timed = JiraRecords.statusTimes(of: changes, createdAt: .distantPast, isComplete: false)
        #expect(timed.compactMap(\.timeInStatusSeconds).allSatisfy { $0 >= 0 })
    }

    @Test("Every recorded object survives being written as a raw record")
    func raw() throws {
        for file in ["github/devlake_json/api_pull_requests.json", "jira/devlake_json/api_issues.json"] {
            for item in try RecordedData.items(file) {
                #expect(try JSONParser.parse(item.serialized) == item)
            }
        }
    }
}

enum RecordedData {
    static let folder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "../../../shared/realdata").standardizedFileURL

    static let isThere = FileManager.default.fileExists(atPath: folder.appending(path: "github/devlake_json").path)

    /// The recorded requests, each with its items.
    static func entries(_ name: String) throws -> [JSONValue] {
        let json = try JSONParser.parse(Array(Data(contentsOf: self.folder.appending(path: name))))
        return json.array ?? [json]
    }

    /// The API objects of a recording, whatever wraps them.
    static func items(_ name: String) throws -> [JSONValue] {
        try self.entries(name).flatMap { $0["items"].array ?? $0["issues"].array ?? [] }
    }
}
