import Foundation
import HTTPTransport
import Postgres
import Store
import TestSupport
import Testing

@testable import Connectors

/// Every recorded item of a Jira site in its table, value by value. What to expect is read from the recording by Foundation, beside
/// the code that is tested.
@Suite(
    "Recorded Jira items in their tables",
    .enabled(if: RecordedData.isThere && TestDatabase.isAvailable, "no ../shared/realdata beside the project, or no database")
)
struct RecordedTablesTests {
    private typealias Object = [String: Any]

    private static let folder = "jira/devlake_json"

    private static func items(_ file: String) throws -> [Object] {
        try RecordedData.items("\(Self.folder)/\(file).json").map { item in
            try JSONSerialization.jsonObject(with: Data(item.bytes)) as? Object ?? [:]
        }
    }

    @Test(
        "Issues with their histories, and the lists of the site",
        arguments: ["api_issues", "external_epics", "api_issues_for_due_date", "api_issue_relationships"]
    )
    func site(file: String) async throws {
        try await TestDatabase.with { database in
            let tenant = try await database.tenant()
            try await database.withStore { store in
                let report = try await Self.sync(file, store, tenant)
                #expect(report.isSuccess, "\(report.failures)")
                try await Self.compareLists(database, beside: try Self.items(file))
                try await Self.compareIssues(try Self.items(file), database)
                #expect(try await database.count("SELECT count(*) FROM rejected_records") == 0)
                let again = try await Self.sync(file, store, tenant)
                #expect(again.result.written == 0, "a second synchronization changes nothing")
            }
        }
    }

    private static func sync(_ file: String, _ store: Store, _ tenant: TestTenant) async throws -> SyncReport {
        let issues = try RecordedData.items("\(Self.folder)/\(file).json")
            .sorted { ($0["fields"]["updated"].date ?? .distantPast) < ($1["fields"]["updated"].date ?? .distantPast) }
        let lists: [String: [JSONValue]] = [
            "/rest/api/3/project/search": try RecordedData.items("\(Self.folder)/api_projects.json"),
            "/rest/api/3/issuetype": try RecordedData.items("\(Self.folder)/api_issue_types.json"),
            "/rest/api/3/status": try RecordedData.items("\(Self.folder)/api_status.json"),
            "/rest/agile/1.0/board": [["id": 8, "name": "EE", "type": "scrum"]],
            "/rest/agile/1.0/board/8/sprint": try RecordedData.items("\(Self.folder)/api_sprints.json"),
        ]
        let users = try RecordedData.items("\(Self.folder)/api_users.json")
        // Which issue is of which project plays no part here: one project's search has them all.
        let first = lists["/rest/api/3/project/search"]?.first?["key"].text ?? ""
        let transport = ScriptedTransport { request in
            let asked = Asked(request)
            if let list = lists[asked.path] { return .json(.array(list)) }
            if asked.path == "/rest/api/3/users/search" { return .json(.array(asked.query["startAt"] == "0" ? users : [])) }
            guard asked.path == "/rest/api/3/search/jql" else { return .notFound }
            guard asked.body["jql"].string?.contains("\"\(first)\"") == true else {
                return .json(["issues": [], "isLast": true])
            }
            let start = asked.body["nextPageToken"].string.flatMap { Int($0) } ?? 0
            let end = min(start + 7, issues.count)
            let answer: JSONValue = ["issues": .array(Array(issues[start..<end]))]
            return .json(end < issues.count ? answer.with("nextPageToken", .string(String(end))) : answer.with("isLast", true))
        }
        let connector = try JiraConnector(
            JiraDefinition(baseURL: "https://x.test", email: "a@b.test", apiToken: SecretReference(variable: "T")),
            token: Secret("jira_topsecret"),
            transport: transport,
            store: store,
            tenant: tenant.id,
            integration: tenant.jira,
            logger: quiet
        )
        return await connector.sync()
    }

    // MARK: - What is expected

    private static func rows(_ table: String, _ database: TestDatabase) async throws -> [String: Object] {
        var rows: [String: Object] = [:]
        for row in try await database.query("SELECT stable_id, to_jsonb(t)::text AS row FROM \(table) t") {
            let object = try JSONSerialization.jsonObject(with: Data(row.decode("row", as: String.self).utf8)) as? Object
            rows[try row.decode("stable_id")] = object
        }
        return rows
    }

    /// A text without what surrounds it; nil where there is none.
    private static func text(_ value: Any?) -> String? {
        guard let text = (value as? String)?.trimmingCharacters(in: .whitespacesAndNewlines), !text.isEmpty else { return nil }
        return text
    }

