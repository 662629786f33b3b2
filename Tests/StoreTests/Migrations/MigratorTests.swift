import Foundation
import Postgres
import Store
import TestSupport
import Testing

@Suite("Migrations", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))  // Needs PULSE_TEST_DATABASE_URL.
struct MigratorTests {
    /// A directory of its own with `files`, removed afterwards.
    private func withDirectory(_ files: [String: String], _ body: (URL) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("pulse-migrations-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for (name, sql) in files { try Data(sql.utf8).write(to: directory.appendingPathComponent(name)) }
        try await body(directory)
    }

    @Test("Pulse's own migrations apply once, in order; a second run finds nothing to do")
    func twice() async throws {
        try await TestDatabase.withEmpty { database in
            let migrator = try Migrator(url: database.url)
            let applied = try await migrator.run(directory: TestDatabase.migrationsDirectory)
            #expect(applied.count >= 10 && applied == applied.sorted() && applied.first == "001_roles_and_tenants.sql")
            #expect(try await migrator.run(directory: TestDatabase.migrationsDirectory) == [])
            let isReady = try await database.withStore { try await $0.isReady() }
            #expect(isReady)
        }
    }

    @Test("A database without tables says that it must be migrated")
    func notMigrated() async throws {
        try await TestDatabase.withEmpty { database in
            try await database.withStore { store in
                let isReady = try await store.isReady()
                #expect(!isReady)
                await #expect(throws: StoreError.notMigrated) { try await store.tenant(named: "acme") }
            }
            let administration = try Administration(url: database.url)
            await #expect(throws: StoreError.notMigrated) { try await administration.createTenant(named: "acme") }
            await administration.close()
        }
    }

    @Test("A database that lacks the newest migration is not ready; one that a newer version has migrated is")
    func olderAndNewer() async throws {
        let folder = URL(fileURLWithPath: TestDatabase.migrationsDirectory)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".sql") }.sorted()
        // Who adds a migration raises it.
        #expect(names.last.flatMap { Int($0.prefix(3)) } == Store.neededMigration)
        var files: [String: String] = [:]
        for name in names.dropLast() {
            files[name] = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        }
        try await self.withDirectory(files) { directory in
            try await TestDatabase.withEmpty { database in
                let migrator = try Migrator(url: database.url)
                _ = try await migrator.run(directory: directory.path)
                try await database.withStore { store in
                    let isReady = try await store.isReady()
                    #expect(!isReady)
                    let applied = try await migrator.run(directory: folder.path)
                    #expect(applied == Array(names.suffix(1)))
                    let isReadyNow = try await store.isReady()
                    #expect(isReadyNow)
                    try await database.query("INSERT INTO schema_migrations VALUES (999, '999_later.sql', 'x')")
                    let isReadyLater = try await store.isReady()
                    #expect(isReadyLater)
                }
            }
        }
    }

    @Test("Two that start at once apply each file once")
    func atOnce() async throws {
        try await TestDatabase.withEmpty { database in
            let applied = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<4 {
                    group.addTask { try await Migrator(url: database.url).run(directory: TestDatabase.migrationsDirectory) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(Set(applied).count == applied.count)
            #expect(try await database.count("SELECT count(*) FROM schema_migrations") == applied.count)
        }
    }

    @Test("A file that was edited after it was applied is an error that names it")
    func edited() async throws {
        try await self.withDirectory([
            "001_a.sql": "CREATE TABLE a (id int)", "002_b.sql": "CREATE TABLE b (id int)", "readme.md": "no",
        ]) { directory in
            try await TestDatabase.withEmpty { database in
                let migrator = try Migrator(url: database.url)
                #expect(try await migrator.run(directory: directory.path) == ["001_a.sql", "002_b.sql"])
                try Data("CREATE TABLE a (id int) ".utf8).write(to: directory.appendingPathComponent("001_a.sql"))
                try Data("CREATE TABLE c (id int)".utf8).write(to: directory.appendingPathComponent("003_c.sql"))
                let error = await #expect(throws: StoreError.self) { try await migrator.run(directory: directory.path) }
                #expect(error == .migrationChanged(file: "001_a.sql"))
                #expect(error?.description.contains("001_a.sql") == true)
                #expect(try await database.count("SELECT count(*) FROM pg_class WHERE relname = 'c'") == 0)
            }
        }
    }

    @Test("A file that fails leaves nothing of itself, keeps those before it, and can be mended")
    func failing() async throws {
        let files = ["001_a.sql": "CREATE TABLE a (id int)", "002_b.sql": "CREATE TABLE b (id int); SELECT 1 / 0"]
        try await self.withDirectory(files) { directory in
            try await TestDatabase.withEmpty { database in
                let migrator = try Migrator(url: database.url)
                await #expect(throws: PostgresError.self) { try await migrator.run(directory: directory.path) }
                #expect(try await database.count("SELECT count(*) FROM pg_class WHERE relname IN ('a', 'b')") == 1)
                try Data("CREATE TABLE b (id int)".utf8).write(to: directory.appendingPathComponent("002_b.sql"))
                #expect(try await migrator.run(directory: directory.path) == ["002_b.sql"])
            }
        }
    }

    @Test("A database of a newer version, and a directory without migrations, are told apart from an empty one")
    func unknown() async throws {
        try await self.withDirectory(["001_a.sql": "SELECT 1", "002_b.sql": "SELECT 2"]) { directory in
            try await TestDatabase.withEmpty { database in
                let migrator = try Migrator(url: database.url)
                _ = try await migrator.run(directory: directory.path)
                try FileManager.default.removeItem(at: directory.appendingPathComponent("002_b.sql"))
                await #expect(throws: StoreError.migrationUnknown(version: 2)) {
                    try await migrator.run(directory: directory.path)
                }
                let missing = directory.appendingPathComponent("missing").path
                await #expect(throws: StoreError.noMigrations(directory: missing)) { try await migrator.run(directory: missing) }
            }
        }
    }

    @Test("A migration that must wait for a table lets those through who use it, and is applied once it may be")
    func underLoad() async throws {
        try await self.withDirectory(["001_a.sql": "CREATE TABLE a (id int)"]) { directory in
            try await TestDatabase.withEmpty { database in
                let migrator = try Migrator(url: database.url)
                _ = try await migrator.run(directory: directory.path)
                try Data("ALTER TABLE a ADD COLUMN b int".utf8).write(to: directory.appendingPathComponent("002_b.sql"))
                // Reads, and stays in its transaction: no ALTER gets its lock meanwhile.
                let reader = try await PostgresConnection.connect(PostgresConfiguration(url: database.url))
                try await reader.run("BEGIN; SELECT count(*) FROM a")
                async let applied = migrator.run(directory: directory.path)
                var longest = Duration.zero
                let start = ContinuousClock.now
                while ContinuousClock.now - start < .seconds(6) {
                    let asked = ContinuousClock.now
                    try await database.query("INSERT INTO a (id) VALUES (1)")
                    longest = max(longest, ContinuousClock.now - asked)
                    try await Task.sleep(for: .milliseconds(20))
                }
                // The ALTER has waited before others, and for no longer than its limit.
                #expect(longest > .seconds(1) && longest < .seconds(4))
                try await reader.run("COMMIT")
                await reader.close()
                #expect(try await applied == ["002_b.sql"])
            }
        }
    }
}
