import Foundation
import Testing

@Suite("Serving", .inSurroundings, .serialized)
struct ServingTests {
    @Test("The service says how it is, answers those who have a key, and nobody else")
    func api() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme", kinds: ["jira"])
            let other = try await world.tenant("other", kinds: ["jira"])
            try await world.sync("jira", tenant)
            try await world.drain(tenant)
            try await world.serving(roles: "api") { url, _ in
                #expect(try await LoopbackHTTP.send("GET", url + "/health").status == 200)
                let ready = try await LoopbackHTTP.send("GET", url + "/ready")
                #expect(ready.status == 200, "\(ready)")

                let question: JSON = ["query": "customers were charged twice", "limit": 100]
                func ask(_ headers: [String: String]) async throws -> LoopbackHTTP.Answer {
                    try await LoopbackHTTP.send("POST", url + "/api/v1/search", body: question, headers: headers)
                }
                let answer = try await ask(["Authorization": "Bearer \(tenant.key)"])
                #expect(answer.status == 200)
                #expect(try !answer.json()["hits"].list.isEmpty)
                let theirs = try await ask(["Authorization": "Bearer \(other.key)"])
                #expect(theirs.status == 409, "nothing of this tenant is indexed: \(theirs)")
                #expect(!theirs.body.contains("hits"))
                for headers in [[:], ["Authorization": "Bearer pulse_wrong"], ["Authorization": "Basic \(tenant.key)"]] {
                    let refused = try await ask(headers)
                    #expect(refused.status == 401)
                    #expect(!refused.body.contains(tenant.key))
                }
            }
        }
    }

    @Test("SIGTERM ends a service that is vectorizing within ten seconds, and no row stays in its hands")
    func shutdown() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme")
            for kind in ["github", "jira"] { try await world.sync(kind, tenant) }
            let all = try await world.queued(tenant)
            // Five rounds and more: it cannot be through before it is told to stop.
            try await world.sandbox.inject(["kind": "slow", "delay_ms": 1_500, "path": "/embeddings", "count": nil])
            try await world.serving(roles: "api,vectorization") { _, program in
                try await until("it holds rows") { try await world.queued(tenant, where: "status = 'processing'") > 0 }
                program.send(SIGTERM)
                let started = ContinuousClock.now
                let outcome = try await program.wait(atMost: .seconds(30))
                #expect(ContinuousClock.now - started < .seconds(10))
                #expect(outcome.status == 0, "\(outcome)")
                #expect(try await world.queued(tenant, where: "status = 'processing'") == 0)
                #expect(try await world.queued(tenant, where: "attempts > 0 OR crashes > 0 OR status = 'failed'") == 0)
            }
            #expect(try await world.queued(tenant) > 0, "it was stopped amid \(all) rows")
            try await world.sandbox.heal()
            try await world.drain(tenant)
            try await expectComplete(tenant, in: world)
        }
    }

    @Test("A service that is told to stop says so and still answers for a while; a sync without a page waits for another process")
    func drain() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme", kinds: ["jira"])
            try await world.sync("jira", tenant)
            try await world.drain(tenant)
            try await world.sandbox.inject(["kind": "slow", "delay_ms": 30_000, "path": "/jira", "count": nil])
            try await world.serving(roles: "api,etl", environment: ["PULSE_DRAIN_SECONDS": "3"]) { url, program in
                let key = ["Authorization": "Bearer \(tenant.key)"]
                let asked = try await LoopbackHTTP.send("POST", url + "/api/v1/jobs/jira_job/start", headers: key)
                #expect(asked.status == 200, "\(asked)")
                let running = "SELECT count(*) FROM etl_jobs WHERE status = 'RUNNING' AND owner IS NOT NULL"
                try await until("a sync runs") { try await world.database.count(running) == 1 }
                program.send(SIGTERM)
                let started = ContinuousClock.now
                try await until("it is not ready any more", within: .seconds(2)) {
                    try await LoopbackHTTP.send("GET", url + "/ready").status == 503
                }
                #expect(try await LoopbackHTTP.send("GET", url + "/health").status == 200)
                let answer = try await LoopbackHTTP.send(
                    "POST",
                    url + "/api/v1/search",
                    body: ["query": "customers were charged twice"],
                    headers: key
                )
                #expect(answer.status == 200, "\(answer)")
                let outcome = try await program.wait(atMost: .seconds(30))
                #expect(ContinuousClock.now - started >= .seconds(3))
                #expect(ContinuousClock.now - started < .seconds(15))
                #expect(outcome.status == 0, "\(outcome)")
            }
            let left = "SELECT count(*) FROM etl_jobs WHERE job_name = 'jira_job' AND status = 'PENDING'"
            #expect(try await world.database.count(left + " AND owner IS NULL AND crashes = 0") == 1)
        }
    }

    @Test("A client of the progress channel sees its tenant's run begin, rise and end, and nothing of another's")
    func progress() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme")
            let other = try await world.tenant("other", kinds: ["jira"])
            for kind in ["github", "jira"] { try await world.sync(kind, tenant) }
            try await world.sync("jira", other)
            try await world.sandbox.inject(["kind": "slow", "delay_ms": 300, "path": "/embeddings", "count": nil])
            try await world.serving(roles: "api") { url, _ in
                let channel = url + "/ws/progress/Vectorization"
                await #expect(throws: TestFailure.self) { _ = try await WebSocketClient.connect(to: channel, key: "pulse_wrong") }
                let client = try await WebSocketClient.connect(to: channel, key: tenant.key)
                let stranger = try await WebSocketClient.connect(to: channel, key: other.key)
                defer {
                    client.close()
                    stranger.close()
                }
                try await world.drain(tenant)
                try await until("the end is told") { client.messages.last?["type"] == "job_completed" }
                let run = try self.expectWholeRun(client, of: 1_000)
                #expect(stranger.messages.isEmpty)

                try await world.drain(other)
                try await until("the other's end is told") { stranger.messages.last?["type"] == "job_completed" }
                #expect(try self.expectWholeRun(stranger, of: 500) != run)
                #expect(!client.messages.contains { $0["run_id"] != run })

                // Who comes later is told at once where things stand.
                let late = try await WebSocketClient.connect(to: channel, key: tenant.key)
                defer { late.close() }
                try await until("the last message is repeated") { late.messages.contains { $0["type"] == "job_completed" } }
                #expect(late.messages.allSatisfy { $0["run_id"] == run })
            }
        }
    }

    /// - Returns: the run's id.
    private func expectWholeRun(_ client: WebSocketClient, of rows: Int) throws -> JSON {
        let messages = client.messages
        #expect(client.trouble == nil)
        let run = try #require(messages.first)["run_id"]
        #expect(
            messages.allSatisfy {
                $0["run_id"] == run && $0["channel"] == "Vectorization" && $0["job_name"] == "vectorization_job"
            }
        )
        #expect(messages.first?["type"] == "job_started")
        #expect(messages.dropFirst().dropLast().allSatisfy { $0["type"] == "job_progress" })

        let steps = messages.filter { $0["type"] == "job_progress" }
        #expect(steps.count >= 2, "\(steps.count) steps")
        let progress = steps.compactMap(\.["progress"].number)
        #expect(progress.count == steps.count && progress == progress.sorted())
        #expect(progress.allSatisfy { (0...100).contains($0) })
        let processed = steps.compactMap(\.["processed"].int)
        #expect(processed == processed.sorted() && Set(processed).count >= 2, "\(processed)")
        #expect(steps.allSatisfy { ($0["total"].int ?? 0) >= ($0["processed"].int ?? .max) && ($0["total"].int ?? 0) >= rows })
        #expect(steps.allSatisfy { $0["rate"].number != nil && $0.members.keys.contains("eta_seconds") })
        #expect(steps.contains { ($0["rate"].number ?? 0) > 0 && ($0["eta_seconds"].number ?? -1) >= 0 })
        #expect(steps.allSatisfy { !$0["ai_metrics"].members.isEmpty })

        let end = try #require(messages.last)
        #expect((end["processed"].int ?? 0) >= rows)
        #expect(end["failed"] == 0)
        #expect((end["duration_seconds"].number ?? 0) > 0)
        return run
    }

    @Test("An installation without keys is told how to get in, by a key that works, and is told so once")
    func firstKey() async throws {
        try await World.with { world in
            let words = "This installation has no keys yet"
            try await world.serving(roles: "api") { url, program in
                let key = try await eventually("the key is shown") {
                    program.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.first {
                        $0.hasPrefix("pulse_")
                    }
                }
                #expect(program.output.components(separatedBy: words).count == 2)
                let tenants = try await LoopbackHTTP.send(
                    "GET",
                    url + "/api/v1/tenants",
                    headers: ["Authorization": "Bearer \(key)"]
                )
                #expect(tenants.status == 200, "\(tenants)")
            }
            try await world.serving(roles: "api") { url, program in
                #expect(try await LoopbackHTTP.send("GET", url + "/health").status == 200)
                program.send(SIGTERM)
                let outcome = try await program.wait(atMost: .seconds(30))
                #expect(!outcome.output.contains(words))
            }
        }
    }

    @Test("A request's id is in its answer and in its line of the log, the client's own or one that it was given")
    func requestIDs() async throws {
        try await World.with { world in
            let logging = ["PULSE_LOG_FORMAT": "json", "PULSE_LOG_LEVEL": "info"]
            try await world.serving(roles: "api", environment: logging) { url, program in
                var ids: [String] = []
                for headers in [["X-Request-ID": "a-client.1"], [:]] {
                    let answer = try await LoopbackHTTP.send("GET", url + "/api/v1/status", headers: headers)
                    #expect(answer.status == 401)
                    ids.append(try #require(answer.headers["x-request-id"]))
                }
                #expect(ids.first == "a-client.1" && Set(ids).count == 2)
                for id in ids {
                    let line = try await eventually("the request is logged", within: .seconds(10)) {
                        program.errors.split(separator: "\n").compactMap { try? JSON(String($0)) }.first {
                            $0["request_id"].text == id
                        }
                    }
                    #expect(line["message"].text == "GET /api/v1/status 401")
                }
            }
        }
    }

    @Test("AI trouble fails no sync: without Qdrant and a provider all is read, and its rows wait")
    func withoutAI() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme")
            try await world.sandbox.inject(["kind": "status", "status": 503, "path": "/embeddings", "count": nil])
            let program = try world.start(["serve", "--roles", "etl"], environment: ["PULSE_QDRANT_URL": "http://127.0.0.1:1"])
            do {
                let finished = "SELECT count(*) FROM etl_jobs WHERE status = 'FINISHED' AND job_name IN "
                try await until("both syncs are through") {
                    try #require(program.isRunning, "\(program.errors)")
                    return try await world.database.count(finished + "('github_job', 'jira_job')") == 2
                }
                #expect(try await world.database.count("SELECT count(*) FROM job_runs WHERE state <> 'FINISHED'") == 0)
                #expect(try await world.queued(tenant, where: "status = 'pending' AND attempts = 0") > 1_000)
                #expect(try await world.queued(tenant, where: "status <> 'pending'") == 0)
                try await program.kill9()
            } catch {
                try await program.kill9()
                throw error
            }
        }
    }
}