    private static func id(_ value: Any?) -> String? {
        value as? String ?? (value as? NSNumber).map { $0.stringValue }
    }

    /// Milliseconds since 1970 of the texts of Jira and of PostgreSQL.
    private static func moment(_ value: Any?) -> Int? {
        guard let text = value as? String else { return nil }
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        var date = formatter.date(from: text)
        if date == nil {
            formatter.formatOptions = .withInternetDateTime
            date = formatter.date(from: text)
        }
        return date.map { Int(($0.timeIntervalSince1970 * 1_000).rounded()) }
    }

    private static func same(_ row: Object?, _ expected: [String: String?], _ what: String) {
        guard let row else {
            Issue.record("\(what) is not there")
            return
        }
        for (column, value) in expected {
            let stored = Self.id(row[column])
            #expect(stored == value, "\(what): \(column)")
        }
    }

    private static func compareLists(_ database: TestDatabase, beside issues: [Object]) async throws {
        let projects = try await Self.rows("projects", database)
        for item in try Self.items("api_projects") {
            let key = Self.text(item["key"])
            Self.same(
                projects[Self.id(item["id"]) ?? ""],
                [
                    "external_id": Self.id(item["id"]), "key": key, "name": Self.text(item["name"]),
                    "project_type": Self.text(item["projectTypeKey"]), "description": Self.text(item["description"]),
                    "url": "https://x.test/browse/\(key ?? "")",
                ],
                "project \(key ?? "")"
            )
        }
        let types = try await Self.rows("wits", database)
        var seen: Set<String> = []
        // One type was recorded twice, in two languages: a list that names an id twice is taken at its first word.
        for item in try Self.items("api_issue_types") where seen.insert(Self.id(item["id"]) ?? "").inserted {
            Self.same(
                types[Self.id(item["id"]) ?? ""],
                [
                    "original_name": Self.text(item["name"]), "untranslated_name": Self.text(item["untranslatedName"]),
                    "description": Self.text(item["description"]), "hierarchy_level": Self.id(item["hierarchyLevel"]),
                    "project_id": Self.id(((item["scope"] as? Object)?["project"] as? Object)?["id"]),
                ],
                "type \(Self.id(item["id"]) ?? "")"
            )
        }
        let statuses = try await Self.rows("statuses", database)
        for item in try Self.items("api_status") {
            Self.same(
                statuses[Self.id(item["id"]) ?? ""],
                [
                    "original_name": Self.text(item["name"]), "untranslated_name": Self.text(item["untranslatedName"]),
                    "category": Self.text((item["statusCategory"] as? Object)?["key"]),
                    "description": Self.text(item["description"]),
                    "project_id": Self.id(((item["scope"] as? Object)?["project"] as? Object)?["id"]),
                ],
                "status \(Self.id(item["id"]) ?? "")"
            )
        }
        let sprints = try await Self.rows("sprints", database)
        for item in try Self.items("api_sprints") {
            let row = sprints[Self.id(item["id"]) ?? ""]
            Self.same(
                row,
                [
                    "name": Self.text(item["name"]), "state": Self.text(item["state"]), "goal": Self.text(item["goal"]),
                    "board_id": Self.id(item["originBoardId"]),
                ],
                "sprint \(Self.id(item["id"]) ?? "")"
            )
            for (column, member) in [("started_at", "startDate"), ("ends_at", "endDate"), ("completed_at", "completeDate")] {
                #expect(Self.moment(row?[column]) == Self.moment(item[member]), "sprint: \(column)")
            }
        }
        let users = try await Self.rows("source_users", database)
        for item in try Self.items("api_users") {
            let row = users[Self.id(item["accountId"]) ?? ""]
            // Issues were recorded years earlier and are read later: who is named in one has the name of then.
            let names = Self.names(of: Self.id(item["accountId"]) ?? "", in: issues) + [item["displayName"] as? String ?? ""]
            #expect(row.flatMap { Self.text($0["name"]) }.map { names.contains($0) } == true, "user \(names)")
            #expect(row?["active"] as? Bool == item["active"] as? Bool)
        }
    }

    /// What issues and their histories call an account.
    private static func names(of account: String, in issues: [Object]) -> [String] {
        var people: [Object] = []
        for issue in issues {
            let fields = issue["fields"] as? Object ?? [:]
            people += [fields["assignee"], fields["reporter"]].compactMap { $0 as? Object }
            let histories = (issue["changelog"] as? Object)?["histories"] as? [Object] ?? []
            people += histories.compactMap { $0["author"] as? Object }
        }
        return people.filter { Self.id($0["accountId"]) == account }.compactMap { Self.text($0["displayName"]) }
    }

