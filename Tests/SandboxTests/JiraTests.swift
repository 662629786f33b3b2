import Foundation
import Sandbox
import Testing

@Suite struct JiraTests {
    @Test("Following the tokens visits each issue once, in the order asked for")
    func paging() async throws {
        try await withSandbox { client, state async throws in
            let jql = "project in (PAY, WEB, MOB, OPS, DATA) ORDER BY updated ASC, id ASC"
            let issues = try await client.search(jql, size: 11)
            #expect(issues.map { $0.text("key") }.sorted() == state.issueKeys.sorted())
            #expect(issues.count == 120)
            let newest = try await client.search("project = PAY ORDER BY key DESC", size: 3).map { $0.text("key") }
            let numbers = newest.compactMap { Int($0.dropFirst(4)) }
            #expect(numbers == numbers.sorted(by: >) && !numbers.isEmpty)
        }
    }

    @Test("Searches by epoch milliseconds, and by minutes in the caller's time zone")
    func updated() async throws {
        try await withSandbox { client, state async throws in
            try state.patchIssue(state.issueKeys[3], json: #"{"fields": {"updated": "2026-07-01T12:30:00.000+0000"}}"#)
            let key = state.issueKeys[3]
            let project = String(key.prefix { $0 != "-" })
            func found(_ bound: String) async throws -> Bool {
                try await client.search("project = \(project) AND updated >= \(bound)").contains { $0.text("key") == key }
            }
            #expect(try await found("1782909000000"))
            #expect(try await !found("1782909000001"))
            // Berlin is two hours ahead of UTC in July.
            #expect(try await found("\"2026-07-01 14:30\""))
            #expect(try await !found("\"2026-07-01 14:31\""))
        }
    }

    @Test("Without fields only the id is given, with fields only those")
    func fields() async throws {
        try await withSandbox { client, _ async throws in
            let bare = try await client.get("/jira/rest/api/3/search/jql?jql=project%20%3D%20PAY").object.list("issues")
            #expect(!bare.isEmpty && bare.allSatisfy { Array($0.keys) == ["id"] })
            let some = try await client.search("project = PAY", fields: ["summary", "status"])
            #expect(some.allSatisfy { Set($0.object("fields").keys) == ["summary", "status"] })
        }
    }

    @Test(
        "Queries that the real one refuses are refused",
        arguments: ["ORDER BY updated", "project = NONE", "updated >= \"soon\"", "colour = red", "project = PAY sort by key", ""]
    )
    func refusedQueries(jql: String) async throws {
        try await withSandbox { client, _ async throws in
            let answer = try await client.post("/jira/rest/api/3/search/jql", ["jql": jql])
            #expect(answer.status == 400)
            #expect((answer.object["errorMessages"] as? [String])?.first?.isEmpty == false)
        }
    }

    @Test("A token is of use for its own query only, and the old search is gone")
    func tokens() async throws {
        try await withSandbox { client, _ async throws in
            let page = try await client.post("/jira/rest/api/3/search/jql", ["jql": "project = PAY", "maxResults": 2])
            let token = try #require(page.object["nextPageToken"] as? String)
            let other = try await client.post("/jira/rest/api/3/search/jql", ["jql": "project = WEB", "nextPageToken": token])
            #expect(other.status == 400)
            #expect(try await client.get("/jira/rest/api/3/search?jql=project=PAY").status == 410)
        }
    }

    @Test("A search embeds the 100 newest histories; the bulk and the paged changelog have all")
    func changelogs() async throws {
        try await withSandbox { client, state async throws in
            let body: [String: Any] = ["jql": "project in (PAY,WEB,MOB,OPS,DATA)", "expand": "changelog", "maxResults": 100]
            let first = try await client.post("/jira/rest/api/3/search/jql", body)
            let rest = try await client.post(
                "/jira/rest/api/3/search/jql",
                body.merging(["nextPageToken": first.object.text("nextPageToken")]) { $1 }
            )
            let issues = first.object.list("issues") + rest.object.list("issues")
            let long = try #require(issues.first { $0.object("changelog").int("total") == 130 })
            let embedded = long.object("changelog").list("histories")
            #expect(embedded.count == 100)
            #expect(embedded.map { $0.text("created") } == embedded.map { $0.text("created") }.sorted(by: >))

            var ids: Set<String> = []
            var request: [String: Any] = ["issueIdsOrKeys": issues.map { $0.text("id") }, "maxResults": 100]
            var rows = 0
            while true {
                let page = try await client.post("/jira/rest/api/3/changelog/bulkfetch", request).object
                for log in page.list("issueChangeLogs") {
                    rows += log.list("changeHistories").count
                    #expect(log.list("changeHistories").allSatisfy { $0["created"] is Int })
                    ids.formUnion(log.list("changeHistories").map { $0.text("id") })
                }
                guard let token = page["nextPageToken"] else { break }
                request["nextPageToken"] = token
            }
            #expect(rows == ids.count)
            #expect(rows == issues.reduce(0) { $0 + $1.object("changelog").int("total") })

            let tail = try await client.get("/jira/rest/api/3/issue/\(long.text("id"))/changelog?startAt=100").object
            #expect(tail.list("values").count == 30)
            #expect(tail["isLast"] as? Bool == true)
        }
    }

    @Test("Projects, types, statuses, fields, boards and sprints are served")
    func dimensions() async throws {
        try await withSandbox { client, state async throws in
            let page = try await client.get("/jira/rest/api/3/project/search?maxResults=2").object
            #expect(page.list("values").count == 2)
            #expect(page["isLast"] as? Bool == false)
            #expect(page.int("total") == state.counts.projects)
            #expect(try await client.get("/jira/rest/api/3/issuetype").list.count == 5)
            let categories = try await client.get("/jira/rest/api/3/status").list.map { $0.object("statusCategory").text("key") }
            #expect(Set(categories) == ["new", "indeterminate", "done"])
            #expect(try await client.get("/jira/rest/api/3/statuses/search").object.list("values").count == 7)
            #expect(try await client.get("/jira/rest/api/3/field").list.contains { $0.text("name") == "Sprint" })
            #expect(try await client.get("/jira/rest/api/3/myself").object.text("timeZone") == "Europe/Berlin")
            let boards = try await client.get("/jira/rest/agile/1.0/board").object.list("values")
            for board in boards {
                let sprints = try await client.get("/jira/rest/agile/1.0/board/\(board.int("id"))/sprint")
                #expect(sprints.status == (board.text("type") == "kanban" ? 400 : 200))
            }
        }
    }

    @Test("The development panel knows pull requests that name no issue")
    func development() async throws {
        try await withSandbox { client, _ async throws in
            let issues = try await client.search("project in (PAY,WEB,MOB,OPS,DATA)", fields: ["customfield_10000"])
            var urls: Set<String> = []
            for issue in issues where issue.object("fields").text("customfield_10000") != "{}" {
                let path =
                    "/jira/rest/dev-status/1.0/issue/detail?issueId=\(issue.text("id"))&applicationType=GitHub&dataType=pullrequest"
                let details = try await client.get(path).object.list("detail")
                urls.formUnion(details.flatMap { $0.list("pullRequests") }.map { $0.text("url") })
            }
            #expect(urls.count == 60)
        }
    }

    @Test("Basic authentication wants the token as password")
    func authentication() async throws {
        let configuration = SandboxConfiguration(world: .generated(seed: 7), requiredToken: "secret")
        try await withSandbox(configuration) { client, _ async throws in
            #expect(try await client.get("/jira/rest/api/3/myself").status == 401)
            let wrong = "Basic " + Data("me@acme.example:nonsense".utf8).base64EncodedString()
            #expect(try await client.get("/jira/rest/api/3/myself", ["authorization": wrong]).status == 401)
            let right = "Basic " + Data("me@acme.example:secret".utf8).base64EncodedString()
            #expect(try await client.get("/jira/rest/api/3/myself", ["authorization": right]).status == 200)
        }
    }
}
