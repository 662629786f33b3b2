import Foundation
import Sandbox
import Testing

@Suite("The sandbox's Jira site: limits, moves, and what changes while it is read")
struct JiraSiteTests {
    private static let search = "/jira/rest/api/3/search/jql"
    private static var all: [String: Any] {
        ["jql": "updated >= 946684800000 ORDER BY updated ASC", "maxResults": 50, "fields": ["updated"]]
    }

    @Test("Points run out until the next hour, bursts for a second; both say why")
    func limits() async throws {
        try await withSandbox { client, state async throws in
            state.limitJira(pointsPerHour: 60, requestsPerSecond: nil)
            let first = try await client.post(Self.search, Self.all)
            #expect(first.status == 200)
            #expect(first.headers["x-ratelimit-remaining"] == "9", "one for the request, fifty for the issues")
            #expect(first.headers["x-ratelimit-nearlimit"] == "true")
            _ = try await client.post(Self.search, Self.all)
            let refused = try await client.get("/jira/rest/api/3/field")
            #expect(refused.status == 429)
            #expect(refused.headers["ratelimit-reason"] == "jira-quota-global-based")
            #expect(refused.headers["retry-after"].flatMap { Int($0) }.map { (1...3_600).contains($0) } == true)

            state.limitJira(pointsPerHour: nil, requestsPerSecond: 2)
            var answers: [Int] = []
            for _ in 0..<6 { answers.append(try await client.get("/jira/rest/api/3/field").status) }
            #expect(Array(answers.prefix(2)) == [200, 200] && answers.contains(429))
            #expect(try await client.get("/jira/rest/api/3/status").status == 200, "each endpoint has a bucket of its own")
        }
    }

    @Test("Members of the lists answer one by one; what is not there is not found")
    func members() async throws {
        try await withSandbox { client, _ async throws in
            for version in ["2", "3"] {
                let root = "/jira/rest/api/\(version)"
                #expect(try await client.get("\(root)/project/PAY").object.text("key") == "PAY")
                for list in ["issuetype", "status"] {
                    let first = try #require(try await client.get("\(root)/\(list)").list.first?.text("id"))
                    #expect(try await client.get("\(root)/\(list)/\(first)").object.text("id") == first)
                    #expect(try await client.get("\(root)/\(list)/99999").status == 404)
                }
            }
            #expect(try await client.get("/jira/rest/api/3/project/search").status == 200)
            let agile = "/jira/rest/agile/1.0"
            let board = try #require(try await client.get("\(agile)/board").object.list("values").first).int("id")
            #expect(try await client.get("\(agile)/board/\(board)").object.int("id") == board)
            #expect(try await client.get("\(agile)/sprint/99999").status == 404)
        }
    }

    @Test("A moved issue keeps its id and history, and its old key leads to it")
    func moves() async throws {
        try await withSandbox { client, state async throws in
            let key = try #require(state.issueKeys.first { $0.hasPrefix("PAY-") })
            let before = try await client.get("/jira/rest/api/3/issue/\(key)?expand=changelog").object
            let moved = try state.moveIssue(key, to: "WEB")
            #expect(moved.hasPrefix("WEB-"))
            for name in [key, moved] {
                let after = try await client.get("/jira/rest/api/3/issue/\(name)?expand=changelog").object
                #expect(after.text("id") == before.text("id"))
                #expect(after.text("key") == moved)
                #expect(after.object("fields").object("project").text("key") == "WEB")
                #expect(after.object("changelog").int("total") == before.object("changelog").int("total") + 1)
                let newest = try #require(after.object("changelog").list("histories").first)
                #expect(newest.list("items").map { $0.text("field") } == ["Key", "project"])
            }
            #expect(throws: SandboxError.self) { try state.moveIssue("NO-1", to: "WEB") }
            #expect(throws: SandboxError.self) { try state.moveIssue(moved, to: "NO") }
        }
    }

