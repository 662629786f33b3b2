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

@Suite(
    "GitHub's deployments and releases from the sandbox into the database",
    .enabled(if: TestDatabase.isAvailable),
    .timeLimit(.minutes(10))
)
struct GitHubDeliverySandboxTests {
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

    @Test(
        "Statuses that take too much for one query come by halves, not one by one, whichever way GitHub gives it up",
        arguments: [
            (
                200,
                #"{"data": {"nodes": null}, "errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "path": ["nodes"], "message": "Too much."}]}"#
            ),
            (200, #"{"data": null, "errors": [{"message": "Something went wrong while executing your query."}]}"#),
            (502, #"{"message": "Server Error"}"#), (504, "upstream timed out"),
        ]
    )
    func statusesByHalves(status: Int, refusal: String) async throws {
        try await SandboxWorld.with(SandboxConfiguration(world: .generated(seed: 7, scale: 3))) { world in
            let transport = ScriptedTransport { request in
                let ids = request.body.flatMap { try? JSONParser.parse($0) }?["variables"]["ids"].array?.count ?? 0
                guard ids > 4 else { return try await world.transport.send(request) }
                return GivenResponse(status: status, body: Array(refusal.utf8))
            }
            let report = try await world.connector(transport: transport).sync()
            #expect(report.isSuccess, "\(report.failures)")
            #expect(try await world.count("deployments", where: "state IS NULL OR finished_at IS NULL") == 0)
            #expect(try await world.count("deployments", where: "true") > 10)
            #expect(!world.transport.recorder.urls.contains { $0.contains("/statuses") })
        }
    }

    @Test("A deployment whose statuses GraphQL never gets to the end of has them from REST, and the unit goes on")
    func statusesOverREST() async throws {
        try await SandboxWorld.with(SandboxConfiguration(world: .generated(seed: 7, scale: 3))) { world in
            let transport = ScriptedTransport { request in
                let isOfStatuses = String(decoding: request.body ?? [], as: UTF8.self).contains("nodes(ids: $ids)")
                guard isOfStatuses else { return try await world.transport.send(request) }
                return GivenResponse(status: 504)
            }
            let report = try await world.connector(transport: transport).sync()
            #expect(report.isSuccess, "\(report.failures)")
            #expect(try await world.count("deployments", where: "state IS NULL OR finished_at IS NULL") == 0)
            #expect(try await world.count("deployments", where: "true") > 10)
        }
    }

    @Test("Of a new deployment the pages are read that hold something new, and one more")
    func newDeployment() async throws {
        try await SandboxWorld.with(SandboxConfiguration(world: .generated(seed: 7, scale: 16))) { world in
            let time = FakeTime(Date())
            // Short pages: each goes back a few weeks.
            let transport = ScriptedTransport { request in
                var request = request
                if request.url.contains("/deployments") { request.url.replace("per_page=100", with: "per_page=5") }
                return try await world.transport.send(request)
            }
            _ = try await world.connector(time: time, transport: transport).sync()
            let newest = try await world.database.query(
                """
                SELECT d.stable_id FROM deployments d
                JOIN repositories r ON r.stable_id = d.repository_id AND r.full_name = 'acme/api'
                ORDER BY d.deployed_at DESC LIMIT 1
                """
            )
            let id = try #require(try newest.first?.decode("stable_id", as: String.self))
            try world.state.addDeploymentStatuses(["error"], "acme/api", Int(id))
            world.transport.recorder.forget()
            let report = try await world.connector(time: time, transport: transport).sync()
            #expect(report.isSuccess, "\(report.failures)")
            #expect(try await world.count("deployments", where: "stable_id = '\(id)' AND state = 'error'") == 1)
            let pages = world.transport.recorder.urls.filter { $0.contains("/acme/api/deployments?") }
            #expect(pages.count == 2, "\(pages)")
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

    @Test("A deployment's status that shorter readings did not come to is found by the next whole one")
    func olderThanWatermark() async throws {
        try await SandboxWorld.with(SandboxConfiguration(world: .generated(seed: 7, scale: 16))) { world in
            let list = "\(SandboxWorld.base)/repos/acme/api/deployments?per_page=20"
            let request = SentRequest(.get, list, headers: ["authorization": "Bearer t", "user-agent": "test"])
            let listed = try JSONParser.parse(try await world.transport.send(request).body).array ?? []
            let (newest, older) = try (#require(listed.first), #require(listed.last))
            let (newestID, olderID) = try (#require(newest["id"].int), #require(older["id"].int))
            // The site's clock and ours agree.
            let begin = try #require(newest["updated_at"].date) + 3_600
            let time = FakeTime(begin)
            // Short pages; and when the two were updated, once they have been.
            let hasChanged = Mutex(false)
            let transport = ScriptedTransport { request in
                guard request.url.contains("/deployments?") else { return try await world.transport.send(request) }
                var request = request
                request.url.replace("per_page=100", with: "per_page=5")
                let given = try await world.transport.send(request)
                guard hasChanged.withLock({ $0 }), let items = try? JSONParser.parse(given.body).array else { return given }
                let updates = [newestID: begin + 7_200, olderID: begin + 3_600]
                let shown = items.map { item in
                    let update = item["id"].int.flatMap { updates[$0] }
                    return update.map { item.with("updated_at", .string(SourceDate.text(of: $0))) } ?? item
                }
                return GivenResponse(status: given.status, headers: given.headers, body: JSONValue.array(shown).bytes)
            }
            func sync(after hours: Int) async throws {
                try await time.clock.sleep(.seconds(hours * 3_600))
                let report = try await world.connector(time: time, transport: transport).sync()
                #expect(report.isSuccess, "\(report.failures)")
            }
            try await sync(after: 0)
            for id in [newestID, olderID] { try world.state.addDeploymentStatuses(["error"], "acme/api", id) }
            hasChanged.withLock { $0 = true }
            let changed = "state = 'error' AND stable_id IN ('\(newestID)', '\(olderID)')"
            try await sync(after: 3)
            #expect(try await world.count("deployments", where: changed) == 1, "a short reading comes to the newest alone")
            try await sync(after: 25)
            #expect(try await world.count("deployments", where: changed) == 2)
        }
    }

    @Test(
        "A release that GitHub has deleted goes after two whole readings and a direct question; one that a list leaves out stays"
    )
    func deletedRelease() async throws {
        try await SandboxWorld.with(SandboxConfiguration(world: .generated(seed: 7, scale: 16))) { world in
            let time = FakeTime(Date())
            let hidden = Mutex<Int?>(nil)
            let transport = ScriptedTransport { request in
                let given = try await world.transport.send(request)
                guard let id = hidden.withLock({ $0 }), request.url.contains("/releases?"),
                    let items = try? JSONParser.parse(given.body).array
                else { return given }
                return GivenResponse(
                    status: given.status,
                    headers: given.headers,
                    body: JSONValue.array(items.filter { $0["id"].int != id }).bytes
                )
            }
            func sync(after hours: Int) async throws {
                try await time.clock.sleep(.seconds(hours * 3_600))
                let report = try await world.connector(time: time, transport: transport).sync()
                #expect(report.isSuccess, "\(report.failures)")
            }
            try await sync(after: 0)
            let releases = try await world.count("releases")
            let id = try world.state.deleteOldestRelease("acme/api")
            let kept = try await world.database.query(
                """
                SELECT e.stable_id FROM releases e
                JOIN repositories r ON r.stable_id = e.repository_id AND r.full_name = 'acme/web'
                ORDER BY e.created_at LIMIT 1
                """
            )
            let present = try #require(try kept.first?.decode("stable_id", as: String.self))
            hidden.withLock { $0 = Int(present) }
            try await sync(after: 1)
            try await sync(after: 25)
            #expect(try await world.count("releases") == releases, "one whole reading proves nothing")
            try await sync(after: 25)
            #expect(try await world.count("releases", where: "deleted_at IS NOT NULL AND stable_id = '\(id)'") == 1)
            #expect(try await world.count("releases") == releases - 1)
            let raw = try await world.count("raw_records", where: "kind = 'github_release' AND stable_id = '\(id)'")
            #expect(raw == 0, "what is gone at the source is not kept")
        }
    }
}
