import Foundation
import Sandbox
import Testing

@Suite struct GraphTests {
    private func ask(_ client: Client, _ query: String, _ variables: [String: Any] = [:]) async throws -> [String: Any] {
        let answer = try await client.post("/github/graphql", ["query": query, "variables": variables])
        #expect(answer.status == 200)
        return answer.object
    }

    private func error(_ answer: [String: Any]) -> (code: String, type: String, message: String) {
        let error = answer.list("errors").first ?? [:]
        return (error.object("extensions").text("code"), error.text("type"), error.text("message"))
    }

    @Test("A field that GitHub does not have is an error, not a null; so are unknown arguments and lists without bounds")
    func strictness() async throws {
        try await withSandbox { client, _ async throws in
            let start = #"{ repository(owner: "acme", name: "api") { "#
            let unknown = try await ask(client, start + "pullRequests(first: 1) { nodes { numbr } } } }")
            #expect(error(unknown).code == "undefinedField")
            #expect(error(unknown).message == "Field 'numbr' doesn't exist on type 'PullRequest'")
            #expect(unknown["data"] == nil)
            let argument = try await ask(client, start + "pullRequests(frist: 1) { totalCount } } }")
            #expect(error(argument).code == "argumentNotAccepted")
            let unbounded = try await ask(client, start + "pullRequests { nodes { number } } } }")
            #expect(error(unbounded).type == "MISSING_PAGINATION_BOUNDARIES")
            let excessive = try await ask(client, start + "pullRequests(first: 101) { nodes { number } } } }")
            #expect(error(excessive).type == "EXCESSIVE_PAGINATION")
            let scalar = try await ask(client, start + "pullRequests(first: 1) { nodes { author } } } }")
            #expect(error(scalar).code == "selectionMismatch")
            let broken = try await ask(client, "{ repository(")
            #expect(!error(broken).message.isEmpty)
            let none = try await ask(client, #"{ repository(owner: "acme", name: "nothing") { id } }"#)
            #expect(error(none).type == "NOT_FOUND")
            #expect(none.object("data")["repository"] is NSNull)
        }
    }

    @Test("Pages go on by cursor, cost by the formula is taken from a budget of its own, and 200 says that it is spent")
    func costs() async throws {
        let configuration = SandboxConfiguration(world: .generated(seed: 7), gitHubRateLimit: 5)
        try await withSandbox(configuration) { client, state async throws in
            let query = """
                query ($after: String) {
                  rateLimit { cost remaining }
                  repository(owner: "acme", name: "api") {
                    pullRequests(first: 5, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}) {
                      totalCount pageInfo { hasNextPage endCursor }
                      nodes { number updatedAt author { __typename login } commits(first: 100) { totalCount } reviews(first: 100) { totalCount } }
                    }
                  }
                }
                """
            var numbers: [Int] = []
            var after: Any = NSNull()
            var spent = false
            for _ in 0..<8 {
                let answer = try await ask(client, query, ["after": after])
                if error(answer).type == "RATE_LIMITED" {
                    spent = true
                    break
                }
                let data = answer.object("data")
                #expect(data.object("rateLimit").int("cost") == 1)
                let list = data.object("repository").object("pullRequests")
                numbers += list.list("nodes").map { $0.int("number") }
                guard list.object("pageInfo")["hasNextPage"] as? Bool == true else { break }
                after = list.object("pageInfo").text("endCursor")
            }
            #expect(Set(numbers).count == numbers.count)
            #expect(spent || numbers.count == state.pullNumbers.filter { $0.repository == "acme/api" }.count)
            #expect(state.graphPoints > 0)
            // REST has a budget of its own.
            #expect(try await client.get("/github/user").status == 200)
        }
    }

    @Test("A bot has no [bot] in its login, and a deleted author is null")
    func actors() async throws {
        try await withSandbox { client, state async throws in
            let pull = try #require(state.pullNumbers.first)
            try state.patchPull(
                pull.repository,
                pull.number,
                json: #"{"user": {"login": "acme-ci[bot]", "id": 41050, "type": "Bot"}}"#
            )
            let name = pull.repository.split(separator: "/").last.map(String.init) ?? ""
            let query =
                "query ($name: String!, $number: Int!) { repository(owner: \"acme\", name: $name) "
                + "{ pullRequest(number: $number) { author { __typename login ... on Bot { databaseId } } } } }"
            let answer = try await ask(client, query, ["name": name, "number": pull.number])
            let author = answer.object("data").object("repository").object("pullRequest").object("author")
            #expect(author.text("__typename") == "Bot" && author.text("login") == "acme-ci" && author.int("databaseId") == 41050)
            try state.patchPull(pull.repository, pull.number, json: #"{"user": null}"#)
            let ghost = try await ask(client, query, ["name": name, "number": pull.number])
            #expect(ghost.object("data").object("repository").object("pullRequest")["author"] is NSNull)
        }
    }

    @Test("A webhook is signed over the bytes that are sent")
    func webhooks() async throws {
        try await withSandbox { _, state async throws in
            state.addWebhook(url: "", secret: "It's a Secret to Everybody")
            let pull = try #require(state.pullNumbers.first)
            try state.patchPull(pull.repository, pull.number, json: #"{"title": "New"}"#)
            let sent = try #require(state.sentDeliveries.first)
            #expect(sent.event == "pull_request" && sent.signature.count == "sha256=".count + 64)
            #expect(String(decoding: sent.body, as: UTF8.self).contains(#""title":"New""#))
        }
    }
}
