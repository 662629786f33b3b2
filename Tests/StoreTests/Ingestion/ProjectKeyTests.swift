import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Keys of projects", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))  // Needs PULSE_TEST_DATABASE_URL.
struct ProjectKeyTests {
    private static func position(_ key: String, _ world: World) async throws -> Date? {
        let unit = "issues:\(key)"
        return try await world.store.checkpoint(tenant: world.tenant.id, integration: world.tenant.jira, unit: unit)?.watermark
    }

    @Test("A project whose key changes is read from its beginning, also under a key that another one had")
    func renamed() async throws {
        try await World.with { world in
            try await world.jira(at: 0) { $0.projects = [World.project("10", key: "PAY"), World.project("20", key: "OPS")] }
            for key in ["PAY", "OPS", "HR"] {
                try await world.jira(at: 1) {
                    $0.checkpoint = Checkpoint(unit: "issues:\(key)", cursor: nil, watermark: World.time(1))
                }
            }
            // The same again changes nothing, nor does a page that was fetched before.
            try await world.jira(at: 2) { $0.projects = [World.project("10", key: "PAY")] }
            try await world.jira(at: -1) { $0.projects = [World.project("10", key: "OLD")] }
            #expect(try await Self.position("PAY", world) == World.time(1))

            try await world.jira(at: 3) { $0.projects = [World.project("10", key: "OPS"), World.project("20", key: "OPSOLD")] }
            #expect(try await Self.position("PAY", world) == nil)
            #expect(try await Self.position("OPS", world) == nil)
            #expect(try await Self.position("HR", world) == World.time(1))
        }
    }

    @Test("An installation that read all issues as one unit goes on with a unit of each project")
    func formerUnit() async throws {
        try await TestDatabase.withEmpty { database in
            let directory = FileManager.default.temporaryDirectory.appendingPathComponent("pulse-before-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: directory) }
            let former = URL(fileURLWithPath: TestDatabase.migrationsDirectory)
            for name in try FileManager.default.contentsOfDirectory(atPath: former.path) where name < "031" {
                try FileManager.default.copyItem(
                    at: former.appendingPathComponent(name),
                    to: directory.appendingPathComponent(name)
                )
            }
            let migrator = try Migrator(url: database.url)
            _ = try await migrator.run(directory: directory.path)
            try await database.query(
                """
                WITH t AS (INSERT INTO tenants (name) VALUES ('acme') RETURNING id), i AS (
                    INSERT INTO integrations (tenant_id, name, kind, base_url, configuration)
                    SELECT id, 'jira', 'jira', 'https://acme.atlassian.net', '{}' FROM t RETURNING tenant_id, id
                )
                INSERT INTO job_checkpoints (tenant_id, integration_id, unit, watermark)
                SELECT i.tenant_id, i.id, u, now() FROM i, unnest(ARRAY['issues:*', 'issues:PAY', 'users']) AS u
                """
            )
            _ = try await migrator.run(directory: TestDatabase.migrationsDirectory)
            let units = try await database.query("SELECT unit FROM job_checkpoints ORDER BY unit").map {
                try $0.decode(at: 0, as: String.self)
            }
            #expect(units == ["issues:PAY", "users"])
        }
    }
}
