import Foundation
import Testing

@Suite("Crashes", .inSurroundings, .serialized)
struct CrashTests {
    /// Short times, so that what a killed process held comes back soon.
    static let quick = ["PULSE_LEASE_SECONDS": "5", "PULSE_WRITE_DEADLINE_SECONDS": "1"]

    @Test("A vectorization killed twelve times at random moments leaves the points of one that was not")
    func killedVectorization() async throws {
        try await World.with { world in
            let undisturbed = try await world.tenant("undisturbed")
            let killed = try await world.tenant("killed")
            for tenant in [undisturbed, killed] {
                for kind in ["github", "jira"] { try await world.sync(kind, tenant) }
            }
            try await world.drain(undisturbed)

            // Slow enough for twelve kills before the end, and not always, so that they strike at every step.
            try await world.sandbox.inject(
                ["kind": "slow", "delay_ms": 500, "path": "/embeddings", "count": nil, "probability": 0.7]
            )
            var (kills, whileHolding) = (0, 0)
            while kills < 12 {
                let numbers = try await world.database.count("SELECT last_value FROM vectorization_generation")
                let program = try world.start(
                    ["vectorize", "--tenant", killed.name, "--drain", "--batch", "4"],
                    environment: Self.quick
                )
                try await until("it begins") {
                    try #require(program.isRunning, "\(program.errors)\(program.output)")
                    // Each claim draws a number.
                    return try await world.database.count("SELECT last_value FROM vectorization_generation") > numbers
                }
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...250)))
                try #require(program.isRunning, "\(program.errors)")
                try await program.kill9()
                kills += 1
                if try await world.queued(killed, where: "status = 'processing'") > 0 { whileHolding += 1 }
            }
            #expect(whileHolding > 0)
            try await world.sandbox.heal()

            #expect(try await world.drain(killed, environment: Self.quick)["failed"] == 0)
            try await expectComplete(killed, in: world)
            try await expectSameContent(killed, as: undisturbed, in: world)
        }
    }

    @Test("A sync killed at random moments goes on to the rows of one that was not, each of them queued")
    func killedSync() async throws {
        try await World.with { world in
            let undisturbed = try await world.tenant("undisturbed")
            let killed = try await world.tenant("killed")
            for kind in ["github", "jira"] { try await world.sync(kind, undisturbed) }

            try await world.sandbox.inject(["kind": "slow", "delay_ms": 120, "path": "/github", "count": nil])
            try await world.sandbox.inject(["kind": "slow", "delay_ms": 60, "path": "/jira", "count": nil])
            var kills = 0
            for kind in ["github", "jira"] {
                for _ in 0..<6 {
                    let program = try world.start(["sync", kind, "--tenant", killed.name])
                    try await Task.sleep(for: .milliseconds(Int.random(in: 60...600)))
                    if program.isRunning { kills += 1 }
                    try await program.kill9()
                }
            }
            #expect(kills >= 6)
            try await world.sandbox.heal()
            for kind in ["github", "jira"] { #expect(try await world.sync(kind, killed)["failures"] == []) }

            #expect(try await world.rows(of: killed) == world.rows(of: undisturbed))
            for table in World.tables {
                let forgotten = try await world.database.count(
                    "SELECT count(*) FROM \(table) t WHERE NOT EXISTS (SELECT FROM vectorization_queue q WHERE q.entity = t.entity)"
                )
                #expect(forgotten == 0, "\(table)")
            }
        }
    }
}
