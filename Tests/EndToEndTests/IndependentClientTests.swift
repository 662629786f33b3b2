import Foundation
import Testing

@Suite(
    "Qdrant's own client",
    .inSurroundings,
    .enabled(if: Surroundings.officialClient != nil, "Scripts/independent-client sets PULSE_TEST_OFFICIAL_CLIENT")
)
struct IndependentClientTests {
    @Test(
        "Qdrant's own Python client finds of each tenant exactly what the ledger says, and the layout as documented (§14: 2, 7)"
    )
    func reads() async throws {
        try await World.with { world in
            let tenants = [try await world.tenant("acme"), try await world.tenant("other", kinds: ["jira"])]
            for kind in ["github", "jira"] { try await world.sync(kind, tenants[0]) }
            try await world.sync("jira", tenants[1])
            for tenant in tenants { try await world.drain(tenant) }
            let nobody = UUID().uuidString.lowercased()
            let script = Surroundings.project.appendingPathComponent("Scripts/qdrant-edge/tests/read_pulse.py").path
            let outcome = try await RunningProgram(
                try #require(Surroundings.officialClient),
                ["-B", script, world.qdrant, world.collection, "64"] + tenants.map(\.identifier) + [nobody],
                environment: world.environment,
                folder: world.folder
            ).wait()
            try #require(outcome.status == 0, "\(outcome.errors)\(outcome.output)")
            let found = try outcome.json()
            var total = 0
            for tenant in tenants {
                let counts = try await world.database.query(
                    """
                    SELECT table_name || ' ' || count(*) AS line FROM qdrant_vectors WHERE tenant_id = $1::text::uuid
                    GROUP BY table_name ORDER BY 1
                    """,
                    [.text(tenant.identifier)]
                ).map { try $0.decode("line", as: String.self) }
                let theirs = found["tenants"][tenant.identifier]
                #expect(theirs["tables"].members.map { "\($0.key) \($0.value.int ?? -1)" }.sorted() == counts)
                total += theirs["points"].int ?? 0
            }
            #expect(found["tenants"][nobody]["points"] == 0)
            #expect(found["total"] == .number(Double(total)))
        }
    }
}
