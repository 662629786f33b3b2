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
                .status(504, retryAfter: nil),
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

    @Test("What is said of a deployment is there whole, however much, with and without GraphQL", arguments: [true, false])
    func manyStatuses(usesGraphQL: Bool) async throws {
        try await SandboxWorld.with(SandboxConfiguration(world: .generated(seed: 7, scale: 3))) { world in
            let states = (0..<230).map { $0 % 2 == 0 ? "in_progress" : "queued" } + ["failure"]
            let id = try world.state.addDeploymentStatuses(states, "acme/api")
            let report = try await world.sync(world.definition(usesGraphQL: usesGraphQL))
            #expect(report.isSuccess, "\(report.failures)")
            #expect(try await world.count("deployment_statuses", where: "deployment_id = '\(id)'") == 3 + 231)
            #expect(try await world.count("deployments", where: "stable_id = '\(id)' AND state = 'failure'") == 1)
        }
    }

    @Test("What changes behind an unchanged first page is found within a day: a deployment's status, a release's text")
    func olderChanges() async throws {
        try await SandboxWorld.with(SandboxConfiguration(world: .generated(seed: 7, scale: 16))) { world in
            let time = FakeTime(Date())
            _ = try await world.connector(time: time).sync()
            let listed = try await world.count(
                "deployments",
                where: "repository_id = (SELECT stable_id FROM repositories WHERE full_name = 'acme/api')"
            )
            try #require(listed > 100, "the oldest must stand behind the first page")
            let tag = try world.state.patchOldestRelease("acme/api", json: #"{"body": "Written anew"}"#)
            let id = try world.state.addDeploymentStatuses(["error"], "acme/api")
            func found() async throws -> [Int] {
                [
                    try await world.count("releases", where: "tag = '\(tag)' AND body = 'Written anew'"),
                    try await world.count("deployments", where: "stable_id = '\(id)' AND state = 'error'"),
                ]
            }
            let asked = world.transport.recorder.all.count
            _ = try await world.connector(time: time).sync()
            #expect(world.transport.recorder.all.count - asked < 30, "within the day one question a list is enough")
            try await time.clock.sleep(.seconds(25 * 3_600))
            let report = try await world.connector(time: time).sync()
            #expect(report.isSuccess, "\(report.failures)")
            #expect(try await found() == [1, 1])
        }
    }

    @Test("A renamed repository is read on from where it stood, not anew")
    func renamedGoesOn() async throws {
        try await SandboxWorld.with { world in
            _ = try await world.sync()
            func units() async throws -> [String] {
                try await world.database.query("SELECT unit FROM job_checkpoints WHERE unit LIKE 'pulls:%' ORDER BY 1").map {
                    try $0.decode("unit", as: String.self)
                }
            }
            let before = try await units()
            try world.state.renameRepository("acme/web", to: "acme/shop")
            let asked = world.transport.recorder.all.count
            let report = try await world.sync()
            #expect(report.isSuccess, "\(report.failures)")
            #expect(try await units() == before.map { $0.replacing("acme/web@", with: "acme/shop@") }.sorted())
            let pages = world.transport.recorder.all.dropFirst(asked).filter { $0.url.hasSuffix("/graphql") }
            #expect(pages.count <= 3, "\(pages.count) pages")
            let watermark = try await world.database.count(
                "SELECT count(*) FROM job_checkpoints WHERE unit LIKE 'pulls:acme/shop@%' AND watermark IS NOT NULL"
            )
            #expect(watermark == 1)
        }
    }

    @Test("A failed repository's unit is tried alone, and its failure is then forgotten")
    func retryAlone() async throws {
        try await SandboxWorld.with { world in
            world.state.inject(Fault(.status(404, retryAfter: nil), pathPrefix: "/github/repos/acme/web/releases", count: nil))
            let first = try await world.sync()
            #expect(first.failures.count == 1)
            let failed = try await world.store.failedUnits(tenant: world.tenant.id)
            let unit = try #require(failed.first?.identity)
            #expect(failed.count == 1 && unit.hasPrefix("releases:acme/web@") && failed[0].kind == "not_found")
            world.state.clearFaults()
            let asked = world.transport.recorder.all.count
            let report = try await world.connector().sync(only: [unit])
            #expect(report.isSuccess, "\(report.failures)")
            #expect(report.units.map(\.name) == ["repositories", unit])
            #expect(world.transport.recorder.all.count - asked <= 3)
            #expect(try await world.store.failedUnits(tenant: world.tenant.id).isEmpty)
        }
    }

    @Test("A renamed repository keeps its rows under its new name, whether the integration names the old one or the organization")
    func renamed() async throws {
        for repositories in [[], ["acme/web"]] {
            try await SandboxWorld.with { world in
                let definition = world.definition(repositories: repositories)
                _ = try await world.sync(definition)
                let before = try await world.count("prs", where: "repository = 'acme/web'")
                try world.state.renameRepository("acme/web", to: "acme/shop")
                let report = try await world.sync(definition)
                #expect(report.isSuccess, "\(report.failures)")
                #expect(before > 0)
                #expect(try await world.count("prs", where: "repository = 'acme/shop'") == before)
                #expect(try await world.count("prs", where: "repository = 'acme/web'") == 0)
                #expect(try await world.count("repositories", where: "full_name = 'acme/shop' AND deleted_at IS NULL") == 1)
            }
        }
    }

    @Test("Two tokens are used up side by side, and a third that is refused costs nothing but a note")
    func tokens() async throws {
        let configuration = SandboxConfiguration(world: .generated(seed: 7), requiredToken: "one,two", gitHubRateLimit: 20)
        try await SandboxWorld.with(configuration) { world in
            let connector = try world.connector(tokens: ["bad", "one", "two"])
            let report = await connector.sync()
            #expect(report.isSuccess, "\(report.failures)")
            #expect(report.waits.isEmpty, "\(report.waits)")
            #expect(report.units.flatMap(\.notes).contains { $0.contains("token 1 of 3 is refused") })
            let used = world.transport.recorder.all.reduce(into: [String: Int]()) {
                $0[$1.headers["authorization"] ?? "", default: 0] += 1
            }
            #expect((used["Bearer one"] ?? 0) > 5 && (used["Bearer two"] ?? 0) > 5, "\(used)")
        }
    }

    @Test("Deployments have their statuses, releases and the commits of the main branch are there")
    func delivery() async throws {
        let configuration = SandboxConfiguration(world: .generated(seed: 7, scale: 3))
        try await SandboxWorld.with(configuration) { world in
            _ = try await world.sync()
            #expect(try await world.count("deployments", where: "environment = 'production' AND is_production") > 5)
            #expect(
                try await world.count("deployments", where: "state IS NULL OR finished_at IS NULL OR started_at IS NULL") == 0
            )
            #expect(try await world.count("releases", where: "tag LIKE 'v1.%' AND published_at IS NOT NULL") > 2)
            let merged = try await world.count("prs", where: "state = 'merged'")
            #expect(try await world.count("branch_commits", where: "true") == merged)
            // What ties a deployment to the pull requests that it brought.
            let tied = try await world.count(
                "deployments",
                where: "EXISTS (SELECT FROM prs p WHERE p.tenant_id = t.tenant_id AND p.merge_commit_sha = t.sha)"
            )
            #expect(try await world.count("deployments", where: "true") == tied)
        }
    }

    @Test(
        "What GitHub deletes goes after two complete sweeps and a direct question, with what hangs on it, and reaches the queue"
    )
    func sweeps() async throws {
        let configuration = SandboxConfiguration(world: .generated(seed: 7, scale: 2))
        try await SandboxWorld.with(configuration) { world in
            _ = try await world.sync()
            let pull = try #require(world.state.pullNumbers.first)
            let children = try await world.count("prs_reviews") + world.count("prs_commits") + world.count("prs_comments")
            try world.state.deletePull(pull.repository, pull.number)
            try await world.drain()
            _ = try await world.sync(isSweeping: true)
            #expect(try await world.count("prs", where: "deleted_at IS NOT NULL") == 0, "one sweep proves nothing")
            let second = try await world.sync(isSweeping: true)
            #expect(second.isSuccess, "\(second.failures)")
            #expect(try await world.count("prs", where: "deleted_at IS NOT NULL") == 1)
            #expect(try await world.count("prs") == world.state.counts.pulls)
            #expect(try await world.count("prs_commits") == world.state.counts.commits)
            #expect(try await world.count("prs_reviews") == world.state.counts.reviews)
            let left = try await world.count("prs_reviews") + world.count("prs_commits") + world.count("prs_comments")
            let queued = try await world.queued(where: "operation = 'delete'")
            #expect(queued.contains("prs \(pull.repository)#\(pull.number) delete"))
            #expect(queued.filter { $0.hasPrefix("prs_") }.count == children - left)
        }
    }

    @Test("A sweep that finds too much missing stops for a person, and goes on once it is accepted")
    func stoppedSweep() async throws {
        let configuration = SandboxConfiguration(world: .generated(seed: 7, scale: 2))
        try await SandboxWorld.with(configuration) { world in
            _ = try await world.sync()
            let pulls = world.state.pullNumbers.filter { $0.repository == "acme/api" }
            for pull in pulls.prefix(pulls.count / 5) { try world.state.deletePull(pull.repository, pull.number) }
            for _ in 0..<3 {
                let report = try await world.sync(isSweeping: true)
                #expect(report.failures.map(\.kind) == [.configuration])
                #expect(report.failures.first?.message.contains("pulse sweep accept") == true)
            }
            #expect(try await world.count("prs", where: "deleted_at IS NOT NULL") == 0)
            let accepted = try await world.store.acceptSweeps(
                tenant: world.tenant.id,
                integration: world.tenant.github,
                by: "ann"
            )
            #expect(accepted == 1)
            let report = try await world.sync(isSweeping: true)
            #expect(report.isSuccess, "\(report.failures)")
            #expect(try await world.count("prs") == world.state.counts.pulls)
        }
    }

    @Test("Rows come back from the kept records without one request, and what was deleted stays deleted")
    func replay() async throws {
        try await SandboxWorld.with { world in
            _ = try await world.sync()
            let comment = try await world.database.query(
                """
                SELECT c.stable_id, r.full_name FROM prs_comments c JOIN repositories r ON r.stable_id = c.repository_id
                WHERE c.comment_type = 'issue' ORDER BY 1 LIMIT 1
                """
            )
            let id = try #require(
                try comment.first?.decode("stable_id", as: String.self).split(separator: ":").last.flatMap { Int($0) }
            )
            try world.state.deleteComment(try #require(comment.first).decode("full_name"), "issue", id)
            for _ in 0..<2 { _ = try await world.sync(isSweeping: true) }
            let before = try await world.rows()
            let mentions = try await world.count("key_mentions", where: "true")
            #expect(mentions > 0)
            for table in SandboxWorld.tables + ["key_mentions", "vectorization_queue"] {
                try await world.database.query("DELETE FROM \(table)")
            }
            world.transport.recorder.forget()
            let replay = Replay(
                .github(world.definition()),
                store: world.store,
                tenant: world.tenant.id,
                integration: world.tenant.github
            )
            let report = try await replay.run()
            #expect(world.transport.recorder.all.isEmpty)
            #expect(report.unread.isEmpty)
            let after = try await world.rows()
            #expect(after.count == before.count)
            for (a, b) in zip(after, before) where a != b { #expect(a == b) }
            #expect(try await world.count("key_mentions", where: "true") == mentions)
            let again = try await replay.run()
            #expect(again.result.written == 0)
        }
    }

    @Test("A delivery becomes rows and queue rows in one go; a late one undoes nothing, a deletion stays")
    func webhooks() async throws {
        try await SandboxWorld.with { world in
            try await world.database.query(
                "UPDATE integrations SET configuration = $2::text::jsonb WHERE id = $1",
                [
                    .uuid(world.tenant.github),
                    .text(#"{"kind":"github","base_url":"http://localhost/github","organization":"acme","token":"env:T"}"#),
                ]
            )
            _ = try await world.sync()
            try await world.drain()
            world.state.addWebhook(url: "", secret: "s")
            let pull = try #require(world.state.pullNumbers.first)
            try world.state.patchPull(pull.repository, pull.number, json: #"{"title": "First"}"#)
            try world.state.patchPull(pull.repository, pull.number, json: #"{"title": "Second"}"#)
            let rows = try await world.database.query(
                """
                SELECT c.stable_id, r.full_name FROM prs_comments c JOIN repositories r ON r.stable_id = c.repository_id
                WHERE c.comment_type = 'review' ORDER BY 1 LIMIT 1
                """
            )
            let stable: String = try #require(rows.first).decode("stable_id")
            let repository: String = try #require(rows.first).decode("full_name")
            let id = try #require(stable.split(separator: ":").last.flatMap { Int($0) })
            try world.state.editComment(repository, "review", id, body: "Edited by hand")
            try world.state.deleteComment(repository, "review", id)

            // They come in any order, and the first comes twice.
            let sent = world.state.sentDeliveries
            #expect(
                sent.map(\.event) == [
                    "pull_request", "pull_request", "pull_request_review_comment", "pull_request_review_comment",
                ]
            )
            for delivery in [sent[1], sent[0], sent[0], sent[3], sent[2]] {
                _ = try await world.store.receiveWebhook(
                    tenant: world.tenant.id,
                    integration: world.tenant.github,
                    delivery: delivery.id,
                    event: delivery.event,
                    body: delivery.body
                )
            }
            #expect(try await world.count("webhook_deliveries", where: "true") == 4)
            let connector = try world.connector()
            let worker = WebhookWorker(store: world.store, logger: quiet) { refreshes, _, _ in
                for case .pullRequest(let repositoryID, let repository, let number) in refreshes {
                    try await connector.refresh(pullRequest: number, repositoryID: repositoryID, repository: repository)
                }
            }
            while await worker.workOff() {}
            #expect(try await world.count("webhook_deliveries", where: "status = 'done' AND body IS NULL") == 4)
            #expect(try await world.count("prs", where: "title = 'Second'") == 1)
            #expect(try await world.count("prs", where: "title = 'First'") == 0)
            #expect(
                try await world.count("prs_comments", where: "stable_id = '\(stable)' AND deleted_at IS NOT NULL") == 1,
                "the edit came after the deletion, and is of before"
            )
            let queued = try await world.queued()
            #expect(queued.contains("prs \(pull.repository)#\(pull.number) update"))
            #expect(queued.contains("prs_comments \(stable) delete"))
            // A page that was fetched before the deletion.
            let undisturbed = try await world.sync()
            #expect(undisturbed.isSuccess)
            #expect(try await world.count("prs_comments", where: "stable_id = '\(stable)' AND deleted_at IS NULL") == 0)
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
