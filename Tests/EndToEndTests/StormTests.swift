import Foundation
import Testing

@Suite("A storm at the source", .inSurroundings, .serialized)
struct StormTests {
    /// Every kind of trouble that the sandbox knows, each hitting one request in ten.
    private static let faults: [JSON] = [
        ["kind": "status", "status": 502], ["kind": "status", "status": 503, "retry_after": 0],
        ["kind": "status", "status": 500],
        ["kind": "reset"], ["kind": "truncated"], ["kind": "slow", "delay_ms": 60],
        ["kind": "secondary_limit", "retry_after": 0], ["kind": "partial"], ["kind": "hole"],
        ["kind": "resource_limits"],
    ]

    @Test(
        "Every fault at one in ten and a sync killed again and again: the tables are GitHub's, row by row, and no page was fetched more than twice",
        arguments: [1, 2]
    )
    func storm(seed: Int) async throws {
        try await World.with(sandbox: ["--seed", "\(seed)", "--scale", "14"]) { world in
            let stormy = try await self.tenant("stormy", in: world, graphQL: "auto")
            for (index, fault) in Self.faults.enumerated() {
                var order = fault.members
                order["path"] = "/github"
                order["count"] = .null
                order["probability"] = 0.1
                order["seed"] = .number(Double(seed * 100 + index))
                try await world.sandbox.inject(.object(order))
            }
            let quick = ["PULSE_SOURCE_BACKOFF_MILLISECONDS": "20"]
            var kills = 0
            var runs = 0
            while kills < 12, runs < 60 {
                runs += 1
                let before = try await self.pages(of: stormy, in: world)
                let program = try world.start(["sync", "github", "--tenant", stormy.name], environment: quick)
                // Some page of this run is committed; the next kill strikes at whatever it does then.
                var moved = false
                while program.isRunning, !moved {
                    moved = try await self.pages(of: stormy, in: world) > before
                    try await Task.sleep(for: .milliseconds(5))
                }
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...150)))
                guard program.isRunning else { break }
                try await program.kill9()
                kills += 1
            }
            #expect(kills >= 3, "the sync was through before it could be killed")
            // A unit that has had enough is left to the next sync.
            try await until("the sync comes through") {
                try await world.outcome(["sync", "github", "--tenant", stormy.name], environment: quick).status == 0
            }
            let fetched = try await world.sandbox.status()["pages"].members.compactMapValues { $0.number.map { Int($0) } }
            // Each sync begins a list with a question for what is new; these are no pages that were read before.
            let questions = [
                "direction=desc&per_page=5", "direction=desc&per_page=10", "/deployments?per_page=100", "/releases?per_page=100",
            ]
            let often = fetched.filter { page in
                page.value > 2 && !page.key.hasSuffix("?") && !questions.contains { page.key.hasSuffix($0) }
            }
            #expect(often.isEmpty, "\(often)")

            try await world.sandbox.heal()
            #expect(try await SandboxTruth.gitHubDifferences(stormy, in: world, repositories: ["acme/api"]) == [])
            let calm = try await self.tenant("calm", in: world, graphQL: "off")
            #expect(try await world.sync("github", calm)["failures"] == [])
            #expect(try await world.rows(of: stormy) == world.rows(of: calm))
            let counts = try await world.sandbox.status()["counts"]
            for (table, count) in [("prs_commits", "commits"), ("prs_reviews", "reviews")] {
                let rows = try await world.database.count(
                    """
                    SELECT count(*) FROM \(table) t WHERE tenant_id = $1::text::uuid AND deleted_at IS NULL
                    """,
                    [.text(stormy.identifier)]
                )
                #expect(rows > 0 && Double(rows) <= counts[count].number ?? 0)
            }
            for table in ["repositories", "prs", "prs_commits", "prs_reviews", "prs_comments"] {
                let forgotten = try await world.database.count(
                    """
                    SELECT count(*) FROM \(table) t WHERE tenant_id = $1::text::uuid
                        AND NOT EXISTS (SELECT FROM vectorization_queue q WHERE q.entity = t.entity)
                    """,
                    [.text(stormy.identifier)]
                )
                #expect(forgotten == 0, "\(table)")
            }
        }
    }

    /// One repository, so that its pages come one after the other.
    private func tenant(_ name: String, in world: World, graphQL: String) async throws -> World.Tenant {
        let tenant = try await world.tenant(name, kinds: [])
        var definition = world.github(world.sandbox).members
        definition["repositories"] = ["acme/api"]
        definition["graphql"] = .text(graphQL)
        let file = try world.write(.object(definition), to: "\(name)-github.json")
        try await world.pulse("integration", "add", "--tenant", name, file)
        return tenant
    }

    /// Grows with each page that is committed.
    private func pages(of tenant: World.Tenant, in world: World) async throws -> Int {
        try await world.database.count(
            "SELECT count(*) FROM raw_records WHERE tenant_id = $1::text::uuid",
            [.text(tenant.identifier)]
        )
    }
}
