import Foundation
import Sandbox
import Testing

@Suite struct GitHubTests {
    @Test("Following the next links visits each pull request once, newest change first")
    func paging() async throws {
        try await withSandbox { client, state async throws in
            for name in ["acme/api", "acme/web", "acme/mobile"] {
                let pulls = try await client.pages("/github/repos/\(name)/pulls?state=all&sort=updated&direction=desc&per_page=7")
                let expected = state.pullNumbers.filter { $0.repository == name }.map(\.number)
                #expect(pulls.map { $0.int("number") }.sorted() == expected.sorted())
                let updates = pulls.map { $0.text("updated_at") }
                #expect(updates == updates.sorted(by: >))
            }
        }
    }

    @Test("Links are absolute, name next and last, and for an organization change their form")
    func links() async throws {
        try await withSandbox { client, _ async throws in
            let pulls = try await client.get("/github/repos/acme/api/pulls?state=all&per_page=10")
            #expect(pulls.link("next") == "http://localhost/github/repos/acme/api/pulls?state=all&per_page=10&page=2")
            #expect(pulls.link("last") != nil)
            #expect(pulls.link("prev") == nil)
            let repositories = try await client.get("/github/orgs/acme/repos?per_page=2")
            #expect(repositories.link("next") == "http://localhost/github/organizations/90001/repos?per_page=2&page=2")
            #expect(try await client.pages("/github/orgs/acme/repos?per_page=2").count == 3)
        }
    }

    @Test("An unchanged answer is 304 and free; after a change the old tag gets the new answer")
    func conditionalRequests() async throws {
        try await withSandbox { client, state async throws in
            let path = "/github/repos/acme/api/pulls?state=all&per_page=5&sort=updated&direction=desc"
            let first = try await client.get(path)
            let tag = try #require(first.headers["etag"])
            let again = try await client.get(path, ["if-none-match": tag])
            #expect(again.status == 304)
            #expect(again.headers["x-ratelimit-remaining"] == first.headers["x-ratelimit-remaining"])
            let number = try #require(state.pullNumbers.first { $0.repository == "acme/api" }).number
            try state.patchPull("acme/api", number, json: #"{"title": "Another title"}"#)
            let changed = try await client.get(path, ["if-none-match": tag])
            #expect(changed.status == 200)
            #expect(changed.list.first?.text("title") == "Another title")
        }
    }

    @Test("A list lacks what only the detail has")
    func detail() async throws {
        try await withSandbox { client, state async throws in
            let row = try #require(try await client.get("/github/repos/acme/api/pulls?state=all").list.first)
            #expect(row["additions"] == nil && row["merged"] == nil)
            let pull = try await client.get("/github/repos/acme/api/pulls/\(row.int("number"))").object
            #expect(pull["additions"] is Int)
            let commits = try await client.pages("/github/repos/acme/api/pulls/\(row.int("number"))/commits")
            #expect(commits.count == pull.int("commits"))
            #expect(commits.last?.text("sha") == pull.object("head").text("sha"))
        }
    }

    @Test("Version 2026-03-10 no longer has merge_commit_sha and assignee")
    func versions() async throws {
        try await withSandbox { client, _ async throws in
            let path = "/github/repos/acme/web/pulls?state=all"
            #expect(try await client.get(path).list.first?.keys.contains("merge_commit_sha") == true)
            let newer = try await client.get(path, ["x-github-api-version": "2026-03-10"]).list
            #expect(!newer.isEmpty && newer.allSatisfy { $0["merge_commit_sha"] == nil && $0["assignee"] == nil })
        }
    }

    @Test("Comments since an instant are those that changed at or after it")
    func since() async throws {
        try await withSandbox { client, _ async throws in
            for kind in ["pulls", "issues"] {
                let path = "/github/repos/acme/api/\(kind)/comments?sort=updated&direction=asc&per_page=9"
                let all = try await client.pages(path)
                let middle = all[all.count / 2].text("updated_at")
                let later = try await client.pages(path + "&since=" + middle)
                #expect(later.map { $0.int("id") } == all.filter { $0.text("updated_at") >= middle }.map { $0.int("id") })
                #expect(later.count < all.count)
            }
        }
    }

    @Test("Wrong tokens, missing user agents, unknown and renamed repositories are answered as GitHub does")
    func refusals() async throws {
        let configuration = SandboxConfiguration(world: .generated(seed: 7), requiredToken: "secret")
        try await withSandbox(configuration) { client, _ async throws in
            #expect(try await client.get("/github/user").status == 401)
            #expect(try await client.get("/github/user", ["authorization": "Bearer wrong"]).status == 401)
            let right = ["authorization": "Bearer secret"]
            #expect(try await client.get("/github/user", right).status == 200)
            #expect(try await client.get("/github/user", right.merging(["user-agent": ""]) { $1 }).status == 403)
            let missing = try await client.get("/github/repos/acme/none", right)
            #expect(missing.status == 404)
            #expect(missing.object.text("message") == "Not Found")
            let moved = try await client.get("/github/repos/acme/backend/pulls?state=all", right)
            #expect(moved.status == 301)
            #expect(moved.headers["location"] == "http://localhost/github/repos/acme/api/pulls?state=all")
        }
    }

    @Test("When the hour's requests are used up, GitHub refuses with 403 and nothing remaining")
    func rateLimit() async throws {
        let configuration = SandboxConfiguration(world: .generated(seed: 7), gitHubRateLimit: 2)
        try await withSandbox(configuration) { client, _ async throws in
            #expect(try await client.get("/github/user").status == 200)
            #expect(try await client.get("/github/user").headers["x-ratelimit-remaining"] == "0")
            #expect(try await client.get("/github/user").status == 403)
            let limits = try await client.get("/github/rate_limit")
            #expect(limits.object.object("resources").object("core").int("remaining") == 0)
        }
    }
}
