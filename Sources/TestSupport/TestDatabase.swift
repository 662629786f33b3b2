import Foundation
public import Postgres
public import Store

/// A database of its own for one test, copied from a migrated template.
///
/// Copies of the template take a tenth of a second, so each test can have one, and tests run in parallel. The server is named by
/// `PULSE_TEST_DATABASE_URL`; its user must be allowed to create databases and roles.
public struct TestDatabase: Sendable {
    public let name: String
    /// Of the user that owns the tables.
    public let url: String
    /// Connections of the owner, whom no row-level policy binds.
    public let owner: PostgresPool

    /// The server that tests run against; nil where there is none.
    public static var serverURL: String? {
        ProcessInfo.processInfo.environment["PULSE_TEST_DATABASE_URL"].flatMap { $0.isEmpty ? nil : $0 }
    }

    public static var isAvailable: Bool { self.serverURL != nil }

    /// `Migrations/` of this package.
    public static var migrationsDirectory: String {
        URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Migrations").path
    }

    /// Gives `body` a migrated database and drops it afterwards.
    public static func with<R: Sendable>(_ body: (TestDatabase) async throws -> R) async throws -> R {
        try await Self.with(template: try await TestTemplate.shared.name(), body)
    }

    /// Gives `body` a database without any tables and drops it afterwards.
    public static func withEmpty<R: Sendable>(_ body: (TestDatabase) async throws -> R) async throws -> R {
        try await Self.with(template: "template0", body)
    }

    private static func with<R: Sendable>(template: String, _ body: (TestDatabase) async throws -> R) async throws -> R {
        let name = "pulse_test_" + UUID().uuidString.lowercased().replacing("-", with: "")
        try await TestServer.run("CREATE DATABASE \(name) TEMPLATE \(template)")
        let url = try TestServer.url(database: name)
        let configuration = try PostgresConfiguration(url: url, applicationName: name)
        let database = TestDatabase(name: name, url: url, owner: PostgresPool(configuration: configuration))
        let outcome: Result<R, any Error>
        do { outcome = .success(try await body(database)) } catch { outcome = .failure(error) }
        await database.owner.close()
        // Also where a test has left connections open.
        try await TestServer.run("DROP DATABASE \(name) WITH (FORCE)")
        return try outcome.get()
    }

    /// Gives `body` a store that works as `pulse_app`, and closes it.
    public func withStore<R: Sendable>(maximumConnections: Int = 8, _ body: (Store) async throws -> R) async throws -> R {
        let store = try Store(url: self.url, maximumConnections: maximumConnections)
        do {
            let value = try await body(store)
            await store.close()
            return value
        } catch {
            await store.close()
            throw error
        }
    }

    /// Runs a statement as the owner.
    @discardableResult
    public func query(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> PostgresRows {
        try await self.owner.query(sql, parameters)
    }

    /// The number that the statement's first column gives.
    public func count(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> Int {
        try await self.query(sql, parameters).first?.decode(at: 0, as: Int.self) ?? 0
    }
}
