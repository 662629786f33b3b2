import Foundation
import Testing

@testable import Postgres

@Suite("Statements that only read", .enabled(if: TestDatabase.isAvailable))  // Needs PULSE_TEST_DATABASE_URL.
struct PipelineTests {
    private func withPool<R: Sendable>(_ body: (PostgresPool) async throws -> R) async throws -> R {
        let pool = PostgresPool(configuration: try TestDatabase.configuration(), maximumConnections: 1)
        let result: Result<R, any Error>
        do { result = .success(try await body(pool)) } catch { result = .failure(error) }
        await pool.close()
        return try result.get()
    }

    @Test("They run in one transaction, see its settings, and leave none behind")
    func settings() async throws {
        try await self.withPool { pool in
            for turn in 1...3 {
                let rows = try await pool.read(
                    settings: ["pulse.tenant": "o'neil \(turn)"],
                    [
                        PostgresStatement("SELECT current_setting('pulse.tenant') AS a, now() AS at"),
                        PostgresStatement("SELECT $1::bigint + 1 AS b, now() AS at", [.int(turn)]),
                    ]
                )
                #expect(try rows[0][0].decode("a") == "o'neil \(turn)")
                #expect(try rows[1][0].decode("b") == turn + 1)
                #expect(try rows[0][0].decode("at", as: Date.self) == rows[1][0].decode("at", as: Date.self))
            }
            let after = try await pool.query(
                "SELECT NULLIF(current_setting('pulse.tenant', true), '') AS a, current_setting('transaction_read_only') AS b"
            )
            #expect(try after[0].decode("a", as: String?.self) == nil)
            #expect(try after[0].decode("b") == "off")
        }
    }

    @Test("One that writes is refused, one that fails is named, and the connection serves on")
    func refusals() async throws {
        try await self.withPool { pool in
            try await pool.withConnection { try await $0.run("CREATE TEMP TABLE kept (a int); INSERT INTO kept VALUES (1)") }
            let other = await #expect(throws: PostgresError.self) {
                try await pool.read([PostgresStatement("SELECT 1 AS a"), PostgresStatement("CREATE TABLE never (a int)")])
            }
            #expect(other?.sqlState == "25006")
            let failing = await #expect(throws: PostgresError.self) {
                try await pool.read([
                    PostgresStatement("SELECT 1 AS a"), PostgresStatement("SELECT 1 / $1::int AS b", [.int(0)]),
                    PostgresStatement("SELECT 2 AS c"),
                ])
            }
            #expect(failing?.sqlState == "22012")
            #expect(failing?.statement?.contains("1 / $1") == true)
            // The same connection, for the table is temporary.
            #expect(try await pool.read([PostgresStatement("SELECT a FROM kept")])[0][0].decode("a") == 1)
        }
    }

    @Test("Statements whose table has changed are prepared again")
    func stale() async throws {
        try await TestDatabase.withSchema { schema in
            let pool = PostgresPool(
                configuration: try TestDatabase.configuration(settings: ["search_path": schema]),
                maximumConnections: 1
            )
            try await pool.withConnection { try await $0.run("CREATE TABLE t (a int); INSERT INTO t VALUES (1)") }
            let statement = PostgresStatement("SELECT * FROM t")
            #expect(try await pool.read([statement])[0][0].columns == ["a"])
            try await pool.withConnection { try await $0.run("ALTER TABLE t ADD COLUMN b int DEFAULT 2") }
            #expect(try await pool.read([statement])[0][0].columns == ["a", "b"])
            await pool.close()
        }
    }

    @Test("A connection that the server has ended is replaced")
    func replaced() async throws {
        try await self.withPool { pool in
            let first: Int = try await pool.read([PostgresStatement("SELECT pg_backend_pid() AS pid")])[0][0].decode("pid")
            let owner = try await PostgresConnection.connect(TestDatabase.configuration())
            try await owner.query("SELECT pg_terminate_backend($1::int)", [.int(first)])
            await owner.close()
            let second: Int = try await pool.read([PostgresStatement("SELECT pg_backend_pid() AS pid")])[0][0].decode("pid")
            #expect(second != first)
        }
    }

    @Test("A cancelled one ends at once, and its connection serves on")
    func cancelled() async throws {
        try await self.withPool { pool in
            let started = ContinuousClock.now
            let task = Task { try await pool.read([PostgresStatement("SELECT pg_sleep(30)")]) }
            try await Task.sleep(for: .milliseconds(200))
            task.cancel()
            await #expect(throws: PostgresError.self) { try await task.value }
            #expect(ContinuousClock.now - started < .seconds(10))
            #expect(try await pool.read([PostgresStatement("SELECT 1 AS a")])[0][0].decode("a") == 1)
        }
    }
}
