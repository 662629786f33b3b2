import Foundation
import Sandbox
import Testing

@Suite struct ChangeTests {
    @Test("A changed issue is the newest, shows the change, and its changelog tells it")
    func issue() async throws {
        try await withSandbox { client, state async throws in
            let key = state.issueKeys[20]
            let before = state.counts.issues
            let answer = try await client.post("/sandbox/issues/\(key)", ["summary": "New words", "status": "Blocked"])
            #expect(answer.status == 204)
            let newest = try await client.search("project in (PAY,WEB,MOB,OPS,DATA) ORDER BY updated DESC", fields: ["*all"])
            let issue = try #require(newest.first)
            #expect(issue.text("key") == key)
            #expect(issue.object("fields").text("summary") == "New words")
            #expect(issue.object("fields").object("status").text("name") == "Blocked")
            let log = try await client.get("/jira/rest/api/3/issue/\(key)/changelog").object.list("values")
            let items = log.last?.list("items") ?? []
            #expect(items.map { $0.text("field") } == ["summary", "status"])
            #expect(items.last?.text("toString") == "Blocked")

            #expect(try await client.send("/sandbox/issues/\(key)", "DELETE").status == 204)
            #expect(try await client.get("/jira/rest/api/3/issue/\(key)").status == 404)
            #expect(state.counts.issues == before - 1)
        }
    }

    @Test("A changed pull request heads the list; a deleted one is gone with its comments")
    func pull() async throws {
        try await withSandbox { client, state async throws in
            let number = try #require(state.pullNumbers.first { $0.repository == "acme/web" }).number
            #expect(try await client.post("/sandbox/pulls/acme/web/\(number)", ["body": NSNull()]).status == 204)
            let list = try await client.get("/github/repos/acme/web/pulls?state=all&sort=updated&direction=desc").list
            #expect(list.first?.int("number") == number)
            #expect(list.first?["body"] is NSNull)
            #expect(try await client.send("/sandbox/pulls/acme/web/\(number)", "DELETE").status == 204)
            #expect(try await client.get("/github/repos/acme/web/pulls/\(number)").status == 404)
            let comments = try await client.pages("/github/repos/acme/web/issues/comments")
            #expect(!comments.contains { $0.text("issue_url").hasSuffix("/issues/\(number)") })
        }
    }

    @Test("Changes of what is not there are refused with a message")
    func refusals() async throws {
        try await withSandbox { client, state async throws in
            #expect(try await client.post("/sandbox/issues/NONE-1", ["summary": "x"]).status == 404)
            let unknown = try await client.post("/sandbox/issues/\(state.issueKeys[0])", ["status": "Lost"])
            #expect(unknown.status == 400)
            #expect(unknown.object.text("message").contains("Lost"))
            #expect(try await client.post("/sandbox/faults", ["kind": "earthquake"]).status == 400)
        }
    }

    @Test("A fault strikes as often as asked, where asked, and can be lifted")
    func faults() async throws {
        try await withSandbox { client, state async throws in
            let fault: [String: Any] = ["status": 429, "retry_after": 2, "path": "/jira", "count": 2]
            #expect(try await client.post("/sandbox/faults", fault).status == 204)
            #expect(try await client.get("/github/user").status == 200)
            let limited = try await client.get("/jira/rest/api/3/myself")
            #expect(limited.status == 429)
            #expect(limited.headers["retry-after"] == "2")
            #expect(try await client.get("/jira/rest/api/3/myself").status == 429)
            #expect(try await client.get("/jira/rest/api/3/myself").status == 200)
            state.inject(Fault(.status(503, retryAfter: nil), count: nil))
            #expect(try await client.get("/github/user").status == 503)
            #expect(try await client.send("/sandbox/faults", "DELETE").status == 204)
            #expect(try await client.get("/github/user").status == 200)
        }
    }

    @Test("A seeded chance hits the same requests each time")
    func seededFaults() async throws {
        @Sendable func statuses(_ seed: UInt64) async throws -> [Int] {
            let sandbox = try SandboxApplication(configuration: SandboxConfiguration())
            return try await sandbox.build().test(.router) { base in
                sandbox.state.inject(Fault(.status(500, retryAfter: nil), count: nil, probability: 0.5, seed: seed))
                var statuses: [Int] = []
                for _ in 0..<40 { statuses.append(try await Client(base: base).get("/github/user").status) }
                return statuses
            }
        }
        let first = try await statuses(3)
        #expect(Set(first) == [200, 500])
        #expect(try await statuses(3) == first)
        #expect(try await statuses(4) != first)
    }

    @Test(
        "Over a real connection a reset gives no answer and a truncated body ends early",
        arguments: [Fault.Kind.reset, .truncated]
    )
    func brokenConnections(kind: Fault.Kind) async throws {
        let sandbox = try SandboxApplication(configuration: SandboxConfiguration())
        try await sandbox.build().test(.live) { base in
            sandbox.state.inject(Fault(kind, pathPrefix: "/github"))
            await #expect(throws: (any Error).self) { try await Client(base: base).get("/github/user") }
        }
    }

    @Test("The status page counts objects and requests by route")
    func status() async throws {
        try await withSandbox { client, _ async throws in
            _ = try await client.get("/github/repos/acme/api/pulls")
            _ = try await client.get("/github/repos/acme/web/pulls")
            let status = try await client.get("/sandbox/status").object
            #expect(status.object("counts").int("pulls") == 60)
            #expect(status.object("requests").int("GET /github/repos/{owner}/{name}/pulls") == 2)
        }
    }
}
