import Foundation
import Postgres

/// An empty database of its own for one test.
struct ScratchDatabase: Sendable {
    let name: String
    let url: String
    private let pool: PostgresPool

    static func make() async throws -> ScratchDatabase {
        let name = "pulse_e2e_" + UUID().uuidString.lowercased().replacing("-", with: "")
        try await Self.atServer("CREATE DATABASE \(name) TEMPLATE template0")
        let url = try Self.url(database: name)
        return ScratchDatabase(
            name: name,
            url: url,
            pool: PostgresPool(configuration: try PostgresConfiguration(url: url, applicationName: name), maximumConnections: 2)
        )
    }

    func drop() async throws {
        await self.pool.close()
        try await Self.atServer("DROP DATABASE \(self.name) WITH (FORCE)")
    }

    /// Runs a statement as the owner of the tables, whom no row-level policy binds.
    @discardableResult
    func query(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> PostgresRows {
        try await self.pool.query(sql, parameters)
    }

    /// The number that the statement's first column gives.
    func count(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> Int {
        try await self.query(sql, parameters).first?.decode(at: 0, as: Int.self) ?? 0
    }

    /// The texts of the statement's first column, in order.
    func texts(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> [String] {
        try await self.query(sql, parameters).map { try $0.decode(at: 0, as: String.self) }
    }

    /// The server's URL with another database's name.
    private static func url(database: String) throws -> String {
        guard let server = Surroundings.databaseURL, let scheme = server.range(of: "://") else {
            throw TestFailure("PULSE_TEST_DATABASE_URL names no server")
        }
        let query = server.firstIndex(of: "?") ?? server.endIndex
        let path = server[scheme.upperBound..<query].firstIndex(of: "/") ?? query
        return "\(server[..<path])/\(database)\(server[query...])"
    }

    private static func atServer(_ sql: String) async throws {
        let connection = try await PostgresConnection.connect(PostgresConfiguration(url: Self.url(database: "postgres")))
        do {
            try await connection.run(sql)
            await connection.close()
        } catch {
            await connection.close()
            throw error
        }
    }
}
