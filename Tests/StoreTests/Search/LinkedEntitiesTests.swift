import Foundation
import PulseModel
import Store
import TestSupport
import Testing

// Needs PULSE_TEST_DATABASE_URL.
@Suite("What hits are linked with", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
struct LinkedEntitiesTests {
    /// Two issues and two pull requests: the first pull request is both issues', the second the second's. Nothing of another tenant's.
    private static func with(_ body: (World, _ other: TestTenant) async throws -> Void) async throws {
        try await World.with { world in
            let other = try await world.database.tenant("other")
            for tenant in [world.tenant, other] {
                let jira = World.page(at: 0) { page in
                    page.workItems = [World.issue("1", "PAY-1"), World.issue("2", "PAY-2"), World.issue("3", "PAY-3")]
                }
                _ = try await world.store.write(jira, tenant: tenant.id, integration: tenant.jira)
                let github = World.page(at: 1) { page in
                    page.pullRequests = [World.pull(57), World.pull(58)]
                    page.mentions = [
                        World.mentions(57, ["PAY-1": .title, "PAY-2": .title]), World.mentions(58, ["PAY-2": .title]),
                    ]
                }
                _ = try await world.store.write(github, tenant: tenant.id, integration: tenant.github)
            }
            try await body(world, other)
        }
    }

    private static func entities(_ table: EntityTable, of tenant: TestTenant, _ world: World) async throws -> [String: UUID] {
        var entities: [String: UUID] = [:]
        let sql = "SELECT external_id, entity FROM \(table.rawValue) WHERE tenant_id = $1"
        for row in try await world.database.query(sql, [.uuid(tenant.id)]) {
            entities[try row.decode("external_id")] = try row.decode("entity")
        }
        return entities
    }

    @Test("An issue has its pull requests, a pull request its issues, a link both ends, and nobody another tenant's")
    func linked() async throws {
        try await Self.with { world, other in
            let issues = try await Self.entities(.workItems, of: world.tenant, world)
            let pulls = try await Self.entities(.pullRequests, of: world.tenant, world)
            let links = try await Self.entities(.links, of: world.tenant, world)
            var hits: [UUID: EntityTable] = [:]
            for entity in issues.values { hits[entity] = .workItems }
            for entity in pulls.values { hits[entity] = .pullRequests }
            for entity in links.values { hits[entity] = .links }
            let foreign = try #require(try await Self.entities(.workItems, of: other, world)["PAY-1"])
            hits[foreign] = .workItems
            let names = Dictionary(uniqueKeysWithValues: (Array(issues) + Array(pulls) + Array(links)).map { ($1, $0) })

            let found = try await world.store.searchEnd(tenant: world.tenant.id, of: hits).linked
            let named = Dictionary(uniqueKeysWithValues: found.map { (names[$0] ?? "foreign", $1.map(\.externalID)) })
            #expect(
                named == [
                    "PAY-1": ["acme/api#57"], "PAY-2": ["acme/api#57", "acme/api#58"],
                    "acme/api#57": ["PAY-1", "PAY-2"], "acme/api#58": ["PAY-2"],
                    "PAY-1~acme/api#57": ["acme/api#57", "PAY-1"], "PAY-2~acme/api#57": ["acme/api#57", "PAY-2"],
                    "PAY-2~acme/api#58": ["acme/api#58", "PAY-2"],
                ]
            )
            #expect(try await world.store.searchEnd(tenant: world.tenant.id, of: [:]).linked.isEmpty)
        }
    }

    @Test("Many links of others cost nothing: what is read is found by an index, of a prepared plan too")
    func indexed() async throws {
        try await Self.with { world, _ in
            try await world.database.query(
                """
                INSERT INTO wits_prs_links (entity, tenant_id, integration_id, stable_id, external_id, fetched_at, work_item_id,
                    work_item_key, repo_full_name, pr_number, origin, found_in)
                SELECT gen_random_uuid(), $1, $2, 'many' || n, 'MANY-' || n, now(), n::text, 'MANY-' || n, 'acme/many', n, 'key', 'title'
                FROM generate_series(100, 5100) n
                """,
                [.uuid(world.tenant.id), .uuid(world.tenant.jira)]
            )
            try await world.database.query("ANALYZE")
            let issue = try #require(try await Self.entities(.workItems, of: world.tenant, world)["PAY-2"])
            /// A session tells what it has read when it ends.
            func figures() async throws -> (rows: Int, looks: Int) {
                let sql = "SELECT seq_tup_read, idx_scan FROM pg_stat_user_tables WHERE relname = 'wits_prs_links'"
                let row = try #require(try await world.database.query(sql).first)
                return (try row.decode("seq_tup_read"), try row.decode("idx_scan"))
            }
            let before = try await figures()
            try await world.database.withStore { store in
                for _ in 0..<20 {
                    let linked = try await store.searchEnd(tenant: world.tenant.id, of: [issue: .workItems]).linked
                    #expect(linked[issue]?.count == 2)
                }
            }
            var after = try await figures()
            for _ in 0..<200 where after.looks < before.looks + 20 {
                try await Task.sleep(for: .milliseconds(50))
                after = try await figures()
            }
            #expect(after.looks >= before.looks + 20)
            // Read whole once, it would be five thousand.
            #expect(after.rows - before.rows < 5_000)
        }
    }
}
