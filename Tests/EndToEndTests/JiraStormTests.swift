import Foundation
import Testing

@Suite("A storm over Jira", .inSurroundings, .serialized)
struct JiraStormTests {
    @Test(
        "Errors, resets, half answers, limits, issues that move and expire, and kills: the tables end as the site is",
        arguments: ["cloud", "datacenter"]
    )
    func storm(deployment: String) async throws {
        try await World.with { world in
            let tenant = try await world.tenant("stormy", kinds: [])
            try await self.connect(tenant, deployment, in: world)
            let sandbox = world.sandbox.url
            let faults: [JSON] = [
                ["kind": "status", "status": 503], ["kind": "status", "status": 429, "retry_after": 0], ["kind": "reset"],
                ["kind": "truncated"], ["kind": "slow", "delay_ms": 120],
            ]
            for (index, fault) in faults.enumerated() {
                var order = fault.members
                order["path"] = "/jira"
                order["count"] = JSON.null
                order["probability"] = 0.1
                order["seed"] = .number(Double(index + 11))
                try await world.sandbox.inject(.object(order))
            }
            try await self.order("/sandbox/jira/churn", ["probability": 0.5, "count": 40, "seed": 5], sandbox)
            try await self.order("/sandbox/jira/limits", ["requests_per_second": 8], sandbox)

            for round in 0..<3 {
                let program = try world.start(["sync", "jira", "--tenant", tenant.name])
                try await Task.sleep(for: .milliseconds(Int.random(in: 700...2_500)))
                if round == 1 { try await self.order("/sandbox/jira/expire-tokens", [:], sandbox) }
                try await program.kill9()
            }
            let moved = try await world.database.texts("SELECT key FROM work_items ORDER BY key LIMIT 1")
            if let key = moved.first { try await self.order("/sandbox/issues/\(key)/move", ["project": "OPS"], sandbox) }

            // Limits and churn end with the storm; what it has done to the tables must not last.
            try await world.sandbox.heal()
            try await self.order("/sandbox/jira/churn", ["probability": 0, "count": 0], sandbox)
            try await self.order("/sandbox/jira/limits", [:], sandbox)
            #expect(try await world.sync("jira", tenant)["failures"] == [])
            #expect(try await SandboxTruth.jiraDifferences(tenant, in: world) == [])

            let calm = try await world.tenant("calm", kinds: [])
            try await self.connect(calm, deployment, in: world)
            #expect(try await world.sync("jira", calm)["failures"] == [])
            let (stormy, quiet) = (try await world.rows(of: tenant), try await world.rows(of: calm))
            #expect(stormy.count == quiet.count)
            for (one, other) in zip(stormy, quiet) where one != other { #expect(one == other) }
            #expect(
                try await world.database.count("SELECT count(*) FROM rejected_records") == 0,
                "half an answer is no bad record"
            )
            let forgotten = try await world.database.count(
                "SELECT count(*) FROM work_items t WHERE NOT EXISTS (SELECT FROM vectorization_queue q WHERE q.entity = t.entity)"
            )
            #expect(forgotten == 0)
        }
    }

    private func connect(_ tenant: World.Tenant, _ deployment: String, in world: World) async throws {
        var definition = world.jira(world.sandbox).members
        definition["deployment_type"] = .text(deployment)
        definition["max_results"] = 20
        let file = try world.write(.object(definition), to: "\(tenant.name)-jira.json")
        try await world.pulse("integration", "add", "--tenant", tenant.name, file)
    }

    private func order(_ path: String, _ body: JSON, _ sandbox: String) async throws {
        let answer = try await LoopbackHTTP.send("POST", sandbox + path, body: body)
        guard answer.status == 204 else { throw TestFailure("the sandbox answered \(answer.status): \(answer.body)") }
    }
}
