import Foundation
import Testing

@testable import Postgres

@Suite("A connection", .enabled(if: TestDatabase.isAvailable))  // Needs PULSE_TEST_DATABASE_URL.
struct ConnectionTests {
    @Test("Statements are prepared once, whichever parameters are NULL, and no more than 256 are kept")
    func statementCache() async throws {
        let connection = try await TestDatabase.connect()
        let own = "SELECT count(*) FROM pg_prepared_statements"
        for value in [1, nil, 2, nil] as [PostgresValue] { try await connection.query("SELECT $1::int8, 'once'", [value]) }
        let sql = own + " WHERE statement LIKE '%''once''%' AND statement NOT LIKE '%pg_prepared%'"
        #expect(try await connection.query(sql)[0].decode(at: 0, as: Int.self) == 1)
        for number in 0..<400 {
            #expect(try await connection.query("SELECT \(number)")[0].decode(at: 0) == number)
        }
        #expect(try await connection.query(own)[0].decode(at: 0, as: Int.self) == 256)
    }

    @Test("Statements that were given up inside transactions are freed between them")
    func statementCacheInTransactions() async throws {
        let pool = PostgresPool(configuration: try TestDatabase.configuration(), maximumConnections: 1)
        for round in 0..<3 {
            try await pool.withTransaction { connection in
                for number in 0..<200 { try await connection.query("SELECT \(round), \(number)") }
            }
        }
        let count = try await pool.query("SELECT count(*) FROM pg_prepared_statements")[0].decode(at: 0, as: Int.self)
        #expect(count == 256)
        await pool.close()
    }

    @Test("A prepared statement survives a change of its table and DEALLOCATE ALL")
    func stalePlans() async throws {
        let connection = try await TestDatabase.connect()
        try await connection.run("CREATE TEMP TABLE t (a int); INSERT INTO t VALUES (1)")
        #expect(try await connection.query("SELECT * FROM t").columns == ["a"])
        try await connection.run("ALTER TABLE t ADD COLUMN b text")
        #expect(try await connection.query("SELECT * FROM t").columns == ["a", "b"])
        try await connection.run("DEALLOCATE ALL")
        #expect(try await connection.query("SELECT * FROM t").columns == ["a", "b"])
    }

    @Test("An error carries the SQLSTATE, the constraint and the shortened statement, but no parameter")
    func errors() async throws {
        let connection = try await TestDatabase.connect()
        try await connection.run("CREATE TEMP TABLE t (a text CONSTRAINT a_is_unique UNIQUE)")
        let sql = "INSERT INTO t VALUES ($1) -- " + String(repeating: "x", count: 600)
        try await connection.query(sql, ["very secret"])
        let error = try #require(await #expect(throws: PostgresError.self) { try await connection.query(sql, ["very secret"]) })
        #expect(error.kind == .server)
        #expect(error.sqlState == "23505")
        #expect(error.isUniqueViolation && !error.isTransient)
        #expect(error.constraint == "a_is_unique")
        #expect(error.statement?.count == 401)
        #expect(error.description.contains("INSERT INTO t VALUES ($1)"))
        #expect(!error.description.contains("very secret"))
        #expect(await connection.transactionStatus == .idle)
    }

    @Test("Rows know their columns and how many were affected")
    func rows() async throws {
        let connection = try await TestDatabase.connect()
        try await connection.run("CREATE TEMP TABLE t (a int)")
        #expect(try await connection.query("INSERT INTO t SELECT generate_series(1, 5000)").affectedRows == 5000)
        let rows = try await connection.query("SELECT a, a * 2 AS b FROM t ORDER BY a")
        #expect(rows.count == 5000 && rows.columns == ["a", "b"])
        #expect(try rows.suffix(2).map { try $0.decode("b", as: Int.self) } == [9998, 10000])
        #expect(try await connection.query("").isEmpty)
    }

    @Test("A session has the settings, the role and the time zone of its configuration")
    func session() async throws {
        let settings = ["pulse.test": "it's \"quoted\"", "role": "pg_monitor", "search_path": "pg_temp"]
        let connection = try await PostgresConnection.connect(
            TestDatabase.configuration(applicationName: "named", settings: settings, statementTimeout: .milliseconds(1500))
        )
        let row = try await connection.query(
            """
            SELECT current_setting('pulse.test') AS a, current_user::text AS b, current_setting('TimeZone') AS c,
                current_setting('statement_timeout') AS d, current_setting('application_name') AS e,
                current_setting('search_path') AS f
            """
        )[0]
        #expect(try row.decode("a") == "it's \"quoted\"")
        #expect(try row.decode("b") == "pg_monitor")
        #expect(try row.decode("c") == "UTC")
        #expect(try row.decode("d") == "1500ms")
        #expect(try row.decode("e") == "named")
        #expect(try row.decode("f") == "pg_temp")
        let error = await #expect(throws: PostgresError.self) { try await connection.run("SELECT pg_sleep(20)") }
        #expect(error?.kind == .server && error?.sqlState == "57014")
    }

    @Test("Cancelling a task ends its statement at once, and only that one")
    func cancellation() async throws {
        let connection = try await TestDatabase.connect()
        let start = ContinuousClock.now
        for pause in [0, 1, 30] {
            let task = Task { try await connection.run("SELECT pg_sleep(30)") }
            try await Task.sleep(for: .milliseconds(pause))
            task.cancel()
            let error = await #expect(throws: PostgresError.self) { try await task.value }
            #expect(error?.kind == .cancelled)
            #expect(try await connection.query("SELECT 7 FROM pg_sleep(0.05)")[0].decode(at: 0) == 7)
        }
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test("A cancelled statement that waits its turn leaves the running one alone")
    func cancellationOfQueued() async throws {
        let connection = try await TestDatabase.connect()
        let running = Task { try await connection.query("SELECT 5 FROM pg_sleep(0.5)")[0].decode(at: 0, as: Int.self) }
        try await Task.sleep(for: .milliseconds(100))
        let queued = Task { try await connection.query("SELECT 6") }
        try await Task.sleep(for: .milliseconds(50))
        queued.cancel()
        #expect(try await running.value == 5)
        let error = await #expect(throws: PostgresError.self) { try await queued.value }
        #expect(error?.kind == .cancelled)
    }

    @Test("A terminated session is noticed before the next statement")
    func termination() async throws {
        let name = TestDatabase.uniqueName("terminated")
        let connection = try await PostgresConnection.connect(TestDatabase.configuration(applicationName: name))
        #expect(await connection.isUsable)
        #expect(try await TestDatabase.terminate(applicationName: name) == 1)
        #expect(try await TestDatabase.eventually { await !connection.isUsable })
        let error = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
        #expect(error?.kind == .connectionLost && error?.isTransient == true)
    }

    @Test("A closed connection says so")
    func closed() async throws {
        let connection = try await TestDatabase.connect()
        await connection.close()
        #expect(await !connection.isUsable)
        #expect(await connection.transactionStatus == .unknown)
        let error = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
        #expect(error?.kind == .connectionLost)
    }
}