    private static func compareIssues(_ issues: [Object], _ database: TestDatabase) async throws {
        let rows = try await Self.rows("work_items", database)
        let changelogs = try await Self.rows("changelogs", database)
        #expect(rows.count == Set(issues.compactMap { Self.id($0["id"]) }).count)
        for issue in issues {
            let id = Self.id(issue["id"]) ?? ""
            let key = Self.text(issue["key"]) ?? ""
            let fields = issue["fields"] as? Object ?? [:]
            func member(_ field: String, _ name: String) -> Any? { (fields[field] as? Object)?[name] }
            let row = rows[id]
            Self.same(
                row,
                [
                    "external_id": key, "key": key, "project_id": Self.id(member("project", "id")),
                    "wit_id": Self.id(member("issuetype", "id")), "status_id": Self.id(member("status", "id")),
                    "summary": fields["summary"] as? String, "description": Self.text(fields["description"]),
                    "resolution": Self.text(member("resolution", "name")),
                    "assignee": Self.text(member("assignee", "displayName")),
                    "reporter": Self.text(member("reporter", "displayName")), "priority": Self.text(member("priority", "name")),
                    "url": "https://x.test/browse/\(key)",
                ],
                key
            )
            #expect(Self.moment(row?["created"]) == Self.moment(fields["created"]), "\(key): created")
            #expect(Self.moment(row?["updated"]) == Self.moment(fields["updated"]), "\(key): updated")
            #expect(Self.moment(row?["resolved"]) == Self.moment(fields["resolutiondate"]), "\(key): resolved")
            #expect(row?["labels"] as? [String] == fields["labels"] as? [String] ?? [], "\(key): labels")
            if let parent = fields["parent"] as? Object {
                #expect(
                    row?["parent_id"] as? String == Self.id(parent["id"])
                        && row?["parent_key"] as? String == Self.text(parent["key"])
                )
            }
            // The agile API shows an issue's sprints in three places.
            var sprints: Set<String> = []
            for value in [fields["sprint"], fields["closedSprints"]] {
                let objects = value as? [Object] ?? (value as? Object).map { [$0] } ?? []
                sprints.formUnion(objects.compactMap { Self.id($0["id"]) })
            }
            #expect(Set(row?["sprint_ids"] as? [String] ?? []) == sprints, "\(key): sprints")
            let histories = (issue["changelog"] as? Object)?["histories"] as? [Object] ?? []
            for history in histories { Self.compare(history, of: id, created: fields["created"], histories, changelogs) }
        }
        let expected = issues.flatMap { ($0["changelog"] as? Object)?["histories"] as? [Object] ?? [] }.compactMap {
            Self.id($0["id"])
        }
        #expect(changelogs.count == Set(expected).count)
    }

    private static func statusItem(_ history: Object) -> Object? {
        (history["items"] as? [Object])?.first { $0["field"] as? String == "status" }
    }

    private static func compare(
        _ history: Object,
        of issue: String,
        created: Any?,
        _ histories: [Object],
        _ rows: [String: Object]
    ) {
        let id = Self.id(history["id"]) ?? ""
        let row = rows[id]
        let status = Self.statusItem(history)
        Self.same(
            row,
            [
                "work_item_id": issue, "from_status_id": Self.id(status?["from"]), "to_status_id": Self.id(status?["to"]),
                "changed_by": Self.text((history["author"] as? Object)?["displayName"]),
            ],
            "change \(id)"
        )
        let at = Self.moment(history["created"])
        #expect(Self.moment(row?["transition_change_date"]) == at, "change \(id): moment")
        let items = history["items"] as? [Object] ?? []
        let stored = row?["items"] as? [Object] ?? []
        #expect(stored.map { $0["field"] as? String } == items.map { Self.text($0["field"]) }, "change \(id): fields")
        #expect(stored.map { $0["toText"] as? String } == items.map { Self.text($0["toString"]) }, "change \(id): values")
        guard status != nil, let at else { return }
        // Entered with the change of status before, or at the issue's creation.
        let before = histories.filter { Self.statusItem($0) != nil }.compactMap { Self.moment($0["created"]) }.filter { $0 < at }
            .max()
        #expect(Self.moment(row?["transition_start_date"]) == before ?? Self.moment(created), "change \(id): entered")
    }
}
