import Foundation
import Postgres
import Store
import Synchronization
import TestSupport
import Testing

@testable import Connectors

@Suite("Deliveries of webhooks, worked off", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
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

    private func claim(_ store: Store) async throws -> [ClaimedWebhook] {
        try await store.claimWebhooks(limit: 32, each: 8, lease: .seconds(60))
    }

    /// When the first of those in hand is to be given up.
    private static func leaseEnd(_ database: TestDatabase) async throws -> Date {
        let rows = try await database.query(
            "SELECT min(lease_until) AS until FROM webhook_deliveries WHERE status = 'pending'"
        )
        return try rows[0].decode("until")
    }

    /// How long each of those that wait does, in seconds.
    private static func waits(_ database: TestDatabase) async throws -> [Double] {
        try await database.query(
            """
            SELECT extract(epoch FROM available_at - now())::double precision AS wait
            FROM webhook_deliveries WHERE status = 'pending' ORDER BY id
            """
        ).map { try $0.decode("wait") }
    }

    /// Lets time pass for the database.
    private static func pass(_ seconds: Double, _ database: TestDatabase) async throws {
        try await database.query(
            "UPDATE webhook_deliveries SET available_at = available_at - make_interval(secs => $1)",
            [.double(seconds)]
        )
    }

    @Test("A source at its limit is asked once, costs no attempts, and holds up nobody else's deliveries")
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

    @Test("A claim takes a few of each integration, and none of one of which some are in hand")
    func fair() async throws {
        try await TestDatabase.with { database in
            let (acme, rival) = (try await database.tenant(), try await database.tenant("rival"))
            try await database.withStore { store in
                try await self.deliver((10..<50).map(String.init), to: acme.jira, of: acme.id, store, database)
                try await self.deliver(["51", "52"], to: rival.jira, of: rival.id, store, database)
                let first = try await self.claim(store)
                let acmes = first.filter { $0.integration == acme.jira }
                #expect(first.count == 10 && acmes.count == 8)
                let none = try await self.claim(store)
                #expect(none.isEmpty)
                let last = acmes.map(\.id).max() ?? 0
                try await database.query(
                    "UPDATE webhook_deliveries SET status = 'done', lease_until = NULL WHERE integration_id = $1 AND id < $2",
                    [.uuid(acme.jira), .int(last)]
                )
                let early = try await self.claim(store)
                #expect(early.isEmpty, "one of it is still in hand")
                try await store.releaseWebhooks(acmes, after: .zero)
                let second = try await self.claim(store)
                let isAcmes = second.allSatisfy { $0.integration == acme.jira && $0.id >= last }
                #expect(second.count == 8 && isAcmes)
            }
        }
    }

    @Test("The processes of the former release, which claim in their own way, take nothing that is in hand")
    func formerRelease() async throws {
        try await TestDatabase.with { database in
            let acme = try await database.tenant()
            try await database.withStore { store in
                try await self.deliver(["1", "2"], to: acme.jira, of: acme.id, store, database)
                let former = "SELECT * FROM claim_webhooks(1, interval '1 minute')"
                let formers = try await database.query(former).count
                let ours = try await self.claim(store).count
                let late = try await database.query(former).count
                #expect(formers == 1 && ours == 1 && late == 0)
            }
        }
    }

    @Test("While one source keeps silent, deliveries of another that come later are worked off")
    func later() async throws {
        try await TestDatabase.with { database in
            let (acme, rival) = (try await database.tenant(), try await database.tenant("rival"))
            try await database.withStore { store in
                let (isAsked, asked) = AsyncStream<Void>.makeStream()
                let (isThrough, through) = AsyncStream<Void>.makeStream()
                let worker = WebhookWorker(store: store, logger: quiet) { _, _, tenant in
                    guard tenant == acme.id else { return }
                    asked.finish()
                    for await _ in isThrough {}
                    throw ConnectorError(.transient, unit: "refresh", message: "no answer")
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await worker.run() }
                    try await self.deliver(["1", "2"], to: acme.jira, of: acme.id, store, database)
                    for await _ in isAsked {}
                    try await self.deliver(["4"], to: rival.jira, of: rival.id, store, database)
                    while try await self.states(of: rival.jira, database) != ["d4 done 1"] {
                        try await Task.sleep(for: .milliseconds(20))
                    }
                    let silent = try await self.states(of: acme.jira, database)
                    #expect(silent.count == 2 && silent.allSatisfy { $0.contains(" pending ") }, "\(silent)")
                    through.finish()
                    group.cancelAll()
                }
            }
        }
    }

    @Test("What is in hand stays so for as long as its source takes to answer")
    func renewed() async throws {
        try await TestDatabase.with { database in
            let acme = try await database.tenant()
            try await database.withStore { store in
                try await self.deliver(["1", "2"], to: acme.jira, of: acme.id, store, database)
                let other = WebhookWorker(store: store, logger: quiet) { _, _, _ in Issue.record("it was taken twice") }
                let isRenewed = Mutex(false)
                // However long the machine stands still, the lease does not run out meanwhile.
                let worker = WebhookWorker(
                    store: store,
                    logger: quiet,
                    lease: .seconds(600),
                    renewal: .milliseconds(50),
                    now: { .now }
                ) { _, _, _ in
                    guard !isRenewed.withLock({ $0 }) else { return }
                    let first = try await Self.leaseEnd(database)
                    var last = first
                    while last <= first {
                        let hasTaken = await other.workOff()
                        #expect(!hasTaken)
                        try await Task.sleep(for: .milliseconds(20))
                        last = try await Self.leaseEnd(database)
                    }
                    isRenewed.withLock { $0 = true }
                }
                _ = await worker.workOff()
                #expect(try await self.states(of: acme.jira, database) == ["d1 done 1", "d2 done 1"])
            }
        }
    }

    @Test("A source that turns us away is asked once a pause, which grows; all that waits for it waits at once")
    func refused() async throws {
        try await TestDatabase.with { database in
            let acme = try await database.tenant()
            try await database.withStore { store in
                try await self.deliver((10..<50).map(String.init), to: acme.jira, of: acme.id, store, database)
                let asked = Mutex(0)
                let isMended = Mutex(false)
                let clock = Mutex(ContinuousClock.now)
                let worker = WebhookWorker(store: store, logger: quiet, now: { clock.withLock { $0 } }) { _, _, _ in
                    asked.withLock { $0 += 1 }
                    if isMended.withLock({ $0 }) { return }
                    throw ConnectorError(.authentication, unit: "refresh", message: "the token is revoked")
                }
                while await worker.workOff() {}
                #expect(asked.withLock { $0 } == 1, "what the others show is written all the same")
                for round in 2...6 {
                    clock.withLock { $0 += .seconds(400) }
                    try await Self.pass(400, database)
                    var claims = 0
                    while await worker.workOff() { claims += 1 }
                    // The first pauses are short enough to pass by themselves meanwhile.
                    if round > 3 { #expect(claims == 1) }
                    #expect(asked.withLock { $0 } == round)
                }
                let last = try await Self.waits(database)
                #expect(last.count == 40 && last.allSatisfy { $0 > 40 }, "2 s, doubled five times")
                // One attempt a time that the source was asked, of the one that asked.
                let states = try await self.states(of: acme.jira, database)
                #expect(states.count { $0.hasSuffix(" 0") } >= 34, "\(states)")
                isMended.withLock { $0 = true }
                clock.withLock { $0 += .seconds(400) }
                try await Self.pass(400, database)
                while await worker.workOff() {}
                #expect(try await self.states(of: acme.jira, database).allSatisfy { $0.contains(" done ") })
            }
        }
    }

    @Test("While an emergency stop holds a tenant's jobs, its deliveries stay where they are; another's go on")
    func stopped() async throws {
        try await TestDatabase.with { database in
            let (acme, rival) = (try await database.tenant(), try await database.tenant("rival"))
            try await database.withStore { store in
                try await self.deliver(["1"], to: acme.jira, of: acme.id, store, database)
                try await self.deliver(["2"], to: rival.jira, of: rival.id, store, database)
                let worker = WebhookWorker(store: store, logger: quiet) { _, _, _ in }
                _ = try await store.emergencyStop(tenant: acme.id, by: "ann")
                while await worker.workOff() {}
                #expect(try await self.states(of: acme.jira, database) == ["d1 pending 0"])
                #expect(try await self.states(of: rival.jira, database) == ["d2 done 1"])
                _ = try await store.startOrchestrator(tenant: acme.id)
                while await worker.workOff() {}
                #expect(try await self.states(of: acme.jira, database) == ["d1 done 1"])
            }
        }
    }
}
