import Foundation
import Testing

@testable import Postgres

/// The PostgreSQL that tests run against, named by PULSE_TEST_DATABASE_URL.
enum TestDatabase {
    static let url = ProcessInfo.processInfo.environment["PULSE_TEST_DATABASE_URL"]
    static var isAvailable: Bool { self.url != nil }

    static func configuration(
        applicationName: String = "pulse-tests",
        settings: [String: String] = [:],
        statementTimeout: Duration? = nil
    ) throws -> PostgresConfiguration {
        try PostgresConfiguration(
            url: try #require(self.url),
            applicationName: applicationName,
            sessionSettings: settings,
            statementTimeout: statementTimeout
        )
    }

    static func connect() async throws -> PostgresConnection {
        try await PostgresConnection.connect(self.configuration())
    }

    /// A name that no other test uses.
    static func uniqueName(_ stem: String) -> String {
        stem + "_" + UUID().uuidString.lowercased().replacing("-", with: "")
    }

    /// Gives `body` a schema of its own and drops it afterwards.
    static func withSchema<R: Sendable>(_ body: (String) async throws -> R) async throws -> R {
        let schema = self.uniqueName("postgres_tests")
        let administrator = try await self.connect()
        try await administrator.run("CREATE SCHEMA \(schema)")
        do {
            let value = try await body(schema)
            try await administrator.run("SET client_min_messages = error; DROP SCHEMA \(schema) CASCADE")
            return value
        } catch {
            try? await administrator.run("SET client_min_messages = error; DROP SCHEMA \(schema) CASCADE")
            throw error
        }
    }

    /// Ends sessions as a restart of the server would.
    static func terminate(applicationName: String) async throws -> Int {
        let administrator = try await self.connect()
        return try await administrator.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1::text",
            [.text(applicationName)]
        ).count
    }

    /// Looks again until it is true; false after 10 seconds.
    static func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<500 {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }
}
