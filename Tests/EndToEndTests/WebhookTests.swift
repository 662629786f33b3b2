import Foundation
import Testing

@Suite("Webhooks from end to end", .inSurroundings, .serialized)
struct WebhookTests {
    @Test("An event of Jira becomes rows and queue rows within seconds, once; what is signed wrongly becomes nothing")
    func jira() async throws {
        try await World.with(environment: ["E2E_WEBHOOK_SECRET": "a webhook's secret"]) { world in
            let tenant = try await self.tenant(world, world.jira(world.sandbox), "jira")
            try await world.sync("jira", tenant)
            let key = try #require(
                try await world.database.texts("SELECT key FROM work_items WHERE key LIKE 'PAY-%' ORDER BY key LIMIT 1").first
            )
            try await self.serving(world) { url in
                try await self.connect(world, tenant, "jira", to: url, secret: "a webhook's secret")
                try await self.forgetQueue(world)
                let edited = ContinuousClock.now
                try await world.sandbox.patchIssue(key, ["summary": "Told by an event", "status": "In Progress"])
                try await self.until(
                    world,
                    "SELECT count(*) FROM work_items WHERE key = '\(key)' AND summary = 'Told by an event'",
                    1
                )
                #expect(ContinuousClock.now - edited < .seconds(10))
                let queued = try await world.database.texts(
                    "SELECT table_name || ' ' || external_id FROM vectorization_queue ORDER BY 1"
                )
                #expect(queued.contains("work_items \(key)"))
                #expect(queued.contains { $0.hasPrefix("changelogs ") }, "the change of the status is a row too: \(queued)")
                try await self.untilDone(world, deliveries: 1)

                // The same once more: Jira sends again what it had no answer to.
                let before = try await world.rows(of: tenant)
                try await self.forgetQueue(world)
                try await self.repeatDeliveries(world)
                try await self.untilAnswered(world, answers: 2)
                #expect(try await world.database.count("SELECT count(*) FROM webhook_deliveries") == 1)
                #expect(try await world.queued(tenant) == 0)
                #expect(try await world.rows(of: tenant) == before)

                // A move and a deletion, of which no list tells.
                try await self.order(world, "POST", "/sandbox/issues/\(key)/move", ["project": "OPS"])
                try await self.until(world, "SELECT count(*) FROM work_items WHERE key = '\(key)'", 0)
                let moved = try await world.database.texts(
                    "SELECT external_id FROM vectorization_queue WHERE table_name = 'work_items'"
                )
                #expect(moved.contains { $0.hasPrefix("OPS-") })
                let other = try #require(
                    try await world.database.texts("SELECT key FROM work_items WHERE key LIKE 'PAY-%' ORDER BY key LIMIT 1").first
                )
                try await self.order(world, "DELETE", "/sandbox/issues/\(other)", nil)
                try await self.until(
                    world,
                    "SELECT count(*) FROM work_items WHERE key = '\(other)' AND deleted_at IS NOT NULL",
                    1
                )
                let operations = try await world.database.texts(
                    "SELECT operation FROM vectorization_queue WHERE table_name = 'work_items' AND external_id = '\(other)'"
                )
                #expect(operations == ["delete"])
            }
        }
    }

    @Test("A delivery that is signed with another secret is refused and leaves nothing", arguments: ["jira", "github"])
    func wrongSignature(kind: String) async throws {
        try await World.with(environment: ["E2E_WEBHOOK_SECRET": "a webhook's secret"]) { world in
            let definition = kind == "jira" ? world.jira(world.sandbox) : world.github(world.sandbox)
            let tenant = try await self.tenant(world, definition, kind)
            try await self.serving(world) { url in
                try await self.connect(world, tenant, kind, to: url, secret: "what somebody guessed")
                if kind == "jira" {
                    try await world.sandbox.patchIssue("PAY-1", ["summary": "Forged"])
                } else {
                    try await world.sandbox.patchPull("acme/api", try await self.somePull(world), ["title": "Forged"])
                }
                let answers = try await self.untilAnswered(world, answers: 1)
                #expect(answers == [401])
                #expect(try await world.database.count("SELECT count(*) FROM webhook_deliveries") == 0)
            }
        }
    }

    @Test("An event of GitHub becomes rows and queue rows within seconds, once")
    func github() async throws {
        try await World.with(environment: ["E2E_WEBHOOK_SECRET": "a webhook's secret"]) { world in
            let tenant = try await self.tenant(world, world.github(world.sandbox), "github")
            try await world.sync("github", tenant)
            let number = try await self.somePull(world)
            try await self.serving(world) { url in
                try await self.connect(world, tenant, "github", to: url, secret: "a webhook's secret")
                try await self.forgetQueue(world)
                let edited = ContinuousClock.now
                try await world.sandbox.patchPull("acme/api", number, ["title": "Told by an event"])
                try await self.until(world, "SELECT count(*) FROM prs WHERE title = 'Told by an event'", 1)
                #expect(ContinuousClock.now - edited < .seconds(10))
                #expect(
                    try await world.database.texts("SELECT external_id FROM vectorization_queue WHERE table_name = 'prs'")
                        == ["acme/api#\(number)"]
                )
                try await self.untilDone(world, deliveries: 1)
                try await self.forgetQueue(world)
                try await self.repeatDeliveries(world)
                try await self.untilAnswered(world, answers: 2)
                #expect(try await world.database.count("SELECT count(*) FROM webhook_deliveries") == 1)
                #expect(try await world.queued(tenant) == 0)
            }
        }
    }

    @Test(
        "A secret of the vault that cannot be read stops only what names it: others take deliveries, and the upkeep sees them well"
    )
    func unreadableSecret() async throws {
        let environment = [
            "E2E_WEBHOOK_SECRET": "a webhook's secret", "PULSE_ENCRYPTION_KEY": String(repeating: "0a", count: 32),
        ]
        try await World.with(environment: environment) { world in
            let tenant = try await self.tenant(world, world.jira(world.sandbox), "jira")
            try await world.sync("jira", tenant)
            var naming = world.github(world.sandbox).members
            naming["token"] = "vault:broken"
            let file = try world.write(.object(naming), to: "acme-github.json")
            try await world.pulse("integration", "add", "--tenant", tenant.name, file)
            _ = try await world.database.query(
                """
                INSERT INTO tenant_secrets (tenant_id, id, sealed, updated_by)
                VALUES ('\(tenant.identifier)', 'broken', '\\x01', 'a test')
                """
            )
            try await world.serving(roles: "api,etl,orchestrator") { url, _ in
                try await self.connect(world, tenant, "jira", to: url, secret: "a webhook's secret")
                try await world.sandbox.patchIssue("PAY-1", ["summary": "Told by an event"])
                #expect(try await self.untilAnswered(world, answers: 1).allSatisfy { $0 < 300 })
                try await self.until(world, "SELECT count(*) FROM work_items WHERE summary = 'Told by an event'", 1)

                try await EndToEndTests.until("the upkeep can be started") {
                    try await world.outcome(["jobs", "start", "sleep_job", "--tenant", tenant.name]).status == 0
                }
                let health = try await eventually("the upkeep ends") { () -> JSON? in
                    let runs = try await world.pulse("jobs", "runs", "sleep_job", "--tenant", tenant.name, "--json").json().list
                    return runs.lazy.compactMap { $0["steps"].list.first { $0["name"] == "health" } }.first
                }
                let detail = health["detail"].text ?? ""
                #expect(detail.contains("source jira well") && detail.contains("source github away"), "\(health)")
            }
        }
    }

    // MARK: The scene

    private func tenant(_ world: World, _ definition: JSON, _ kind: String) async throws -> World.Tenant {
        let tenant = try await world.tenant("acme", kinds: [])
        var members = definition.members
        members["webhook_secret"] = "env:E2E_WEBHOOK_SECRET"
        let file = try world.write(.object(members), to: "acme-\(kind).json")
        try await world.pulse("integration", "add", "--tenant", tenant.name, file)
        return tenant
    }

    /// Tells the sandbox where to send, and with what it signs.
    private func connect(
        _ world: World,
        _ tenant: World.Tenant,
        _ kind: String,
        to url: String,
        secret: String
    ) async throws {
        let id = try #require(try await world.database.texts("SELECT id::text FROM integrations WHERE kind = '\(kind)'").first)
        let address = "\(url)/api/v1/webhooks/\(kind)/\(id)"
        try await self.order(
            world,
            "POST",
            "/sandbox/webhooks",
            ["source": .text(kind), "url": .text(address), "secret": .text(secret)]
        )
    }

    private func somePull(_ world: World) async throws -> Int {
        let pulls = try await LoopbackHTTP.send(
            "GET",
            world.sandbox.url + "/github/repos/acme/api/pulls?state=all&per_page=1",
            headers: ["User-Agent": "tests", "Authorization": "Bearer a token"]
        ).json()
        return try #require(pulls[0]["number"].int)
    }

    private func repeatDeliveries(_ world: World) async throws {
        try await self.order(world, "POST", "/sandbox/webhooks/repeat", nil)
    }

    private func order(_ world: World, _ method: String, _ path: String, _ body: JSON?) async throws {
        let answer = try await LoopbackHTTP.send(method, world.sandbox.url + path, body: body)
        guard answer.status == 204 else { throw TestFailure("the sandbox answered \(answer.status): \(answer.body)") }
    }

    private func forgetQueue(_ world: World) async throws {
        _ = try await world.database.texts(
            "WITH gone AS (DELETE FROM vectorization_queue RETURNING 1) SELECT count(*)::text FROM gone"
        )
    }

    private func until(_ world: World, _ count: String, _ expected: Int) async throws {
        try await EndToEndTests.until(count, within: .seconds(20)) { try await world.database.count(count) == expected }
    }

    private func untilDone(_ world: World, deliveries: Int) async throws {
        try await self.until(world, "SELECT count(*) FROM webhook_deliveries WHERE status = 'done'", deliveries)
    }

    /// - Returns: the answers to the first delivery.
    @discardableResult
    private func untilAnswered(_ world: World, answers count: Int) async throws -> [Int] {
        try await eventually("the delivery is answered", within: .seconds(20)) {
            let sent = try await LoopbackHTTP.send("GET", world.sandbox.url + "/sandbox/webhooks/deliveries").json()
            let answers = sent[0]["answers"].list.compactMap(\.int)
            return answers.count >= count ? answers : nil
        }
    }

    /// Runs the API and the reader of deliveries, and nothing that would empty the queue or sync by itself.
    private func serving(_ world: World, _ body: (_ url: String) async throws -> Void) async throws {
        try await world.serving(roles: "api,etl") { url, _ in try await body(url) }
    }
}
