import Foundation
import Synchronization
import Testing

@testable import Postgres

@Suite("The pool", .enabled(if: TestDatabase.isAvailable))  // Needs PULSE_TEST_DATABASE_URL.
struct PoolTests {
    @Test("Many tasks share few connections, and their results stay apart")
    func sharing() async throws {
        let pool = PostgresPool(configuration: try TestDatabase.configuration(), maximumConnections: 3)
        let pids = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let row = try await pool.query("SELECT $1 AS n, pg_backend_pid() AS pid", [.int(number)])[0]
                    #expect(try row.decode("n") == number)
                    return try row.decode("pid")
                }
            }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(pids.count <= 3)
        await pool.close()
        let error = await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
        #expect(error?.kind == .poolClosed)
    }

    @Test("A task that waits too long fails with poolTimeout, a cancelled one at once, and neither keeps a connection")
    func waiting() async throws {
        let pool = PostgresPool(
            configuration: try TestDatabase.configuration(),
            maximumConnections: 1,
            acquireTimeout: .milliseconds(200)
        )
        try await pool.withConnection { _ in
            let timeout = await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
            #expect(timeout?.kind == .poolTimeout && timeout?.isTransient == true)
        }
        try await pool.withConnection { _ in
            let task = Task { try await pool.query("SELECT 1") }
            try await Task.sleep(for: .milliseconds(20))
            task.cancel()
            let cancelled = await #expect(throws: PostgresError.self) { try await task.value }
            #expect(cancelled?.kind == .cancelled)
        }
        #expect(try await pool.query("SELECT 3")[0].decode(at: 0) == 3)
    }

    @Test("Tasks cancelled at random moments leave the pool whole")
    func randomCancellation() async throws {
        let name = TestDatabase.uniqueName("cancelled")
        let pool = PostgresPool(configuration: try TestDatabase.configuration(applicationName: name), maximumConnections: 2)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask {
                    let task = Task { try await pool.withTransaction { try await $0.query("SELECT pg_sleep(0.01)") } }
                    try? await Task.sleep(for: .milliseconds(number % 20))
                    if !number.isMultiple(of: 3) { task.cancel() }
                    _ = await task.result
                }
            }
        }
        let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<10 { group.addTask { try await pool.query("SELECT \(number)")[0].decode(at: 0) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(numbers.sorted() == Array(0..<10))
        let sessions = try await pool.query(
            "SELECT state FROM pg_stat_activity WHERE application_name = $1::text AND pid <> pg_backend_pid()",
            [.text(name)]
        )
        #expect(sessions.count <= 1)
        #expect(try sessions.allSatisfy { try $0.decode("state") == "idle" })
        await pool.close()
    }

    @Test("Connections that the server closed while they lay idle are replaced without an error")
    func recovery() async throws {
        let name = TestDatabase.uniqueName("restarted")
        let pool = PostgresPool(configuration: try TestDatabase.configuration(applicationName: name), maximumConnections: 4)
        for round in 0..<6 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { try await pool.query("SELECT pg_sleep(0.05)") } }
                try await group.waitForAll()
            }
            let connection = try await TestDatabase.connect()
            #expect(try await TestDatabase.terminate(applicationName: name) > 0)
            let gone = try await TestDatabase.eventually {
                try await connection.query("SELECT 1 FROM pg_stat_activity WHERE application_name = $1::text", [.text(name)])
                    .isEmpty
            }
            #expect(gone)
            // Without a transaction nothing is tried again: the dead connection must be noticed beforehand.
            if round.isMultiple(of: 2) { #expect(try await pool.query("SELECT 9")[0].decode(at: 0) == 9) }
            #expect(try await pool.withTransaction { try await $0.query("SELECT 8")[0].decode(at: 0, as: Int.self) } == 8)
        }
        await pool.close()
    }

    @Test(
        "The pool recovers from a restart of the server",
        // PULSE_TEST_POSTGRES_RESTART is a shell command that restarts it; it disturbs all other tests.
        .enabled(if: ProcessInfo.processInfo.environment["PULSE_TEST_POSTGRES_RESTART"] != nil)
    )
    func restart() async throws {
        let pool = PostgresPool(configuration: try TestDatabase.configuration(), maximumConnections: 2)
        try await pool.query("SELECT 1")
        let command = try #require(ProcessInfo.processInfo.environment["PULSE_TEST_POSTGRES_RESTART"])
        #expect(ShellCommand.run(command))
        #expect(try await pool.query("SELECT 1").count == 1)
        await pool.close()
    }

    @Test("A transaction that the body of withConnection leaves open is rolled back")
    func leftOpen() async throws {
        let pool = PostgresPool(configuration: try TestDatabase.configuration(), maximumConnections: 1)
        try await pool.withConnection { connection in
            try await connection.run("CREATE TEMP TABLE t (a int)")
            try await connection.run("BEGIN; INSERT INTO t VALUES (1)")
        }
        #expect(try await pool.query("SELECT 1 FROM t").isEmpty)
        await pool.close()
    }

    /// Its state can be used within the body only if the body runs on the actor.
    private actor Counter {
        private var total = 0

        func add(from pool: PostgresPool) async throws -> Int {
            try await pool.withConnection { connection in
                self.total += try await connection.query("SELECT 2")[0].decode(at: 0, as: Int.self)
            }
            return self.total
        }
    }

    @Test("Bodies run where their caller runs, on an actor or off any; those of transactions on the connection's own executor")
    func isolation() async throws {
        let pool = PostgresPool(configuration: try TestDatabase.configuration(), maximumConnections: 1)
        #expect(try await Counter().add(from: pool) == 2)
        let three = try await pool.withTransaction { connection in
            let three = try await connection.query("SELECT 3")[0].decode(at: 0, as: Int.self)
            connection.preconditionIsolated("after a statement")
            return three
        }
        #expect(three == 3)
        var total = 0
        try await pool.withConnection { total += try await $0.query("SELECT 2")[0].decode(at: 0, as: Int.self) }
        #expect(total == 2)
        await pool.close()
    }
}
