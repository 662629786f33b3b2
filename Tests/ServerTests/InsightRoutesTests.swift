import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import PulseModel
import Store
import Testing

@testable import Server

@Suite("Mappings, insights and quality over HTTP", .enabled(if: TestWorld.isAvailable), .timeLimit(.minutes(10)))
struct InsightRoutesTests {  // Needs PULSE_TEST_DATABASE_URL.
    private func jira(_ world: TestWorld, named name: String = "jira") async throws -> UUID {
        try await world.database.query(
            """
            INSERT INTO integrations (tenant_id, kind, name, base_url, configuration)
            VALUES ($1, 'jira', $2::text, 'https://x.test', '{}') RETURNING id
            """,
            [.uuid(world.acme), .text(name)]
        )[0].decode("id")
    }

    /// One status, Open, and one issue in it.
    private func site(_ world: TestWorld, _ jira: UUID) async throws {
        var page = IngestionPage(fetchedAt: Date())
        page.statuses = [
            Status(id: "1", originalName: "Open", untranslatedName: nil, category: "new", details: nil, projectID: nil)
        ]
        page.derivesConfiguration = true
        page.workItems = [
            WorkItem(
                id: "7",
                key: "PAY-7",
                projectID: "10",
                typeID: "3",
                statusID: "1",
                summary: "Something",
                createdAt: Date() - 3 * 86_400,
                updatedAt: Date() - 86_400
            )
        ]
        _ = try await world.store.write(page, tenant: world.acme, integration: jira)
    }

    private func object(_ answer: TestResponse) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView)) as? [String: Any])
    }

    @Test("A mapping is set, shown, decides the metrics, and is given back")
    func mappings() async throws {
        try await TestWorld.with { world in
            let jira = try await self.jira(world)
            try await self.site(world, jira)
            try await world.serve { client async throws in
                let path = "/api/v1/mappings/statuses"
                let body = #"{"from": "Open", "to": "Doing", "category": "indeterminate"}"#
                #expect(try await client.send(.put, path, key: world.viewerKey, body: body).status == .forbidden)
                let set = try await client.send(.put, path, key: world.administratorKey, body: body)
                #expect(set.status == .ok)
                #expect(try self.object(set)["changed"] as? Int == 1)
                let again = try await client.send(.put, path, key: world.administratorKey, body: body)
                #expect(try self.object(again)["changed"] as? Int == 0)

                let list = try self.object(try await client.send(.get, "/api/v1/mappings", key: world.viewerKey))
                let rows = try #require(list["mappings"] as? [[String: Any]])
                let row = try #require(rows.first { $0["kind"] as? String == "status" && $0["from"] as? String == "Open" })
                #expect(row["to"] as? String == "Doing" && row["manual"] as? Bool == true && row["project"] as? String == "*")

                let metric = try self.object(
                    try await client.send(.get, "/api/v1/insights/work-in-progress", key: world.viewerKey)
                )
                let figures = try #require((metric["rows"] as? [[String: Any]])?.first)
                #expect(figures["count"] as? Int == 1)
                #expect((metric["definition"] as? String)?.isEmpty == false)
                let foreign = try self.object(
                    try await client.send(.get, "/api/v1/insights/work-in-progress", key: world.rivalKey)
                )
                #expect((foreign["rows"] as? [Any])?.isEmpty == true)

                let release = "\(path)?name=*/Open"
                #expect(try await client.send(.delete, release, key: world.rivalKey).status == .notFound)
                #expect(try await client.send(.delete, release, key: world.administratorKey).status == .noContent)
                #expect(try await client.send(.delete, release, key: world.administratorKey).status == .notFound)
            }
        }
    }

    @Test("A body that makes no sense is refused; of several integrations one must be named")
    func refused() async throws {
        try await TestWorld.with { world in
            _ = try await self.jira(world)
            _ = try await self.jira(world, named: "other")
            try await world.serve { client async throws in
                let good = #"{"workflow": "w", "step": "s", "number": 1, "category": "new"}"#
                let path = "/api/v1/mappings/steps"
                #expect(
                    try await client.send(.put, path, key: world.administratorKey, body: good).status == .unprocessableContent
                )
                let named = "\(path)?integration=other"
                #expect(try await client.send(.put, named, key: world.administratorKey, body: good).status == .ok)
                #expect(
                    try await client.send(.put, "\(path)?integration=no", key: world.administratorKey, body: good).status
                        == .notFound
                )
                for bad in [
                    good.replacing("new", with: "later"), good.replacing("1", with: "0"), good.replacing("\"w\"", with: "\" \""),
                    "{}",
                ] {
                    #expect(try await client.send(.put, named, key: world.administratorKey, body: bad).status == .badRequest)
                }
            }
        }
    }

    @Test("Every metric answers as it is described; what it cannot be cut by is refused with what it can")
    func insights() async throws {
        try await TestWorld.with { world in
            try await self.site(world, try await self.jira(world))
            try await world.serve { client async throws in
                let list = try self.object(try await client.send(.get, "/api/v1/insights", key: world.viewerKey))
                #expect((list["metrics"] as? [Any])?.count == InsightMetric.allCases.count)
                for metric in InsightMetric.allCases {
                    let uri =
                        "/api/v1/insights/\(metric.rawValue)?from=2026-01-01&to=2027-01-01\(metric == .burndown ? "&sprint=7" : "")"
                    #expect(try await client.send(.get, uri, key: world.viewerKey).status == .ok, "\(metric)")
                }
                let path = "/api/v1/insights/cycle-time"
                #expect(
                    try await client.send(.get, "\(path)?by=repository", key: world.viewerKey).status == .unprocessableContent
                )
                #expect(
                    try await client.send(.get, "\(path)?from=2026-02-30", key: world.viewerKey).status == .unprocessableContent
                )
                #expect(try await client.send(.get, "\(path)?by=mood", key: world.viewerKey).status == .badRequest)
                #expect(try await client.send(.get, "/api/v1/insights/happiness", key: world.viewerKey).status == .notFound)
                #expect(try await client.send(.get, path).status == .unauthorized)
            }
        }
    }

    @Test("Quality: nothing before the first assessment, then scores, rules and findings")
    func quality() async throws {
        try await TestWorld.with { world in
            let jira = try await self.jira(world)
            try await self.site(world, jira)
            try await world.serve { client async throws in
                let path = "/api/v1/quality"
                let before = try self.object(try await client.send(.get, path, key: world.viewerKey))
                #expect((before["integrations"] as? [Any])?.isEmpty == true)
                try await world.store.assessQuality(tenant: world.acme, integration: jira)
                let after = try self.object(try await client.send(.get, "\(path)?integration=jira", key: world.viewerKey))
                let assessment = try #require((after["integrations"] as? [[String: Any]])?.first)
                #expect(assessment["integration"] as? String == "jira")
                let findings = try #require(assessment["findings"] as? [[String: Any]])
                #expect(
                    findings.contains {
                        $0["rule"] as? String == "issue_project_known" && $0["external_id"] as? String == "PAY-7"
                    }
                )
                let foreign = try self.object(try await client.send(.get, path, key: world.rivalKey))
                #expect((foreign["integrations"] as? [Any])?.isEmpty == true)
            }
        }
    }
}
