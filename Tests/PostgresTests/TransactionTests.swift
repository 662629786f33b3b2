import Foundation
import Synchronization
import Testing

@testable import Postgres

@Suite("A transaction", .enabled(if: TestDatabase.isAvailable))  // Needs PULSE_TEST_DATABASE_URL.
struct TransactionTests {
    private struct Refusal: Error, Equatable {}

    private final class Tally: Sendable {
        let count = Mutex(0)
    }

    @Test("It takes effect as a whole or not at all, and its settings end with it")
    func allOrNothing() async throws {
        let pool = PostgresPool(configuration: try TestDatabase.configuration(), maximumConnections: 1)
        try await pool.withConnection { try await $0.run("CREATE TEMP TABLE t (a text)") }
        try await pool.withTransaction(settings: ["pulse.tenant": "o'neil", "lock_timeout": "5s"]) { connection in
            try await connection.query(
                "INSERT INTO t VALUES (current_setting('pulse.tenant') || current_setting('lock_timeout'))"
            )
        }
        await #expect(throws: Refusal()) {
            try await pool.withTransaction { connection in
                try await connection.query("INSERT INTO t VALUES ('lost')")
                throw Refusal()
            }
        }
        let row = try await pool.query("SELECT array_agg(a) AS a, NULLIF(current_setting('pulse.tenant', true), '') AS b FROM t")[
            0
        ]
        #expect(try row.decode("a") == ["o'neil5s"])
        #expect(try row.decode("b", as: String?.self) == nil)
        await pool.close()
    }

    @Test("Two that deadlock both take effect, because the victim is run again")
    func deadlock() async throws {
        try await TestDatabase.withSchema { schema in
            let pool = PostgresPool(configuration: try TestDatabase.configuration(settings: ["search_path": schema]))
            try await pool.withConnection {
                try await $0.run("CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 0), (2, 0)")
            }
            let runs = Tally()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (first, second) in [(1, 2), (2, 1)] {
                    group.addTask {
                        try await pool.withTransaction { connection in
                            runs.count.withLock { $0 += 1 }
                            try await connection.query("UPDATE t SET n = n + 1 WHERE id = $1", [.int(first)])
                            try await connection.run("SELECT pg_sleep(0.3)")
                            try await connection.query("UPDATE t SET n = n + 1 WHERE id = $1", [.int(second)])
                        }
                    }
                }
                try await group.waitForAll()
            }
            // A victim that comes back before the other has woken may become one again.
            #expect(runs.count.withLock { $0 } >= 3)
            #expect(try await pool.query("SELECT n FROM t").map { try $0.decode("n", as: Int.self) } == [2, 2])
            await pool.close()
        }
    }

    @Test("Serialization failures are repeated up to the limit, other errors never")
    func attempts() async throws {
        let pool = PostgresPool(configuration: try TestDatabase.configuration(), maximumConnections: 1)
        for (state, expected) in [("40001", 3), ("23505", 1)] {
            let runs = Mutex(0)
            let error = await #expect(throws: PostgresError.self) {
                try await pool.withTransaction(attempts: 3) { connection in
                    runs.withLock { $0 += 1 }
                    try await connection.run("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '\(state)'; END $$")
                }
            }
            #expect(error?.sqlState == state)
            #expect(runs.withLock { $0 } == expected)
        }
        await pool.close()
    }

    @Test("A plan that went stale inside a transaction runs it again")
    func stalePlan() async throws {
        let pool = PostgresPool(configuration: try TestDatabase.configuration(), maximumConnections: 1)
        try await pool.withConnection { try await $0.run("CREATE TEMP TABLE t (a int)") }
        try await pool.query("SELECT * FROM t")
        try await pool.withConnection { try await $0.run("ALTER TABLE t ADD COLUMN b int") }
        let columns = try await pool.withTransaction { try await $0.query("SELECT * FROM t").columns }
        #expect(columns == ["a", "b"])
        await pool.close()
    }

    @Test("A body that swallows the error of a statement gets no success")
    func swallowedError() async throws {
        let pool = PostgresPool(configuration: try TestDatabase.configuration(), maximumConnections: 1)
        let error = await #expect(throws: PostgresError.self) {
            try await pool.withTransaction { connection in
                _ = try? await connection.query("SELECT 1 / 0")
            }
        }
        #expect(error?.sqlState == "25P02")
        let ended = await #expect(throws: PostgresError.self) {
            try await pool.withTransaction { try await $0.run("COMMIT") }
        }
        #expect(ended?.kind == .invalidParameter)
        #expect(try await pool.query("SELECT 1").count == 1)
        await pool.close()
    }

    @Test("A connection that breaks during COMMIT leaves the outcome unknown, and the body is not run again")
    func commitUnknown() async throws {
        let name = TestDatabase.uniqueName("commit")
        let pool = PostgresPool(configuration: try TestDatabase.configuration(applicationName: name), maximumConnections: 1)
        // A constraint trigger that is deferred runs during COMMIT, and this one ends its own session there.
        try await pool.withConnection { connection in
            try await connection.run(
                """
                CREATE TEMP TABLE t (a int);
                CREATE FUNCTION pg_temp.die() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END $$;
                CREATE CONSTRAINT TRIGGER die AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION pg_temp.die();
                """
            )
        }
        let runs = Mutex(0)
        let error = await #expect(throws: PostgresError.self) {
            try await pool.withTransaction { connection in
                runs.withLock { $0 += 1 }
                try await connection.run("INSERT INTO t VALUES (1)")
            }
        }
        #expect(error?.kind == .commitUnknown && error?.isTransient == false)
        #expect(runs.withLock { $0 } == 1)
        #expect(try await pool.query("SELECT 1").count == 1)
        await pool.close()
    }

    @Test("Cancelling a transaction rolls it back and returns its connection")
    func cancellation() async throws {
        let pool = PostgresPool(configuration: try TestDatabase.configuration(), maximumConnections: 1)
        try await pool.withConnection { try await $0.run("CREATE TEMP TABLE t (a int)") }
        let task = Task {
            try await pool.withTransaction { connection in
                try await connection.run("INSERT INTO t VALUES (1)")
                try await connection.run("SELECT pg_sleep(30)")
            }
        }
        try await Task.sleep(for: .milliseconds(200))
        task.cancel()
        let error = await #expect(throws: PostgresError.self) { try await task.value }
        #expect(error?.kind == .cancelled)
        #expect(try await pool.query("SELECT a FROM t").isEmpty)
        await pool.close()
    }
}
