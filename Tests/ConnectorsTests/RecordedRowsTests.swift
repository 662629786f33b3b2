import Foundation
import HTTPTransport
import PulseModel
import Sandbox
import Store
import TestSupport
import Testing

@testable import Connectors

/// Every recorded item of GitHub lands in its table with all its values; see ``RecordedDataTests``. The sandbox replays the recordings,
/// once asked over REST and once over GraphQL.
@Suite(
    "Recorded items land in their tables",
    .enabled(if: TestDatabase.isAvailable),
    .enabled(if: RecordedData.isThere, "no ../shared/realdata beside the project")
)
struct RecordedRowsTests {
    @Test("Pull requests, commits, reviews and comments of panjf2000/ants, value by value", arguments: [true, false])
    func values(usesGraphQL: Bool) async throws {
        let configuration = SandboxConfiguration(world: .recorded(directory: RecordedData.folder.path))
        try await SandboxWorld.with(configuration) { world in
            var definition = world.definition(repositories: ["panjf2000/ants"], usesGraphQL: usesGraphQL)
            definition.organization = nil
            let report = try await world.sync(definition)
            #expect(report.isSuccess, "\(report.failures)")
            #expect(report.result.rejected == 0)

            let folder = "github/devlake_json"
            // Some are recorded twice; the newer one counts.
            let pulls = Self.newest(try RecordedData.items("\(folder)/api_pull_requests.json"))
            try await Self.expect(world, "prs", pulls, key: "stable_id", id: { $0["id"] }) { record in
                let isMerged = !record["merged_at"].isNull
                return [
                    "number": record["number"].identifier, "title": record["title"].text, "body": record["body"].text,
                    "author": record["user"]["login"].text, "state": isMerged ? "merged" : record["state"].text,
                    "is_draft": record["draft"].bool == true ? "t" : "f", "source_branch": record["head"]["ref"].text,
                    "target_branch": record["base"]["ref"].text, "head_sha": record["head"]["sha"].text,
                    "url": record["html_url"].text, "pr_created_at": record["created_at"].text,
                    "pr_updated_at": record["updated_at"].text, "closed_at": record["closed_at"].text,
                    "merged_at": record["merged_at"].text,
                    "merge_commit_sha": isMerged ? record["merge_commit_sha"].text : nil,
                    "repository": "panjf2000/ants", "merged_by": record["merged_by"]["login"].text,
                    "additions": record["additions"].identifier, "deletions": record["deletions"].identifier,
                    "changed_files": record["changed_files"].identifier,
                    "labels": (record["labels"].array ?? []).compactMap { $0["name"].text }.joined(separator: ","),
                    "requested_reviewers": (record["requested_reviewers"].array ?? []).compactMap { $0["login"].text }.joined(
                        separator: ","
                    ),
                ]
            }
            let reviews = Self.newest(try RecordedData.items("\(folder)/api_pull_request_reviews.json"))
            try await Self.expect(world, "prs_reviews", reviews, key: "stable_id", id: { $0["id"] }) { record in
                [
                    "state": record["state"].text, "body": record["body"].text, "author_login": record["user"]["login"].text,
                    "submitted_at": record["submitted_at"].text, "url": record["html_url"].text,
                    "pr_number": Self.last(record["pull_request_url"]),
                ]
            }
            let lines = Self.newest(try RecordedData.items("\(folder)/api_pull_request_review_comments.json"))
            try await Self.expect(world, "prs_comments", lines, key: "split_part(stable_id, ':', 2)", id: { $0["id"] }) {
                record in
                [
                    "comment_type": "review", "body": record["body"].string, "author_login": record["user"]["login"].text,
                    "path": record["path"].text, "line": (record["line"].int ?? record["original_line"].int).map(String.init),
                    "position": record["position"].identifier, "in_reply_to": record["in_reply_to_id"].identifier,
                    "url": record["html_url"].text, "created_at_github": record["created_at"].text,
                    "updated_at_github": record["updated_at"].text, "pr_number": Self.last(record["pull_request_url"]),
                ]
            }
            let talk = Self.newest(try RecordedData.items("\(folder)/api_comments.json")).filter {
                $0["html_url"].text?.contains("/pull/") == true
            }
            try await Self.expect(world, "prs_comments", talk, key: "split_part(stable_id, ':', 2)", id: { $0["id"] }) { record in
                [
                    "comment_type": "issue", "body": record["body"].string, "author_login": record["user"]["login"].text,
                    "url": record["html_url"].text, "created_at_github": record["created_at"].text,
                    "updated_at_github": record["updated_at"].text, "pr_number": Self.last(record["issue_url"]),
                ]
            }
            var commits: [JSONValue] = []
            for entry in try RecordedData.entries("\(folder)/api_pull_request_commits.json") {
                let number = entry["input"]["Number"].identifier ?? ""
                commits += (entry["items"].array ?? []).map { $0.with("pr", .string(number)) }
            }
            try await Self.expect(
                world,
                "prs_commits",
                commits,
                key: "pr_number || '@' || sha",
                id: { .string("\($0["pr"].string ?? "")@\($0["sha"].string ?? "")") }
            ) { record in
                let commit = record["commit"]
                return [
                    "message": commit["message"].string, "author_login": record["author"]["login"].text,
                    "author_name": commit["author"]["name"].text, "author_email": commit["author"]["email"].text,
                    "authored_date": commit["author"]["date"].text, "committer_name": commit["committer"]["name"].text,
                    "committer_email": commit["committer"]["email"].text, "committed_date": commit["committer"]["date"].text,
                    "url": record["html_url"].text,
                ]
            }
            #expect(try await world.count("prs") == 49)
            #expect(try await world.count("prs_commits") == 90)
            #expect(try await world.count("prs_reviews") == 30)
            #expect(try await world.count("prs_comments") == 16 + 46)
        }
    }