    @Test("An event of an issue shows it in the older form, with what changed, signed over the bytes that are sent")
    func webhooks() async throws {
        try await withSandbox { _, state async throws in
            state.addJiraWebhook(url: "", secret: "s")
            state.addWebhook(url: "", secret: "s")
            let key = try #require(state.issueKeys.first)
            try state.patchIssue(key, json: #"{"description": "One line", "status": "In Progress"}"#)
            let moved = try state.moveIssue(key, to: key.hasPrefix("WEB") ? "PAY" : "WEB")
            try state.deleteIssue(moved)
            let sent = state.sentDeliveries
            #expect(sent.map(\.event) == ["jira:issue_updated", "jira:issue_updated", "jira:issue_deleted"])
            #expect(sent.allSatisfy { $0.signature.hasPrefix("sha256=") && $0.signature.count == "sha256=".count + 64 })
            #expect(Set(sent.map(\.id)).count == 3)
            let bodies = try sent.map { try JSONSerialization.jsonObject(with: Data($0.body)) as? [String: Any] ?? [:] }
            #expect(bodies.map { $0.text("webhookEvent") } == sent.map(\.event))
            #expect(bodies[0].object("issue").object("fields").text("description") == "One line", "wiki markup, no document")
            let changed = bodies[0].object("changelog").list("items").map { $0.text("field") }
            #expect(changed == ["description", "status"])
            #expect(bodies[1].text("issue_event_type_name") == "issue_moved")
            #expect(bodies[1].object("changelog").list("items").map { $0.text("field") } == ["Key", "project"])
            #expect(bodies[2].object("issue").text("key") == moved && bodies[2]["changelog"] == nil)
        }
    }

    @Test("Tokens expire on request, and issues move while a search is read")
    func churn() async throws {
        try await withSandbox { client, state async throws in
            let token = try await client.post(Self.search, Self.all).object.text("nextPageToken")
            #expect(!token.isEmpty)
            state.expireJiraTokens()
            let late = try await client.post(Self.search, Self.all.merging(["nextPageToken": token]) { $1 })
            #expect(late.status == 400)

            state.churnJira(probability: 1, count: 2, seed: 7)
            let seen = try await client.search("updated >= 946684800000 ORDER BY updated ASC", size: 50).map { $0.text("id") }
            #expect(Set(seen).count == state.issueKeys.count, "an issue that moves goes to the end, where it is met")
        }
    }

    @Test("Users, workflows, a board's estimate and issues by id")
    func site() async throws {
        try await withSandbox { client, state async throws in
            #expect(try await client.get("/jira/rest/api/3/users/search?startAt=0&maxResults=3").list.count == 3)
            #expect(try await client.get("/jira/rest/api/3/users/search?startAt=1000").list.isEmpty)
            let workflows = try await client.get("/jira/rest/api/3/workflows/search").object
            let references = workflows.list("values").first?.list("statuses") ?? []
            #expect(references.count == workflows.list("statuses").count && !references.isEmpty)
            let board = try await client.get("/jira/rest/agile/1.0/board/1/configuration").object
            #expect(board.object("estimation").object("field").text("fieldId") == "customfield_10016")
            let key = try #require(state.issueKeys.first)
            let fetched = try await client.post(
                "/jira/rest/api/3/issue/bulkfetch",
                ["issueIdsOrKeys": [key, "NO-1"], "fields": ["summary"]]
            ).object
            #expect(fetched.list("issues").count == 1 && fetched.list("issueErrors").count == 1)
        }
    }

    @Test("As Data Center: pages by number, all histories, wiki markup, people by name")
    func dataCenter() async throws {
        try await withSandbox { client, state async throws in
            let page = try await client.post(
                "/jira/rest/api/2/search",
                [
                    "jql": "updated >= 946684800000 ORDER BY updated ASC", "startAt": 100, "maxResults": 1_000,
                    "expand": ["changelog"],
                ]
            ).object
            #expect(page.int("total") == state.issueKeys.count)
            #expect(page.list("issues").count == state.issueKeys.count - 100)
            for issue in page.list("issues") {
                #expect(issue.object("changelog").list("histories").count == issue.object("changelog").int("total"))
                let reporter = issue.object("fields").object("reporter")
                #expect(reporter["accountId"] == nil && !reporter.text("name").isEmpty)
                let description = issue.object("fields")["description"]
                #expect(description is String || description is NSNull)
            }
            let projects = try await client.get("/jira/rest/api/2/project").list
            #expect(!projects.isEmpty)
        }
    }
}
