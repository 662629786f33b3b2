import Foundation
import Testing

@Suite("Trouble around", .inSurroundings)
struct FaultTests {
    @Test(
        "A source that fails now and then is read whole all the same",
        arguments: [
            ["kind": "status", "status": 500], ["kind": "status", "status": 429, "retry_after": 1], ["kind": "reset"],
            ["kind": "truncated"],
        ] as [JSON]
    )
    func sourceFaults(fault: JSON) async throws {
        try await World.with { world in
            let undisturbed = try await world.tenant("undisturbed")
            let troubled = try await world.tenant("troubled")
            for kind in ["github", "jira"] { try await world.sync(kind, undisturbed) }
            for kind in ["github", "jira"] {
                var order = fault.members
                order["path"] = .text("/" + kind)
                order["count"] = 3
                order["probability"] = 0.3
                order["seed"] = 3
                try await world.sandbox.inject(.object(order))
                // A unit that has had enough is left to the next sync.
                try await until("the \(kind) sync comes through") {
                    try await world.outcome(["sync", kind, "--tenant", troubled.name]).status == 0
                }
                #expect(try await world.sandbox.status()["faults"] == 0, "all faults have struck")
            }
            #expect(try await world.rows(of: troubled) == world.rows(of: undisturbed))
            #expect(
                try await world.database.count("SELECT count(*) FROM rejected_records") == 0,
                "half an answer is no bad record"
            )
        }
    }

    @Test(
        "Whatever Qdrant does to a write, the index comes out as if it had done nothing, and no text is paid for twice",
        .enabled("only the project's engine takes faults") { await Surroundings.qdrantTakesFaults() },
        arguments: [
            ["fault": "status", "status": 503], ["fault": "status", "status": 429, "retry_after": 1],
            ["fault": "wait_timeout", "seconds": 0.5], ["fault": "acknowledged", "seconds": 0.5], ["fault": "reset_before"],
            ["fault": "reset_after"], ["fault": "delay", "seconds": 0.7],
        ] as [JSON]
    )
    func qdrantFaults(fault: JSON) async throws {
        try await World.with { world in
            let undisturbed = try await world.tenant("undisturbed", kinds: ["jira"])
            let troubled = try await world.tenant("troubled", kinds: ["jira"])
            for tenant in [undisturbed, troubled] { try await world.sync("jira", tenant) }
            try await world.drain(undisturbed)

            let collection = "/collections/\(world.collection)"
            // All rows are in one claim: one request writes them.
            for (method, path) in [("PUT", "/points"), ("POST", "/points/delete")] {
                var order = fault.members
                order["method"] = .text(method)
                order["path"] = .text(collection + path)
                order["count"] = 1
                let answer = try await LoopbackHTTP.send("POST", world.qdrant + "/faults", body: .object(order))
                try #require(answer.status == 200, "\(answer)")
            }
            let report = try await world.drain(
                troubled,
                batch: 5_000,
                environment: ["PULSE_WRITE_DEADLINE_SECONDS": "2", "PULSE_LEASE_SECONDS": "20"]
            )
            #expect(report["failed"] == 0)
            let texts = try await world.database.count(
                "SELECT count(DISTINCT content_hash) FROM qdrant_vectors WHERE tenant_id = $1::text::uuid",
                [.text(troubled.identifier)]
            )
            #expect(report["embedded"].int == texts)
            #expect(
                try await world.database.count("SELECT count(*) FROM unwritten_vectors") == 0,
                "none is kept for longer than needed"
            )
            let rules = try await LoopbackHTTP.send("GET", world.qdrant + "/faults").json()["rules"].list
            let ours = rules.filter { $0["path"].text?.hasPrefix(collection) == true }
            #expect(ours.compactMap(\.["fired"].int) == [1, 1], "\(rules)")

            try await expectComplete(troubled, in: world)
            try await expectSameContent(troubled, as: undisturbed, in: world)
        }
    }

    @Test(
        "Rows wait for a provider in trouble and none is lost; being rate-limited costs no attempt",
        arguments: [
            ["kind": "status", "status": 429, "retry_after": 1], ["kind": "status", "status": 500], ["kind": "reset"],
            ["kind": "truncated"],
        ] as [JSON]
    )
    func providerFaults(fault: JSON) async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme", kinds: ["jira"])
            try await world.sync("jira", tenant)
            let waiting = try await world.queued(tenant)
            var order = fault.members
            order["path"] = "/embeddings"
            order["count"] = JSON.null
            try await world.sandbox.inject(.object(order))

            let isLimit = fault["status"] == 429
            let program = try world.start(["vectorize", "--tenant", tenant.name, "--drain", "--json"])
            let kinds = isLimit ? "('rate_limited')" : "('unavailable', 'transient')"
            try await until("rows have met the trouble") {
                try #require(program.isRunning, "\(program.errors)")
                return try await world.queued(tenant, where: "failure_kind IN \(kinds) AND error_message <> ''") > 0
            }
            let attempts = try await world.database.count("SELECT max(attempts) FROM vectorization_queue")
            if isLimit { #expect(attempts == 0) }
            #expect(try await world.queued(tenant, where: "status = 'failed'") == 0)
            #expect(try await world.points(of: tenant).isEmpty)
            try await world.sandbox.heal()

            let outcome = try await program.wait()
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try outcome.json()["indexed"].int == waiting)
            try await expectComplete(tenant, in: world)
        }
    }
}