    private static func last(_ url: JSONValue) -> String? { url.text?.split(separator: "/").last.map(String.init) }

    private static func newest(_ items: [JSONValue]) -> [JSONValue] {
        Dictionary(items.map { ($0["id"].identifier ?? "", $0) }) { old, new in
            (new["updated_at"].string ?? "~") >= (old["updated_at"].string ?? "") ? new : old
        }.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Compares each record's values with its row's columns, as texts; times to the second.
    private static func expect(
        _ world: SandboxWorld,
        _ table: String,
        _ records: [JSONValue],
        key: String,
        id: (JSONValue) -> JSONValue,
        _ values: (JSONValue) -> [String: String?]
    ) async throws {
        guard let sample = records.first else { throw RecordProblem("nothing was recorded") }
        let names = values(sample).keys.sorted()
        let rows = try await world.database.query(
            """
            SELECT \(key) AS key, \(names.map { "(to_jsonb(t)->'\($0)')::text AS \($0)" }.joined(separator: ", "))
            FROM \(table) t WHERE tenant_id = $1 AND deleted_at IS NULL
            """,
            [.uuid(world.tenant.id)]
        )
        var found: [String: [String: String?]] = [:]
        for row in rows {
            var columns: [String: String?] = [:]
            for name in names {
                let json = try row.decode(name, as: String?.self).map { try JSONParser.parse($0) } ?? .null
                columns[name] = .some(Self.text(json))
            }
            found[try row.decode("key")] = columns
        }
        for record in records {
            let key = id(record).identifier ?? ""
            guard let row = found[key] else {
                Issue.record("\(table) has no row \(key)")
                continue
            }
            for (name, value) in values(record) {
                let expected = value.flatMap { $0.isEmpty && name != "body" ? nil : $0 }
                let given = (row[name] ?? nil).flatMap { $0.isEmpty && name != "body" ? nil : $0 }
                let same =
                    expected == given
                    || (expected.flatMap(SourceDate.parse) != nil
                        && expected.flatMap(SourceDate.parse) == given.flatMap(SourceDate.parse))
                #expect(same, "\(table) \(key) \(name): \(given ?? "null") instead of \(expected ?? "null")")
            }
        }
    }

    private static func text(_ json: JSONValue) -> String? {
        switch json {
        case .null: nil
        case .bool(let value): value ? "t" : "f"
        case .number(let text): text
        case .string(let text): text
        case .array(let values): values.compactMap(Self.text).joined(separator: ",")
        case .object: json.serialized
        }
    }
}
