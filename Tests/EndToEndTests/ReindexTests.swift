import Foundation
import Synchronization
import Testing

@Suite("Reindex", .inSurroundings, .serialized)
struct ReindexTests {
    /// Of a provider that takes the longer texts in parts.
    private static let narrowLimits: JSON = ["items": 2, "tokensPerItem": 60, "tokensPerRequest": 100, "concurrency": 2]
    private static let quick = ["PULSE_LEASE_SECONDS": "5", "PULSE_WRITE_DEADLINE_SECONDS": "1"]

    /// What a loop of searches has seen.
    private final class Seen: Sendable {
        private let state = Mutex((answers: 0, faults: [String]()))

        var answers: Int { self.state.withLock { $0.answers } }
        var faults: [String] { self.state.withLock { $0.faults } }

        func note(_ fault: String?) {
            self.state.withLock { state in
                state.answers += 1
                if let fault { state.faults.append(fault) }
            }
        }
    }

    @Test(
        "While a tenant is reindexed, is killed, and goes on, each search has an answer and another tenant works"
    )
    func reindex() async throws {
        try await World.with(environment: Self.quick) { world in
            let moving = try await world.tenant("moving")
            let staying = try await world.tenant("staying")
            for tenant in [moving, staying] {
                for kind in ["github", "jira"] { try await world.sync(kind, tenant) }
                try await world.drain(tenant)
            }
            let (before, stayingBefore) = (try await world.content(of: moving), try await world.points(of: staying))
            let next = try self.addProvider(to: world)
            // Slow enough to be killed before its end.
            try await world.sandbox.inject(["kind": "slow", "delay_ms": 400, "path": "/embeddings", "count": nil])

            try await self.serving(world) { url in
                let seen = Seen()
                let searching = Task {
                    while !Task.isCancelled {
                        for tenant in [moving, staying] { await self.search(url, tenant, into: seen) }
                    }
                }
                defer { searching.cancel() }

                let asked = ["reindex", "--tenant", "moving", "--provider", "next"]
                let estimate = try await world.outcome(asked + ["--estimate", "--json"]).json()
                #expect((estimate["estimate"]["entities"].int ?? 0) > 500)
                #expect((estimate["estimate"]["tokens"].int ?? 0) > 5_000 && (estimate["estimate"]["seconds"].number ?? 0) > 0)
                let dollars = (estimate["estimate"]["tokens"].number ?? 0) * 0.02 / 1_000_000
                #expect(abs((estimate["estimate"]["dollars"].number ?? 0) - dollars) < 1e-6)
                #expect(try await world.database.count("SELECT count(*) FROM tenant_spaces WHERE state = 'building'") == 0)
                let unasked = try await world.outcome(asked)
                #expect(unasked.status == 1 && unasked.errors.contains("--yes"), "\(unasked)")

                let killed = try world.start(["reindex", "--tenant", "moving", "--provider", "next", "--yes"])
                try await until("it has copied a part") {
                    try #require(killed.isRunning, "\(killed.errors)\(killed.output)")
                    return try await self.copied(world) > 50
                }
                try await killed.kill9()
                #expect(try await self.copied(world) > 50)

                // Both change while one of them moves.
                let keys = try await world.database.texts(
                    "SELECT DISTINCT key FROM work_items WHERE key LIKE 'PAY-%' ORDER BY key LIMIT 3"
                )
                let second = try world.start(["reindex", "--tenant", "moving", "--provider", "next", "--yes", "--json"])
                for (number, key) in keys.enumerated() {
                    try await world.sandbox.patchIssue(key, ["summary": .text("Marmots chew cable number \(number)")])
                    for tenant in [moving, staying] { try await world.sync("jira", tenant) }
                }
                let outcome = try await second.wait()
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(try outcome.json()["end"] == "switched")
                let measured = try await world.database.texts(
                    """
                    SELECT DISTINCT metric_name FROM ai_performance_metrics
                    WHERE service_name = 'reindex' AND metric_value > 0
                    """
                )
                let expected = ["vectorization_rows", "embedding_tokens", "embedding_cost"]
                #expect(Set(measured).isSuperset(of: expected), "\(measured)")
                try await until("the queue is empty") {
                    let (first, second) = (try await world.queued(moving), try await world.queued(staying))
                    return first + second == 0
                }
                // The service has learnt of it without being told.
                let answers = seen.answers
                try await until("it is searched on") { seen.answers > answers + 10 }
                searching.cancel()
                await searching.value
                #expect(seen.answers > 20)
                #expect(seen.faults.isEmpty, "\(seen.faults.prefix(5))")
            }

            try await world.sandbox.heal()
            // Nothing of the moved tenant is left behind; the other's is as it was, but for what changed.
            #expect(try await world.points(of: moving).isEmpty)
            let moved = world.looking(at: next)
            #expect(try await moved.points(of: moving).count >= before.count - 10)
            for (tenant, world) in [(moving, moved), (staying, world)] {
                try await expectComplete(tenant, in: world)
                let audit = try await world.outcome(["audit", "--tenant", tenant.name, "--json"])
                #expect(audit.status == 0, "\(tenant.name): \(audit.output)\(audit.errors)")
            }
            // Of the other tenant only what changed was written.
            let stayed = Set(try await world.points(of: staying).map { "\($0.identifier) \($0.generation)" })
            #expect(stayingBefore.count { !stayed.contains("\($0.identifier) \($0.generation)") } < 100)
            #expect(try await world.content(of: staying) == moved.content(of: moving), "both read the same source")
            let hits = try await world.search("marmots chew cable", moving, mode: "lexical")
            #expect(hits.first?["title"].text?.contains("Marmots") == true)

            let again = try await world.pulse("reindex", "--tenant", "moving", "--provider", "next", "--json").json()
            #expect(again["end"] == "already")
            _ = try await LoopbackHTTP.send("DELETE", "\(world.qdrant)/collections/\(moved.collection)")
        }
    }

