import Foundation
import Postgres
import Store

/// The migrated database that tests copy, made once a process.
actor TestTemplate {
    static let shared = TestTemplate()

    private var making: Task<String, any Error>?

    func name() async throws -> String {
        if let making { return try await making.value }
        let task = Task { try await Self.make() }
        self.making = task
        return try await task.value
    }

    /// The name says which migrations it holds, so that later runs find it and edited migrations get another.
    ///
    /// An unfinished one is never mistaken for a whole one: it gets its name last.
    private static func make() async throws -> String {
        let directory = TestDatabase.migrationsDirectory
        let name = "pulse_template_" + String(try Self.fingerprint(of: directory), radix: 16)
        let server = try await PostgresConnection.connect(PostgresConfiguration(url: TestServer.url(database: "postgres")))
        do {
            // Test processes that start at once wait for the first of them.
            try await server.query("SELECT pg_advisory_lock(8097894)")
            if try await server.query("SELECT 1 FROM pg_database WHERE datname = $1::text", [.text(name)]).isEmpty {
                let draft = "\(name)_draft"
                try await server.run("DROP DATABASE IF EXISTS \(draft) WITH (FORCE)")
                try await server.run("CREATE DATABASE \(draft) TEMPLATE template0")
                _ = try await Migrator(url: TestServer.url(database: draft)).run(directory: directory)
                try await server.run("ALTER DATABASE \(draft) RENAME TO \(name)")
            }
            await server.close()
            return name
        } catch {
            await server.close()
            throw error
        }
    }

    /// FNV-1a over names and contents.
    private static func fingerprint(of directory: String) throws -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ bytes: some Sequence<UInt8>) {
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        for file in try FileManager.default.contentsOfDirectory(atPath: directory).filter({ $0.hasSuffix(".sql") }).sorted() {
            add(file.utf8)
            add([0])
            add(try Data(contentsOf: URL(fileURLWithPath: directory).appendingPathComponent(file)))
            add([0])
        }
        return hash
    }
}
