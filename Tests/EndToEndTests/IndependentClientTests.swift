import Foundation
import Testing

@Suite(
    "Clients that are not ours",
    .inSurroundings,
    .enabled(if: Surroundings.officialClient != nil, "Scripts/independent-client sets PULSE_TEST_OFFICIAL_CLIENT")
)
struct IndependentClientTests {
    @Test(
        "Qdrant's own Python client finds of each tenant exactly what the ledger says, and the layout as documented"
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

    @Test("A few lines with a stock WebSocket library follow a whole run: one start, rising progress, one end")
    func follows() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme")
            for kind in ["github", "jira"] { try await world.sync(kind, tenant) }
            try await world.sandbox.inject(["kind": "slow", "delay_ms": 300, "path": "/embeddings", "count": nil])
            let service = try world.start(["serve", "--port", "0", "--roles", "api"])
            do {
                let mark = "pulse on http"
                let url = try await eventually("the service starts") { () -> String? in
                    try #require(service.isRunning, "\(service.errors)")
                    return service.output.split(separator: "\n").first { $0.hasPrefix(mark) }.map {
                        String($0.dropFirst(mark.count))
                    }
                }
                let client = try RunningProgram(
                    try #require(Surroundings.officialClient),
                    [
                        "-B", Surroundings.project.appendingPathComponent("Scripts/lib/follow.py").path,
                        "ws\(url)/ws/progress/Vectorization", tenant.key,
                    ],
                    environment: world.environment,
                    folder: world.folder
                )
                try await until("the channel is open") {
                    try #require(client.isRunning, "\(client.errors)")
                    return client.output.hasPrefix("open")
                }
                try await world.drain(tenant)
                let outcome = try await client.wait(atMost: .seconds(60))
                #expect(outcome.status == 0, "\(outcome.errors)")
                let messages = try outcome.output.split(separator: "\n").dropFirst().map { try JSON(String($0)) }
                #expect(messages.first?["type"] == "job_started" && messages.last?["type"] == "job_completed")
                let steps = messages.dropFirst().dropLast()
                #expect(steps.count >= 2 && steps.allSatisfy { $0["type"] == "job_progress" })
                let progress = steps.compactMap(\.["progress"].number)
                #expect(progress.count == steps.count && progress == progress.sorted())
                #expect(Set(messages.map { $0["run_id"].text }).count == 1)
                try await service.kill9()
            } catch {
                try await service.kill9()
                throw error
            }
        }
    }
}