    @Test("A new provider that fails blocks no live row, and the move can be given up")
    func brokenProvider() async throws {
        try await World.with(environment: Self.quick) { world in
            let tenant = try await world.tenant("acme", kinds: ["jira"])
            try await world.sync("jira", tenant)
            try await world.drain(tenant)
            let next = try self.addProvider(to: world, base: "http://127.0.0.1:9")
            let away = try await world.outcome(["reindex", "--tenant", "acme", "--provider", "next", "--yes"])
            #expect(away.status == 1, "an estimate needs an answer: \(away)")

            // It answers while the estimate is made, and soon no more.
            try self.addProvider(to: world)
            try await world.sandbox.inject(["kind": "slow", "delay_ms": 400, "path": "/embeddings", "count": nil])
            let stuck = try world.start(["reindex", "--tenant", "acme", "--provider", "next", "--yes"])
            try await until("it has begun") {
                try #require(stuck.isRunning, "\(stuck.errors)")
                return try await world.database.count("SELECT count(*) FROM space_backlog") > 0
            }
            try await world.sandbox.heal()
            try await world.sandbox.inject(["kind": "status", "status": 500, "path": "/embeddings", "count": nil])
            try await Task.sleep(for: .seconds(1))
            try await world.sandbox.heal()
            try await world.sandbox.inject(["kind": "status", "status": 401, "path": "/embeddings", "count": nil])
            let outcome = try await stuck.wait()
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("stays in its space"), "\(outcome.errors)")
            try await world.sandbox.heal()
            let learned = try await world.database.texts(
                """
                SELECT DISTINCT error_type FROM ai_learning_memory WHERE service = 'next' AND 'embedding:next' = ANY (subjects)
                """
            )
            #expect(learned.contains("configuration"), "what has failed is remembered: \(learned)")
            let key = try #require(try await world.database.texts("SELECT key FROM work_items ORDER BY key LIMIT 1").first)
            try await world.sandbox.patchIssue(key, ["summary": "Otters polish the invoice"])
            try await world.sync("jira", tenant)
            try await world.drain(tenant)
            try await expectComplete(tenant, in: world)
            let hits = try await world.search("otters polish the invoice", tenant, mode: "lexical")
            #expect(hits.contains { $0["external_id"] == .text(key) && $0["title"].text?.contains("Otters") == true })

            let other = try await world.outcome(["reindex", "--tenant", "acme", "--provider", "played", "--yes"])
            #expect(other.status == 1 && other.errors.contains("--abandon"), "\(other)")
            #expect(try await world.pulse("reindex", "--tenant", "acme", "--json").json()["spaces"].list.count == 2)
            #expect(try await world.pulse("reindex", "--tenant", "acme", "--abandon", "--json").json()["abandoned"] == true)
            #expect(try await world.looking(at: next).points(of: tenant, orNone: true).isEmpty)
            #expect(try await world.outcome(["audit", "--tenant", "acme"]).status == 0)
            #expect(try await world.database.count("SELECT count(*) FROM tenant_spaces") == 1)
        }
    }

    @Test("A provider of the same space that takes less at once gets what it can take, and nothing else is made anew")
    func narrowerProvider() async throws {
        try await World.with(environment: Self.quick) { world in
            let tenant = try await world.tenant("acme", kinds: ["jira"])
            try await world.sync("jira", tenant)
            try await world.drain(tenant)
            let before = try await world.points(of: tenant)
            // The same service under another file: what both take whole stays as it is.
            try self.narrow("narrow", in: world)
            let report = try await world.pulse("reindex", "--tenant", "acme", "--provider", "narrow", "--yes", "--json").json()
            #expect(report["end"] == "providerChanged")
            let queued = try await world.queued(tenant)
            #expect(queued > 0 && report["queued"].int == queued, "\(report)")
            #expect(queued < before.count)
            try await world.drain(tenant)
            let after = try await world.points(of: tenant)
            #expect(after.count > before.count)
            try await expectComplete(tenant, in: world)
            let audit = try await world.outcome(["audit", "--tenant", "acme"])
            #expect(audit.status == 0, "\(audit.output)\(audit.errors)")
            // And back, though the file of the one that is left is gone: the long texts are one again.
            try FileManager.default.removeItem(atPath: world.folder + "/providers/narrow.json")
            let back = try await world.pulse("reindex", "--tenant", "acme", "--provider", "played", "--yes", "--json").json()
            #expect(back["queued"].int == queued)
            try await world.drain(tenant)
            #expect(try await world.points(of: tenant).count == before.count)
            #expect(try await world.outcome(["audit", "--tenant", "acme"]).status == 0)
        }
    }

    @Test("Where a provider's file is edited, what its limits cut otherwise is made anew, and nothing else")
    func editedLimits() async throws {
        try await World.with(environment: Self.quick) { world in
            let tenant = try await world.tenant("acme", kinds: ["jira"])
            try await world.sync("jira", tenant)
            try await world.drain(tenant)
            let before = try await self.contents(of: tenant, world)
            try self.narrow("played", in: world)
            let indexed = try #require(try await world.drain(tenant)["indexed"].int)
            #expect(indexed > 0)
            #expect(indexed < Set(before.map(\.externalID)).count, "short texts stay as they are")
            #expect(try await self.contents(of: tenant, world).count > before.count)
            let audit = try await world.outcome(["audit", "--tenant", "acme"])
            #expect(audit.status == 0, "\(audit.output)\(audit.errors)")

            // Edited back under a service at work.
            try await self.serving(world) { _ in
                try world.write(
                    world.provider(id: "played", base: world.sandbox.url + "/embeddings"),
                    to: "providers/played.json"
                )
                _ = try await eventually("the long texts are whole again") { () -> Bool? in
                    try await self.contents(of: tenant, world) == before ? true : nil
                }
            }
            #expect(try await world.outcome(["audit", "--tenant", "acme"]).status == 0)
        }
    }

    @Test("The first edit of a provider's limits after a move is followed too")
    func editedAfterMove() async throws {
        try await World.with(environment: Self.quick) { world in
            let tenant = try await world.tenant("acme", kinds: ["jira"])
            try await world.sync("jira", tenant)
            try await world.drain(tenant)
            let space = try self.addProvider(to: world)
            let report = try await world.pulse("reindex", "--tenant", "acme", "--provider", "next", "--yes", "--json").json()
            #expect(report["end"] == "switched")
            try self.addProvider(to: world, limits: Self.narrowLimits)
            let indexed = try #require(try await world.drain(tenant)["indexed"].int)
            #expect(indexed > 0)
            let audit = try await world.outcome(["audit", "--tenant", "acme"])
            #expect(audit.status == 0, "\(audit.output)\(audit.errors)")
            _ = try await LoopbackHTTP.send("DELETE", "\(world.qdrant)/collections/\(world.looking(at: space).collection)")
        }
    }

    @Test("Chosen over HTTP while another space is half built, a provider of the tenant's space takes over, and workers cut anew")
    func chosenOverHTTP() async throws {
        try await World.with(environment: Self.quick) { world in
            let tenant = try await world.tenant("acme", kinds: ["jira"])
            try await world.sync("jira", tenant)
            try await world.drain(tenant)
            let before = try await self.contents(of: tenant, world)
            try self.addProvider(to: world)
            try self.narrow("narrow", in: world)
            try await world.sandbox.inject(["kind": "slow", "delay_ms": 400, "path": "/embeddings", "count": nil])
            let stuck = try world.start(["reindex", "--tenant", "acme", "--provider", "next", "--yes"])
            try await until("it has begun") {
                try #require(stuck.isRunning, "\(stuck.errors)")
                return try await world.database.count("SELECT count(*) FROM space_backlog") > 0
            }
            try await stuck.kill9()
            try await world.sandbox.heal()
            try await self.serving(world) { url in
                let address = url + "/api/v1/providers/narrow/choose"
                let chosen = try await LoopbackHTTP.send("POST", address, headers: ["Authorization": "Bearer \(tenant.key)"])
                #expect(chosen.status == 200, "\(chosen)")
                _ = try await eventually("the long texts are cut anew") { () -> Bool? in
                    try await self.contents(of: tenant, world).count > before.count ? true : nil
                }
                try await until("all is done") { try await world.queued(tenant) == 0 }
            }
            #expect(try await world.outcome(["audit", "--tenant", "acme"]).status == 0)
        }
    }

    private func contents(of tenant: World.Tenant, _ world: World) async throws -> [IndexedPoint.Content] {
        try await world.points(of: tenant).map(\.content).sorted()
    }

    // MARK: Short ways

    /// Writes a provider of the tenants' own space that takes less at once than theirs.
    private func narrow(_ id: String, in world: World) throws {
        var file = world.provider(id: id, base: world.sandbox.url + "/embeddings").members
        file["limits"] = Self.narrowLimits
        try world.write(.object(file), to: "providers/\(id).json")
    }

    /// A second provider of another space, played by the same sandbox.
    @discardableResult
    private func addProvider(to world: World, base: String? = nil, limits: JSON? = nil) throws -> String {
        let space = world.space + "-next"
        var file = world.provider(id: "next", base: base ?? world.sandbox.url + "/embeddings").members
        file["space"] = ["name": .text(space), "dimensions": 96]
        file["price"] = ["perMillionTokens": 0.02]
        file["limits"] = limits ?? ["items": 32, "tokensPerItem": 512, "tokensPerRequest": 300_000, "concurrency": 2]
        try world.write(.object(file), to: "providers/next.json")
        return space
    }

    private func copied(_ world: World) async throws -> Int {
        try await world.database.count("SELECT count(DISTINCT entity) FROM qdrant_vectors WHERE space LIKE '%-next'")
    }

    private func search(_ url: String, _ tenant: World.Tenant, into seen: Seen) async {
        do {
            let answer = try await LoopbackHTTP.send(
                "POST",
                url + "/api/v1/search",
                body: ["query": "customers were charged twice", "limit": 20],
                headers: ["Authorization": "Bearer \(tenant.key)"]
            )
            guard answer.status == 200 else {
                seen.note("\(tenant.name): \(answer.status) \(answer.body.prefix(200))")
                return
            }
            let hits = try answer.json()["hits"].list.count
            seen.note(hits < 20 ? "\(tenant.name): \(hits) hits" : nil)
        } catch {
            if !Task.isCancelled { seen.note("\(tenant.name): \(error)") }
        }
    }

    private func serving(_ world: World, _ body: (_ url: String) async throws -> Void) async throws {
        try await world.serving(roles: "api,vectorization") { url, _ in try await body(url) }
    }
}
