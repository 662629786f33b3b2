import Foundation
import PulseModel
import Testing

@testable import Connectors

@Suite("GitHub's deliveries")
struct GitHubWebhookTests {
    private let definition = GitHubDefinition(
        baseURL: "https://api.fake.test",
        organization: "acme",
        repositories: [],
        token: SecretReference(variable: "T")
    )
    private let now = Date(timeIntervalSince1970: 1_750_000_000)

    private func read(_ event: String, _ body: JSONValue) throws -> WebhookReading {
        try GitHubWebhook.read(event, body, receivedAt: self.now, self.definition)
    }

    @Test("Repositories of others, plain issues and events of no interest are ignored, and say so")
    func ignored() throws {
        let foreign: JSONValue = ["repository": ["id": 1, "full_name": "evil/api"], "action": "opened"]
        #expect(try self.read("pull_request", foreign).note == "evil/api is none of this integration's repositories")
        let repository: JSONValue = ["id": 42, "full_name": "acme/api"]
        let issue: JSONValue = ["repository": repository, "issue": ["number": 1], "comment": ["id": 1]]
        #expect(try self.read("issue_comment", issue).page == nil)
        #expect(try self.read("star", ["repository": repository]).page == nil)
        #expect(try self.read("ping", ["zen": "Keep it logically awesome."]).page == nil)
    }

    @Test("A delivery that names no repository id is a failure with its reason")
    func broken() {
        #expect(throws: WebhookProblem.self) { try self.read("pull_request", ["repository": ["name": "api"]]) }
        #expect(throws: WebhookProblem.self) { try self.read("pull_request", "text") }
    }

    @Test("A delivery in a form says what one in JSON says")
    func form() throws {
        let json = Array(#"{"zen": "50 % + 1 is \u00e4 & more"}"#.utf8)
        let form = Array("payload=%7B%22zen%22%3A+%2250+%25+%2B+1+is+%5Cu00e4+%26+more%22%7D".utf8)
        #expect(try JSONParser.parse(WebhookWorker.json(of: form)) == JSONParser.parse(WebhookWorker.json(of: json)))
    }

    @Test("A pushed commit of the default branch is a row; of another branch it is none")
    func push() throws {
        func push(_ ref: String) -> JSONValue {
            [
                "ref": .string(ref), "before": "aaa",
                "repository": ["id": 42, "full_name": "acme/api", "default_branch": "main"],
                "commits": [
                    ["id": "bbb", "message": "One", "timestamp": "2026-01-02T03:04:05+01:00", "author": ["username": "ada"]],
                    ["id": "ccc", "message": "Two", "timestamp": "2026-01-02T03:05:05+01:00", "author": ["name": "Ada"]],
                ],
            ]
        }
        let page = try #require(try self.read("push", push("refs/heads/main")).page)
        #expect(page.branchCommits.map(\.sha) == ["bbb", "ccc"])
        #expect(page.branchCommits.map(\.parents) == [nil, nil], "a push event tells no parents")
        #expect(try self.read("push", push("refs/heads/feature")).page == nil)
    }

    @Test("A deleted comment is a deletion, a deleted repository and a deleted release too")
    func deletions() throws {
        let repository: JSONValue = ["id": 42, "full_name": "acme/api"]
        let comment: JSONValue = [
            "action": "deleted", "repository": repository, "issue": ["pull_request": [:]], "comment": ["id": 7],
        ]
        #expect(try self.read("issue_comment", comment).page?.deletions == [.init(.comments, "issue:7")])
        let release: JSONValue = ["action": "deleted", "repository": repository, "release": ["id": 11]]
        #expect(try GitHubWebhook.read("release", release, receivedAt: self.now, self.definition).page?.removedReleases == ["11"])
        let gone: JSONValue = ["action": "deleted", "repository": repository]
        #expect(try self.read("repository", gone).page?.deletions == [.init(.repositories, "42")])
    }

    /// GitHub's own example deliveries; see ``RecordedDataTests``.
    @Test(
        "Every recorded delivery is read without a rejected record, and those of interest become rows",
        .enabled(if: RecordedWebhooks.isThere, "no ../shared/realdata beside the project")
    )
    func recorded() throws {
        var rows: [String: Int] = [:]
        var count = 0
        for (event, body) in try RecordedWebhooks.all() {
            let owner = body["repository"]["full_name"].string?.split(separator: "/").first.map(String.init)
            var definition = self.definition
            definition.organization = owner ?? "acme"
            let reading = try GitHubWebhook.read(event, body, receivedAt: self.now, definition)
            count += 1
            #expect(reading.page?.rejected ?? [] == [], "\(event) \(body["action"].string ?? "")")
            if let page = reading.page { rows[event, default: 0] += page.rowCounts.values.reduce(0, +) }
        }
        #expect(count > 100)
        for event in [
            "pull_request", "pull_request_review", "pull_request_review_comment", "deployment", "deployment_status", "release",
            "repository",
        ] {
            #expect((rows[event] ?? 0) > 0, "\(event)")
        }
    }
}

enum RecordedWebhooks {
    static let folder = RecordedData.folder.appending(path: "github/webhooks")
    static let isThere = FileManager.default.fileExists(atPath: Self.folder.path)

    /// Event and body of each example.
    static func all() throws -> [(String, JSONValue)] {
        let files = FileManager.default.enumerator(at: self.folder, includingPropertiesForKeys: nil)?.allObjects as? [URL] ?? []
        return try files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.map { file in
            let name = file.deletingPathExtension().lastPathComponent
            let parent = file.deletingLastPathComponent().lastPathComponent
            let event = parent == "webhooks" ? String(name.prefix { $0 != "." }) : parent
            return (event, try JSONParser.parse(Array(Data(contentsOf: file))))
        }
    }
}
