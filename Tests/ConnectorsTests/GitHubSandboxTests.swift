import Foundation
import HTTPTransport
import Postgres
import PulseModel
import Sandbox
import Store
import Synchronization
import TestSupport
import Testing

@testable import Connectors

@Suite("GitHub from the sandbox into the database", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
struct GitHubSandboxTests {
    @Test(
        "GraphQL and REST bring the same rows, and GraphQL with a twelfth of the requests and less than a third of a point each"
    )
    func sameRows() async throws {
        let configuration = SandboxConfiguration(world: .generated(seed: 7, scale: 12))
        try await SandboxWorld.with(configuration) { world in
            let graph = try await world.sync()
            #expect(graph.isSuccess, "\(graph.failures)")
            #expect(graph.units.flatMap(\.notes).isEmpty)
            let pulls = try await world.count("prs")
            #expect(pulls == world.state.counts.pulls)
            #expect(try await world.count("prs_commits") == world.state.counts.commits)
            #expect(try await world.count("prs_reviews") == world.state.counts.reviews)
            #expect(Double(world.state.graphPoints) / Double(pulls) <= 0.3)

            let other = try await world.another("over-rest")
            let rest = try await other.sync(other.definition(usesGraphQL: false))
            #expect(rest.isSuccess, "\(rest.failures)")
            #expect(graph.requests * 12 < rest.requests, "\(graph.requests) and \(rest.requests)")
            let (left, right) = (try await world.rows(), try await other.rows())
            #expect(left.count == right.count)
            for (a, b) in zip(left, right) where a != b { #expect(a == b) }
        }
    }

    @Test("A first backfill takes a tenth of a request per pull request; a second sync asks once per list and is told: unchanged")
    func requests() async throws {
        let configuration = SandboxConfiguration(world: .generated(seed: 3, scale: 40))
        try await SandboxWorld.with(configuration) { world in
            let first = try await world.sync()
            #expect(first.isSuccess, "\(first.failures)")
            let pulls = world.state.counts.pulls
            #expect(Double(first.requests) / Double(pulls) <= 0.1, "\(first.requests) for \(pulls)")
            #expect(Double(world.state.graphPoints) / Double(pulls) <= 0.3, "\(world.state.graphPoints) for \(pulls)")
            print("first backfill: \(first.requests) requests, \(world.state.graphPoints) points, \(pulls) pull requests")

            world.transport.recorder.forget()
            let unchanged = world.state.unchangedAnswers
            let second = try await world.sync()
            #expect(second.isSuccess)
            #expect(second.result.written == 0)
            // The list of repositories; and of each: pull requests, two kinds of comments, deployments, releases, commits.
            #expect(second.requests == 1 + 3 * 6, "\(world.transport.recorder.urls)")
            #expect(world.state.unchangedAnswers - unchanged == second.requests)
        }
    }

    @Test("What changes between two syncs is in the tables after the second, and nothing else is written")
    func changes() async throws {
        try await SandboxWorld.with { world in
            _ = try await world.sync()
            let pull = try #require(world.state.pullNumbers.first)
            try world.state.patchPull(pull.repository, pull.number, json: #"{"title": "Another title", "user": null}"#)
            try await world.drain()
            let report = try await world.sync()
            #expect(report.isSuccess, "\(report.failures)")
            let title = try await world.count("prs", where: "title = 'Another title' AND author = 'ghost'")
            #expect(title == 1)
            #expect(try await world.queued(where: "priority = 0") == ["prs \(pull.repository)#\(pull.number) update"])
        }
    }

    @Test("Holes, spent resources, time-outs and limits cost requests, not rows", arguments: 0..<3)
    func faults(seed: Int) async throws {
        let configuration = SandboxConfiguration(world: .generated(seed: 5, scale: 2))
        try await SandboxWorld.with(configuration) { world in
            let undisturbed = try await world.another("undisturbed")
            let good = try await undisturbed.sync(undisturbed.definition(usesGraphQL: false))
            #expect(good.isSuccess)
            let kinds: [Fault.Kind] = [
                .partial, .resourceLimits, .status(502, retryAfter: nil), .secondaryLimit(retryAfter: 1),
                .status(504, retryAfter: nil), .hole,
            ]
            for (index, kind) in kinds.enumerated() {
                world.state.inject(
                    Fault(kind, pathPrefix: "/github/graphql", count: nil, probability: 0.15, seed: UInt64(seed * 10 + index + 1))
                )
            }
            let report = try await world.sync()
            #expect(report.isSuccess, "\(report.failures)")
            let (left, right) = (try await world.rows(), try await undisturbed.rows())
            #expect(Set(left).subtracting(right).sorted() == [], "not in the undisturbed run; \(report.units.flatMap(\.notes))")
            #expect(Set(right).subtracting(left).sorted() == [], "lost; \(report.units.flatMap(\.notes))")
            #expect(left.count == right.count)
        }
    }

    @Test(
        "What GitHub leaves out of a long list is asked for again, then over REST",
        arguments: [
            #"{"data": {"node": null}, "errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "path": ["node"], "message": "Too much."}]}"#,
            #"{"data": {"node": null}, "errors": [{"type": "SERVICE_UNAVAILABLE", "path": ["node"], "message": "Not now."}]}"#,
            #"{"data": {"node": {"commits": null}}, "errors": [{"path": ["node", "commits"], "message": "Not now."}]}"#,
        ],
        [3, .max]
    )
    func holesInLongLists(answer: String, times: Int) async throws {
        try await SandboxWorld.with { world in
            let pull = try #require(world.state.pullNumbers.first)
            try world.state.growPull(pull.repository, pull.number, commits: 240)
            let answered = Mutex(0)
            let transport = ScriptedTransport { request in
                let isMore = String(decoding: request.body ?? [], as: UTF8.self).contains("node(id: $id)")
                if isMore,
                    answered.withLock({
                        $0 += 1
                        return $0 <= times
                    })
                {
                    return GivenResponse(status: 200, body: Array(answer.utf8))
                }
                return try await world.transport.send(request)
            }
            let report = try await world.connector(transport: transport).sync()
            #expect(report.isSuccess, "\(report.failures)")
            #expect(answered.withLock { $0 } > 3)
            #expect(try await world.count("prs_commits", where: "deleted_at IS NULL AND message ~ '^Step [0-9]+$'") == 240)
            #expect(try await world.count("prs_commits") == world.state.counts.commits)
        }
    }

    @Test(
        "A long list that comes with a hole — a person, or one of its elements — is read over REST: nobody is a ghost for it",
        arguments: [true, false]
    )
    func holesWithinLongLists(isPerson: Bool) async throws {
        try await SandboxWorld.with { world in
            let pull = try #require(world.state.pullNumbers.first)
            try world.state.growPull(pull.repository, pull.number, commits: 240)
            let sandbox = PartialFirstPage(world)
            let holed = Mutex<Set<String>>([])
            let transport = ScriptedTransport { request in
                let given = try await sandbox.send(request)
                guard let json = try? JSONParser.parse(given.body) else { return given }
                let node = json["data"]["node"]
                for kind in ["commits", "reviews"] {
                    guard var nodes = node[kind]["nodes"].array, !nodes.isEmpty else { continue }
                    holed.withLock { _ = $0.insert(kind) }
                    var path: [JSONValue] = ["node", .string(kind), "nodes", 0]
                    if isPerson {
                        path += kind == "commits" ? ["commit", "author"] : ["author"]
                        nodes[0] =
                            kind == "commits"
                            ? nodes[0].with("commit", nodes[0]["commit"].with("author", .null)) : nodes[0].with("author", .null)
                    } else {
                        nodes[0] = .null
                    }
                    let data = json["data"].with("node", node.with(kind, node[kind].with("nodes", .array(nodes))))
                    let problem: JSONValue = ["type": "SERVICE_UNAVAILABLE", "path": .array(path), "message": "Not now."]
                    return GivenResponse(status: 200, body: json.with("data", data).with("errors", [problem]).bytes)
                }
                return given
            }
            let report = try await world.connector(transport: transport).sync()
            #expect(report.isSuccess, "\(report.failures)")
            #expect(holed.withLock { $0 } == ["commits", "reviews"])
            let calm = try await world.another("calm")
            _ = try await calm.sync(calm.definition(usesGraphQL: false))
            #expect(try await world.rows() == calm.rows())
        }
    }

    @Test("Trouble with one list that a page came without costs that list, not the page, and the next sync reads it alone")
    func holeBesideThePage() async throws {
        try await SandboxWorld.with { world in
            let isAway = Mutex(true)
            let sandbox = PartialFirstPage(world)
            let pages = Mutex<[String]>([])
            let transport = ScriptedTransport { request in
                let body = String(decoding: request.body ?? [], as: UTF8.self)
                if body.contains("node(id: $id)"), isAway.withLock({ $0 }) { return GivenResponse(status: 502) }
                if body.contains("pullRequests(first: $first"), let variables = try? JSONParser.parse(body)["variables"] {
                    pages.withLock { $0.append("\(variables["name"].string ?? "") \(variables["after"].string ?? "")") }
                }
                return try await sandbox.send(request)
            }
            let first = try await world.connector(transport: transport).sync()
            #expect(first.failures.map(\.kind) == [.transient], "\(first.failures)")
            let unread = try await world.count(
                "repositories",
                where: "NOT EXISTS (SELECT FROM prs p WHERE p.repository_id = t.stable_id)"
            )
            #expect(unread == 0, "each first page is written")
            isAway.withLock { $0 = false }
            let second = try await world.connector(transport: transport).sync()
            #expect(second.isSuccess, "\(second.failures)")
            let asked = pages.withLock { $0.sorted() }
            #expect(asked == Set(asked).sorted(), "no page of pull requests is asked for twice")
            #expect(try await world.count("prs") == world.state.counts.pulls)
            #expect(try await world.count("prs_reviews") == world.state.counts.reviews)
        }
    }

    @Test("A pull request that GitHub leaves out of a page for the moment is asked for again", arguments: [1, .max])
    func missingPull(times: Int) async throws {
        try await SandboxWorld.with { world in
            let answered = Mutex(0)
            let transport = ScriptedTransport { request in
                let given = try await world.transport.send(request)
                let json = try? JSONParser.parse(given.body)
                guard let json, var nodes = json["data"]["repository"]["pullRequests"]["nodes"].array, nodes.count > 0,
                    !nodes[0]["title"].isNull,
                    answered.withLock({
                        $0 += 1
                        return $0 <= times
                    })
                else { return given }
                nodes[0] = .null
                let list = json["data"]["repository"]["pullRequests"].with("nodes", .array(nodes))
                let data = json["data"].with("repository", json["data"]["repository"].with("pullRequests", list))
                let problem: JSONValue = [
                    "type": "SERVICE_UNAVAILABLE", "path": ["repository", "pullRequests", "nodes", 0], "message": "Not now.",
                ]
                return GivenResponse(status: 200, body: json.with("data", data).with("errors", [problem]).bytes)
            }
            let report = try await world.connector(transport: transport).sync()
            #expect(report.isSuccess, "\(report.failures)")
            #expect(answered.withLock { $0 } > 1)
            #expect(try await world.count("prs") == world.state.counts.pulls)
        }
    }

    @Test("Queries that are given up are asked again with smaller pages until they pass")
    func nodeLimit() async throws {
        try await SandboxWorld.with { world in
            // A page of 25 may hold 8,775 nodes.
            world.state.limitGraph(nodes: 2_500)
            let report = try await world.sync()
            #expect(report.isSuccess, "\(report.failures)")
            #expect(try await world.count("prs") == world.state.counts.pulls)
            #expect(report.units.flatMap(\.notes).contains { $0.contains("made smaller") })
        }
    }

    @Test("Where GraphQL is refused, REST alone is used, and that is said once")
    func refused() async throws {
        try await SandboxWorld.with { world in
            world.state.inject(Fault(.status(403, retryAfter: nil), pathPrefix: "/github/graphql", count: nil))
            let report = try await world.sync()
            #expect(report.isSuccess, "\(report.failures)")
            #expect(try await world.count("prs") == world.state.counts.pulls)
            let notes = report.units.flatMap(\.notes).filter { $0.contains("GraphQL is refused") }
            #expect(notes.count == 1, "\(notes)")
            #expect(world.transport.recorder.urls.filter { $0.hasSuffix("/graphql") }.count <= 5)
        }
    }

    @Test("A pull request with 5,000 commits comes in whole, in pages of its own, and loses what a force push took")
    func manyCommits() async throws {
        try await SandboxWorld.with { world in
            let pull = try #require(world.state.pullNumbers.first)
            try world.state.growPull(pull.repository, pull.number, commits: 5_000)
            let first = try await world.sync()
            #expect(first.isSuccess, "\(first.failures)")
            #expect(try await world.count("prs_commits", where: "deleted_at IS NULL AND message ~ '^Step [0-9]+$'") == 5_000)
            #expect(try await world.count("prs", where: "commit_count = 5000") == 1)
            try world.state.growPull(pull.repository, pull.number, commits: 4_321)
            let second = try await world.sync()
            #expect(second.isSuccess, "\(second.failures)")
            #expect(try await world.count("prs_commits", where: "deleted_at IS NULL AND message ~ '^Step [0-9]+$'") == 4_321)
        }
    }

    @Test("A pull request with 600 commits comes in whole over REST too, which lists the first 250 with it")
    func manyCommitsOverREST() async throws {
        try await SandboxWorld.with { world in
            let pull = try #require(world.state.pullNumbers.first)
            try world.state.growPull(pull.repository, pull.number, commits: 600)
            let report = try await world.sync(world.definition(usesGraphQL: false))
            #expect(report.isSuccess, "\(report.failures)")
            #expect(try await world.count("prs_commits", where: "deleted_at IS NULL AND message ~ '^Step [0-9]+$'") == 600)
            try world.state.growPull(pull.repository, pull.number, commits: 400)
            _ = try await world.sync(world.definition(usesGraphQL: false))
            #expect(try await world.count("prs_commits", where: "deleted_at IS NULL AND message ~ '^Step [0-9]+$'") == 400)
        }
    }

    @Test(
        "A list of commits that GraphQL ends before its end is read to its end over REST, and loses nothing",
        arguments: [100, 200]
    )
    func cutCommits(most: Int) async throws {
        try await SandboxWorld.with { world in
            let pull = try #require(world.state.pullNumbers.first)
            try world.state.growPull(pull.repository, pull.number, commits: 600)
            // GitHub lists no more than a few hundred, and says how many there are.
            @Sendable func cut(_ pull: JSONValue) -> JSONValue {
                let page = pull["commits"]["pageInfo"]
                guard pull["commits"]["totalCount"].int == 600,
                    most == 100 || page["endCursor"].string == Data("cursor:v2:200:0".utf8).base64EncodedString()
                else { return pull }
                return pull.with("commits", pull["commits"].with("pageInfo", page.with("hasNextPage", false)))
            }
            let transport = ScriptedTransport { request in
                let given = try await world.transport.send(request)
                guard var json = try? JSONParser.parse(given.body), request.url.hasSuffix("/graphql") else { return given }
                if !json["data"]["node"].isNull {
                    json = json.with("data", json["data"].with("node", cut(json["data"]["node"])))
                } else if let nodes = json["data"]["repository"]["pullRequests"]["nodes"].array, most == 100 {
                    let list = json["data"]["repository"]["pullRequests"].with("nodes", .array(nodes.map(cut)))
                    json = json.with(
                        "data",
                        json["data"].with("repository", json["data"]["repository"].with("pullRequests", list))
                    )
                }
                return GivenResponse(status: given.status, headers: given.headers, body: json.bytes)
            }
            let report = try await world.connector(transport: transport).sync()
            #expect(report.isSuccess, "\(report.failures)")
            #expect(try await world.count("prs_commits", where: "deleted_at IS NULL AND message ~ '^Step [0-9]+$'") == 600)
            #expect(try await world.count("prs_commits") == world.state.counts.commits)
            // Where REST ends too, what is missing is a finding, not a silence.
            let other = try await world.another("without-compare")
            let comparing = "/github/repos/\(pull.repository)/compare"
            world.state.inject(Fault(.status(404, retryAfter: nil), pathPrefix: comparing, count: nil))
            let short = try await other.connector(transport: transport).sync()
            let notes = short.units.flatMap(\.notes)
            #expect(notes.contains { $0.contains("has more than 250 commits") }, "\(notes)")
            #expect(try await other.count("prs_commits", where: "deleted_at IS NULL AND message ~ '^Step [0-9]+$'") == 250)
            _ = try await other.store.assessQuality(tenant: other.tenant.id, integration: other.tenant.github)
            let quality = try #require(try await other.store.dataQuality(tenant: other.tenant.id).first)
            #expect(quality.findings.contains { $0.rule == "pull_commits_whole" && $0.reason.contains("250 of its 600") })
        }
    }

    @Test(
        "A person who could not be loaded is no deleted account: the pull request is read over REST",
        arguments: ["author", "mergedBy"]
    )
    func missingPerson(field: String) async throws {
        try await SandboxWorld.with { world in
            let transport = ScriptedTransport { request in
                let given = try await world.transport.send(request)
                guard let json = try? JSONParser.parse(given.body),
                    var nodes = json["data"]["repository"]["pullRequests"]["nodes"].array, nodes.count > 1,
                    !nodes[1]["title"].isNull
                else { return given }
                nodes[1] = nodes[1].with(field, .null)
                let list = json["data"]["repository"]["pullRequests"].with("nodes", .array(nodes))
                let data = json["data"].with("repository", json["data"]["repository"].with("pullRequests", list))
                let problem: JSONValue = [
                    "type": "SERVICE_UNAVAILABLE", "path": ["repository", "pullRequests", "nodes", 1, .string(field)],
                    "message": "Not now.",
                ]
                return GivenResponse(status: 200, body: json.with("data", data).with("errors", [problem]).bytes)
            }
            let report = try await world.connector(transport: transport).sync()
            #expect(report.isSuccess, "\(report.failures)")
            let calm = try await world.another("calm")
            _ = try await calm.sync()
            #expect(try await world.rows() == calm.rows())
        }
    }

    @Test("Items that change while the list is read are in the tables after the next run", arguments: 0..<3)
    func churn(seed: Int) async throws {
        let configuration = SandboxConfiguration(world: .generated(seed: UInt64(20 + seed), scale: 4))
        try await SandboxWorld.with(configuration) { world in
            world.state.inject(Fault(.churn, pathPrefix: "/github", count: nil, probability: 0.5, seed: UInt64(seed + 1)))
            let first = try await world.sync()
            #expect(first.isSuccess, "\(first.failures)")
            world.state.clearFaults()
            _ = try await world.sync()
            let other = try await world.another("afterwards")
            _ = try await other.sync(other.definition(usesGraphQL: false))
            #expect(try await world.rows() == other.rows())
        }
    }
}
