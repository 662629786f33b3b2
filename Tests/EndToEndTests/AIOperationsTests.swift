import Foundation
import Testing

@Suite("AI operations", .inSurroundings)
struct AIOperationsTests {
    @Test("The real work writes every measurement; failures are remembered with what ended them, and a suggestion tells of it")
    func whole() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme", kinds: ["jira"])
            try await world.sync("jira", tenant)
            try await world.sandbox.inject(["path": "/embeddings", "kind": "status", "status": 503, "count": .null])
            let program = try world.start(["vectorize", "--tenant", tenant.name, "--drain", "--json"])
            try await until("the failure is remembered") {
                try #require(program.isRunning, "\(program.errors)")
                return try await world.database.count("SELECT count(*) FROM ai_learning_memory") > 0
            }
            let open = try #require(try await world.pulse("ai", "memory", "--tenant", tenant.name, "--json").json().list.first)
            #expect(open["open_since"].text != nil)
            #expect(open["user_intent"].text == "index rows of the queue")
            #expect(open["specific_issue"].text?.contains("503") == true, "\(open)")
            try await world.sandbox.heal()
            let outcome = try await program.wait()
            #expect(outcome.status == 0, "\(outcome.errors)")
            try await world.pulse("search", "--tenant", tenant.name, "gateway did not answer", "--json")

            let runs = try await world.pulse("jobs", "runs", "vectorization_job", "--tenant", tenant.name, "--json").json().list
            let run = try #require(runs.first)
            let steps = Dictionary(run["steps"].list.map { ($0["name"].text ?? "", $0) }) { first, _ in first }
            #expect((steps["embed"]?["count"].int ?? 0) > 0 && (steps["qdrant upsert"]?["count"].int ?? 0) > 0, "\(run)")
            #expect((steps["failed unavailable"]?["failed"].int ?? 0) > 0, "\(run)")
            #expect(steps["rows"]?["count"] == run["processed"])
            #expect((run["cpu_seconds"].number ?? 0) > 0 && (run["peak_memory_bytes"].int ?? 0) > 0 && run["bytes"] == .null)

            let measured = try await world.pulse("ai", "metrics", "--tenant", tenant.name, "--json").json().list
            let names = Set(measured.compactMap(\.["name"].text))
            let wanted: Set = [
                "embedding_latency", "embedding_rate", "embedding_texts", "embedding_requests", "embedding_tokens",
                "embedding_batch_fill",
                "embedding_cache_hits", "queue_depth", "queue_lag", "qdrant_latency", "search_latency", "vectorization_rows",
                "vectorization_rate", "vectorization_failures", "vectorization_failure_rate", "vectorization_pass_seconds",
            ]
            #expect(wanted.subtracting(names) == [])
            let total = try #require(outcome.json()["tokens"].int)
            let tokens = try await world.pulse(
                "ai",
                "metrics",
                "embedding_tokens",
                "--label",
                "task:document",
                "--tenant",
                tenant.name,
                "--json"
            ).json().list
            #expect(tokens.compactMap { $0["sum"].int }.reduce(0, +) == total)

            let over = try #require(try await world.pulse("ai", "memory", "--tenant", tenant.name, "--json").json().list.first)
            #expect(over["open_since"].text == nil, "\(over)")
            #expect(over["resolution"].text == "by itself: the same work went through")
            #expect(over["self_healed"] == 1)

            let suggestion = try await world.pulse(
                "ai",
                "suggest",
                open["specific_issue"].text ?? "",
                "--kind",
                open["error_type"].text ?? "",
                "--service",
                open["service"].text ?? "",
                "--tenant",
                tenant.name,
                "--json"
            ).json()
            #expect(suggestion["attempts"] == 5)
            #expect(suggestion["factor"] == 2)
            #expect(suggestion["compared_by"] == "meaning")
            #expect(suggestion["similar"].list.first?["similarity"] == 1)
            #expect(try await world.pulse("ai", "anomalies", "--tenant", tenant.name, "--json").json() == [])
        }
    }

    @Test("The upkeep looks at every part, compares a sample with the index, and mends what a hand has broken")
    func upkeep() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme", kinds: ["jira"])
            try await world.sync("jira", tenant)
            try await world.drain(tenant)
            // Of one table the points are another tenant's; of another they are gone, but the ledger knows of them.
            let all = try await world.points(of: tenant)
            let taken = all.filter { $0.content.table == "projects" }
            let gone = all.filter { $0.content.table == "statuses" }
            let points = world.qdrant + "/collections/\(world.collection)/points"
            for (path, body) in [
                (
                    "payload",
                    [
                        "points": .list(taken.map { .text($0.identifier) }),
                        "payload": ["tenant_id": .text(UUID().uuidString.lowercased())],
                    ]
                ),
                ("delete", ["points": .list(gone.map { .text($0.identifier) })]),
            ] as [(String, JSON)] {
                let answer = try await LoopbackHTTP.send("POST", "\(points)/\(path)?wait=true", body: body)
                try #require(answer.status == 200, "\(answer)")
            }
            let server = try world.start(["serve", "--roles", "orchestrator,vectorization"])
            try await until("the upkeep can be started") {
                try await world.outcome(["jobs", "start", "sleep_job", "--tenant", tenant.name]).status == 0
            }
            var run = JSON.null
            try await until("the upkeep ends") {
                run =
                    try await world.pulse("jobs", "runs", "sleep_job", "--tenant", tenant.name, "--json").json().list.first
                    ?? .null
                return run["state"] == "FINISHED" || run["state"] == "ERROR"
            }
            #expect(run["state"] == "FINISHED", "\(run)")
            let steps = Dictionary(run["steps"].list.map { ($0["name"].text ?? "", $0) }) { first, _ in first }
            #expect(steps["health"]?["failed"] == 0, "\(run)")
            #expect(steps["health"]?["count"] == 4)
            #expect((steps["audit"]?["count"].int ?? 0) > 0)
            // It looks at four of each.
            #expect(!taken.isEmpty && !gone.isEmpty)
            #expect(steps["audit"]?["failed"].int == min(4, taken.count) + min(4, gone.count), "\(run)")
            try await until("the sample is mended") { try await world.queued(tenant) == 0 }
            #expect(steps["retention"]?["failed"] == 0)
            server.send(SIGTERM)
            #expect(try await server.wait().status == 0)
        }
    }
}
