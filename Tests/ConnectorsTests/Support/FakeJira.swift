import Foundation
import HTTPTransport

@testable import Connectors

/// A small Jira Cloud site.
actor FakeJira {
    static let host = "https://fake.atlassian.test"
    static let epoch = Date(timeIntervalSince1970: 1_749_900_000)

    struct Issue {
        var number: Int
        var project: String
        var summary: String
        var updated: Date
        /// Status changes, one an hour.
        var changes: Int
        var fields: JSONValue = [:]

        var id: String { String((self.project == "PAY" ? 10_000 : 20_000) + self.number) }
        var key: String { "\(self.project)-\(self.number)" }
    }

    var issues: [Issue] = []
    var pageSize = 3
    /// Histories that the search embeds; the rest only the bulk answer has.
    var embedded = 2
    /// Projects whose issues the search leaves out, as it does where the account may not browse them.
    var hidden: Set<String> = []
    var override: (@Sendable (isolated FakeJira, Asked) -> HTTPResponse?)?
    private var ticks = 0.0
    nonisolated let recorder = Recorder()

    init(pay: Int = 0, ops: Int = 0) {
        for index in 0..<(pay + ops) {
            self.ticks += 3_600
            self.issues.append(
                Issue(
                    number: index + 1,
                    project: index < pay ? "PAY" : "OPS",
                    summary: "Issue \(index + 1)",
                    updated: Self.epoch + self.ticks,
                    changes: index % 5
                )
            )
        }
    }

    nonisolated var transport: ScriptedTransport {
        ScriptedTransport { request in
            self.recorder.add(request)
            return await self.answer(request)
        }
    }

    func edit(_ change: @Sendable (isolated FakeJira) -> Void) { change(self) }

    func tick() -> Date {
        self.ticks += 3_600
        return Self.epoch + self.ticks
    }

    private func answer(_ request: HTTPRequest) -> HTTPResponse {
        let asked = Asked(request)
        if let response = self.override?(self, asked) { return response }
        switch asked.path {
        case "/rest/api/3/field": return .json(Self.fields)
        case "/rest/api/3/project/search":
            let start = asked.query["startAt"].flatMap { Int($0) } ?? 0
            let all: [JSONValue] = [Self.project("PAY", "1"), Self.project("OPS", "2"), Self.project("HR", "3")]
            return .json([
                "values": .array(Array(all[start..<min(start + 2, 3)])), "isLast": .bool(start + 2 >= 3), "total": 3,
            ])
        case "/rest/api/3/issuetype":
            return .json([
                ["id": "100", "name": "故事", "untranslatedName": "Story", "hierarchyLevel": 0],
                ["id": "101", "name": "Teilaufgabe", "untranslatedName": "Sub-task", "subtask": true],
            ])
        case "/rest/api/3/status":
            return .json([
                ["id": "1", "name": "新建", "untranslatedName": "To Do", "statusCategory": ["key": "new"]],
                [
                    "id": "2", "name": "Doing", "statusCategory": ["key": "indeterminate"],
                    "scope": ["type": "PROJECT", "project": ["id": "2"]],
                ],
            ])
        case "/rest/api/3/search/jql": return self.search(asked)
        case "/rest/api/3/changelog/bulkfetch": return self.histories(asked)
        case "/rest/dev-status/latest/issue/detail":
            return .json([
                "errors": [],
                "detail": [
                    [
                        "pullRequests": [
                            [
                                "url": "https://github.com/acme/api/pull/57#discussion", "status": "MERGED",
                                "source": ["branch": "fix"],
                            ],
                            ["url": "https://gitlab.com/acme/api/-/merge_requests/3", "status": "OPEN"],
                        ]
                    ]
                ],
            ])
        default: return .notFound
        }
    }

    private func search(_ asked: Asked) -> HTTPResponse {
        let jql = asked.body["jql"].string ?? ""
        // Whole milliseconds, as Jira has them and as the token below says them: else two that share one are passed over at a page's end.
        var matching = self.issues.sorted {
            (SourceDate.milliseconds(of: $0.updated), $0.id) < (SourceDate.milliseconds(of: $1.updated), $1.id)
        }
        let projects = ["PAY", "OPS", "HR", "NOPE"].filter { jql.contains("\"\($0)\"") }
        if projects.contains("NOPE") {
            return .json(["errorMessages": ["The value 'NOPE' does not exist for the field 'project'."]], status: 400)
        }
        let isNegated = jql.contains("project not in")
        matching = matching.filter { !self.hidden.contains($0.project) }
        if !projects.isEmpty { matching = matching.filter { projects.contains($0.project) != isNegated } }
        if let bound = jql.split(separator: "updated >= ", omittingEmptySubsequences: false).dropFirst().first?.prefix(
            while: \.isNumber
        ), let since = Int(bound) {
            matching = matching.filter { SourceDate.milliseconds(of: $0.updated) >= since }
        }
        // The token names the last issue of the page before, as Jira's does: moves do not shift it.
        if let token = asked.body["nextPageToken"].string {
            let parts = token.split(separator: "|").map(String.init)
            guard parts.count == 3, parts[2] == String(jql.hashValueForTests) else {
                return .json(["errorMessages": ["The provided next page token is invalid."]], status: 400)
            }
            matching = matching.filter { (SourceDate.milliseconds(of: $0.updated), $0.id) > (Int(parts[0]) ?? 0, parts[1]) }
        }
        if jql.hasSuffix("ORDER BY updated DESC") { matching.reverse() }
        let page = matching.prefix(self.pageSize)
        var answer: JSONValue = ["issues": .array(page.map(self.record)), "isLast": .bool(page.count == matching.count)]
        if page.count < matching.count, let last = page.last {
            let token = "\(SourceDate.milliseconds(of: last.updated))|\(last.id)|\(jql.hashValueForTests)"
            answer = answer.with("nextPageToken", .string(token))
        }
        return .json(answer)
    }

    /// Two histories a page, sorted by date: those of one issue come apart.
    private func histories(_ asked: Asked) -> HTTPResponse {
        let ids = (asked.body["issueIdsOrKeys"].array ?? []).compactMap(\.string)
        var all = self.issues.filter { ids.contains($0.id) }.flatMap { issue in
            (0..<issue.changes).map { (issue: issue.id, index: $0, record: Self.history(issue, $0, inBulk: true)) }
        }
        all.sort { ($0.index, $0.issue) < ($1.index, $1.issue) }
        let start = asked.body["nextPageToken"].string.flatMap { Int($0) } ?? 0
        let end = min(start + 2, all.count)
        let logs = all[start..<end].map { log -> JSONValue in
            ["issueId": .string(log.issue), "changeHistories": [log.record]]
        }
        var answer: JSONValue = ["issueChangeLogs": .array(logs)]
        if end < all.count { answer = answer.with("nextPageToken", .string(String(end))) }
        return .json(answer)
    }

    func record(_ issue: Issue) -> JSONValue {
        let histories = (0..<issue.changes).reversed().prefix(self.embedded).map { Self.history(issue, $0, inBulk: false) }
        var fields: JSONValue = [
            "summary": .string(issue.summary), "status": ["id": .string(issue.changes % 2 == 0 ? "1" : "2"), "name": "X"],
            "issuetype": ["id": "100", "name": "故事"],
            "project": ["id": .string(issue.project == "PAY" ? "1" : "2"), "key": .string(issue.project)],
            "created": "2025-01-01T08:00:00.000+0800", "updated": .string(SourceDate.text(of: issue.updated)),
            "assignee": nil, "reporter": ["accountId": "u1", "displayName": "Ada", "active": true],
            "description": ["type": "doc", "content": [["type": "paragraph", "content": [["type": "text", "text": "Words"]]]]],
        ]
        for member in issue.fields.members ?? [] { fields = fields.with(member.name, member.value) }
        return [
            "id": .string(issue.id), "key": .string(issue.key), "fields": fields,
            "changelog": ["total": .number(String(issue.changes)), "histories": .array(histories)],
        ]
    }

    /// Change `index` of an issue, `index + 1` hours after its creation.
    static func history(_ issue: Issue, _ index: Int, inBulk: Bool) -> JSONValue {
        // 2025-01-01T00:00:00Z
        let moment = 1_735_689_600 + (index + 1) * 3_600
        return [
            "id": .string("\(issue.id)\(index)"), "author": ["accountId": "u2", "displayName": "Bob"],
            "created": inBulk
                ? .number("\(moment)000") : .string(SourceDate.text(of: Date(timeIntervalSince1970: Double(moment)))),
            "items": [
                [
                    "field": "status", "from": .string(index % 2 == 0 ? "1" : "2"), "to": .string(index % 2 == 0 ? "2" : "1"),
                    "fromString": "A", "toString": "B",
                ]
            ],
        ]
    }

    static func project(_ key: String, _ id: String) -> JSONValue {
        ["id": .string(id), "key": .string(key), "name": .string("\(key) project"), "projectTypeKey": "software"]
    }

    static let fields: JSONValue = [
        ["id": "summary", "name": "Summary", "schema": ["type": "string"]],
        ["id": "customfield_1", "name": "冲刺", "schema": ["custom": "com.pyxis.greenhopper.jira:gh-sprint", "type": "array"]],
        ["id": "customfield_2", "name": "Story Points", "schema": ["custom": "com.atlassian:float", "type": "number"]],
        [
            "id": "customfield_3", "name": "Epic Link",
            "schema": ["custom": "com.pyxis.greenhopper.jira:gh-epic-link", "type": "any"],
        ],
        [
            "id": "customfield_4", "name": "Development",
            "schema": ["custom": "com.atlassian.jira.plugins.jira-development-integration-plugin:devsummarycf", "type": "any"],
        ],
        [
            "id": "customfield_5", "name": "Acceptance Criteria",
            "schema": ["custom": "com.atlassian:textarea", "type": "string"],
        ],
        ["id": "customfield_6", "name": "Team", "schema": ["custom": "com.atlassian.teams:rm-teams-custom-field-team"]],
    ]
}

extension String {
    /// The same in every process, unlike `hashValue`.
    var hashValueForTests: UInt64 { self.utf8.reduce(5_381) { $0 &* 33 &+ UInt64($1) } }
}
