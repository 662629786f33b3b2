import Foundation
import Postgres

/// The server beneath the test databases.
enum TestServer {
    private struct Missing: Error, CustomStringConvertible {
        var description: String { "PULSE_TEST_DATABASE_URL names no server; Scripts/test starts one and sets it" }
    }

    /// The server's URL with another database's name.
    static func url(database: String) throws -> String {
        guard let server = TestDatabase.serverURL, let scheme = server.range(of: "://") else { throw Missing() }
        let query = server.firstIndex(of: "?") ?? server.endIndex
        let path = server[scheme.upperBound..<query].firstIndex(of: "/") ?? query
        return "\(server[..<path])/\(database)\(server[query...])"
    }

    /// Runs a statement that no transaction can hold, as `CREATE DATABASE`.
    static func run(_ sql: String) async throws {
        guard let server = TestDatabase.serverURL else { throw Missing() }
        let connection = try await PostgresConnection.connect(PostgresConfiguration(url: server))
        do {
            try await connection.run(sql)
            await connection.close()
        } catch {
            await connection.close()
            throw error
        }
    }
}
