import Foundation
import Postgres
import TestSupport
import Testing

@testable import Store

@Suite("A process that is frozen in a transaction", .enabled(if: TestDatabase.isAvailable))
struct FrozenProcessTests {
    @Test("It holds up nobody for longer than its silence is borne, and what it had done is undone")
    func silence() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            let frozen = try Store(url: world.database.url, maximumConnections: 1, longestSilence: .milliseconds(500))
            let change = "UPDATE integrations SET name = $2::text WHERE tenant_id = $1 AND id = $3"
            let jira = PostgresValue.uuid(world.tenant.jira)
            await #expect(throws: PostgresError.self) {
                _ = try await frozen.inTenant(tenant) { connection in
                    _ = try await connection.query(change, [.uuid(tenant), .text("frozen"), jira])
                    // Waits for the row until the server has ended the frozen one's transaction.
                    _ = try await world.store.inTenant(tenant) {
                        try await $0.query(change, [.uuid(tenant), .text("alive"), jira])
                    }
                    return try await connection.query("SELECT 1")
                }
            }
            let names = try await world.database.query("SELECT name FROM integrations WHERE id = $1", [jira])
            #expect(try names.map { try $0.decode("name", as: String.self) } == ["alive"])
            // Another session takes the place of the one that was ended.
            #expect(try await frozen.isReady())
            await frozen.close()
        }
    }
}
