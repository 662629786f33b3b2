import Foundation
import Postgres
import Store
import Synchronization
import TestSupport
import Testing

@testable import Connectors

@Suite("Deliveries of webhooks, worked off", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(3)))
struct WebhookWorkerTests {
    private static let configuration =
        #"{"kind":"jira","base_url":"https://acme.atlassian.net","email":"a@acme.example","api_token":"env:T"}"#

    /// Deliveries of an integration that each ask for one issue.
    private func deliver(_ issues: [String], to integration: UUID, of tenant: UUID, _ store: Store, _ database: TestDatabase)
        async throws
    {
        try await database.query(
            "UPDATE integrations SET configuration = $2::text::jsonb WHERE id = $1",
            [.uuid(integration), .text(Self.configuration)]
        )
        for issue in issues {
            let body = #"{"webhookEvent": "jira:issue_updated", "issue": {"id": "\#(issue)", "key": "PAY-\#(issue)"}}"#
            _ = try await store.receiveWebhook(
                tenant: tenant,
                integration: integration,
                delivery: "d\(issue)",
                event: "jira:issue_updated",
                body: Array(body.utf8)
            )
        }
    }

    private func states(of integration: UUID, _ database: TestDatabase) async throws -> [String] {
        try await database.query(
            """
            SELECT delivery_id || ' ' || status || ' ' || attempts
                || CASE WHEN available_at > now() + interval '50 minutes' THEN ' waits' ELSE '' END AS row
            FROM webhook_deliveries WHERE integration_id = $1 ORDER BY id
            """,
            [.uuid(integration)]
        ).map { try $0.decode("row") }
    }

    @Test("A source at its limit is asked once, costs no attempts, and holds up nobody else's deliveries (§14: 8, 9)")
    func limited() async throws {
        try await TestDatabase.with { database in
            let (acme, rival) = (try await database.tenant(), try await database.tenant("rival"))
            try await database.withStore { store in
                try await self.deliver(["1", "2", "3"], to: acme.jira, of: acme.id, store, database)
                try await self.deliver(["4", "5"], to: rival.jira, of: rival.id, store, database)
                let asked = Mutex<[String]>([])
                let worker = WebhookWorker(store: store, logger: quiet) { refreshes, integration, tenant in
                    asked.withLock { $0 += refreshes.map { "\($0)" } }
                    guard tenant == acme.id else { return }
                    throw ConnectorError(
                        .rateLimited,
                        unit: "refresh",
                        message: "the limit is used up",
                        retryAt: Date().addingTimeInterval(3_590)
                    )
                }
                _ = await worker.workOff()
                #expect(asked.withLock { $0.count } == 3, "one of acme's and both of the rival's")
                #expect(
                    try await self.states(of: acme.jira, database)
                        == ["d1 pending 0 waits", "d2 pending 0 waits", "d3 pending 0 waits"]
                )
                #expect(try await self.states(of: rival.jira, database) == ["d4 done 1", "d5 done 1"])
            }
        }
    }

    @Test("While one source keeps silent, the deliveries of another are worked off")
    func silent() async throws {
        try await TestDatabase.with { database in
            let (acme, rival) = (try await database.tenant(), try await database.tenant("rival"))
            try await database.withStore { store in
                try await self.deliver(["1", "2"], to: acme.jira, of: acme.id, store, database)
                try await self.deliver(["4"], to: rival.jira, of: rival.id, store, database)
                let (isThrough, through) = AsyncStream<Void>.makeStream()
                let worker = WebhookWorker(store: store, logger: quiet) { _, _, tenant in
                    guard tenant == acme.id else { return through.finish() }
                    // As long as the other one waits, nothing comes.
                    for await _ in isThrough {}
                    throw ConnectorError(.transient, unit: "refresh", message: "no answer")
                }
                _ = await worker.workOff()
                #expect(try await self.states(of: rival.jira, database) == ["d4 done 1"])
                #expect(try await self.states(of: acme.jira, database) == ["d1 pending 1", "d2 pending 0"])
            }
        }
    }
}
