import Foundation
import HummingbirdTesting
import Logging
import PulseModel
import Store
import Testing

@testable import Server

@Suite("Audits over the API", .enabled(if: TestWorld.isAvailable), .timeLimit(.minutes(10)))
struct AuditOfficeTests {
    @Test("An audit whose process has died is told as failed by the next look at it")
    func silent() async throws {
        try await TestWorld.with { world in
            let run = try #require(try await world.store.beginAudit(tenant: world.acme, repair: false, by: "a person"))
            try await self.silence(run, in: world)
            try await world.serve { client in
                let answer = try await client.send(.get, "/api/v1/vectorization/audits", key: world.viewerKey)
                let body = String(buffer: answer.body)
                #expect(body.contains(#""state":"failed""#) && body.contains("its process stopped"), "\(body)")
            }
        }
    }

    @Test("One that waits for a place counts as running however long it waits, and is done once")
    func waiting() async throws {
        try await TestWorld.with { world in
            let (audits, third) = (HeldAudits(), try await world.store.createTenant(named: "third").id)
            try await self.working(audits, in: world) { office in
                try await self.occupy(office, audits, in: world)
                let run = try #require(try await office.begin(tenant: third, repair: false, by: "a person"))
                try await self.silence(run, in: world)
                try await self.until("it is said to be alive") {
                    try await world.database.query(
                        "SELECT 1 FROM audit_runs WHERE id = $1 AND heartbeat_at > now() - interval '1 minute'",
                        [.uuid(run.id)]
                    ).first != nil
                }
                let again = try await office.begin(tenant: third, repair: false, by: "another")
                #expect(again == nil)
                await audits.letGo()
                try await self.until("it is done") { try await world.store.auditRuns(tenant: third).first?.finishedAt != nil }
                let runs = try await world.store.auditRuns(tenant: third)
                #expect(runs.map(\.id) == [run.id] && runs.first?.error == nil)
                #expect(await audits.tenants.count { $0 == third } == 1)
            }
        }
    }

    @Test("One that was closed while it waited is left alone")
    func closed() async throws {
        try await TestWorld.with { world in
            let (audits, third) = (HeldAudits(), try await world.store.createTenant(named: "third").id)
            let fourth = try await world.store.createTenant(named: "fourth").id
            try await self.working(audits, in: world) { office in
                try await self.occupy(office, audits, in: world)
                let run = try #require(try await office.begin(tenant: third, repair: false, by: "a person"))
                try await world.store.finishAudit(run.id, tenant: third, report: nil, error: "closed by hand")
                _ = try #require(try await office.begin(tenant: fourth, repair: false, by: "a person"))
                await audits.letGo()
                try await self.until("the next is done") {
                    try await world.store.auditRuns(tenant: fourth).first?.finishedAt != nil
                }
            }
            let tenants = await audits.tenants
            #expect(Set(tenants) == [world.acme, world.rival, fourth] && tenants.count == 3)
        }
    }

    @Test("Those that run and those that wait are closed when the process stops")
    func stopped() async throws {
        try await TestWorld.with { world in
            let (audits, third) = (HeldAudits(), try await world.store.createTenant(named: "third").id)
            try await self.working(audits, in: world) { office in
                try await self.occupy(office, audits, in: world)
                _ = try #require(try await office.begin(tenant: third, repair: false, by: "a person"))
            }
            for tenant in [world.acme, world.rival, third] {
                let errors = try await world.store.auditRuns(tenant: tenant).map(\.error)
                #expect(errors == ["its process stopped"])
            }
        }
    }

    @Test("Where there is nothing to compare, the audit says so instead of finding nothing wrong")
    func refused() async throws {
        try await TestWorld.with { world in
            try await self.working(HeldAudits(refusal: "nothing is indexed yet"), in: world) { office in
                _ = try #require(try await office.begin(tenant: world.acme, repair: false, by: "a person"))
                try await self.until("it ends") { try await world.store.auditRuns(tenant: world.acme).first?.finishedAt != nil }
                let run = try #require(try await world.store.auditRuns(tenant: world.acme).first)
                #expect(run.error == "nothing is indexed yet" && run.report == nil)
            }
        }
    }

    // MARK: Short ways

    /// As though the audit's process had said nothing for three minutes.
    private func silence(_ run: AuditRun, in world: TestWorld) async throws {
        try await world.database.query(
            "UPDATE audit_runs SET heartbeat_at = now() - interval '3 minutes' WHERE id = $1",
            [.uuid(run.id)]
        )
    }

    /// Gives the office as many audits as it runs at once.
    private func occupy(_ office: AuditOffice, _ audits: HeldAudits, in world: TestWorld) async throws {
        for tenant in [world.acme, world.rival] {
            _ = try #require(try await office.begin(tenant: tenant, repair: false, by: "a person"))
        }
        try await self.until("two run") { await audits.tenants.count == 2 }
    }

    /// Lends an office that works, and stops it.
    private func working(
        _ audits: HeldAudits,
        in world: TestWorld,
        _ body: (AuditOffice) async throws -> Void
    ) async throws {
        var logger = Logger(label: "server-tests")
        logger.logLevel = .critical
        let office = AuditOffice(store: world.store, auditing: audits, heartbeat: .milliseconds(50), logger: logger)
        let work = Task { try await office.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(office)) } catch { result = .failure(error) }
        work.cancel()
        try await work.value
        try result.get()
    }

    private func until(_ what: String, _ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while try await !condition() {
            try #require(ContinuousClock.now < deadline, "\(what)")
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

/// Audits that take until they are let go.
private actor HeldAudits: Auditing {
    /// Of which an audit was begun, in order.
    private(set) var tenants: [UUID] = []
    private var isHeld = true
    private let refusal: String?

    init(refusal: String? = nil) { self.refusal = refusal }

    func letGo() { self.isHeld = false }

    func audit(tenant: UUID, repair: Bool) async throws -> AuditOutcome {
        if let refusal { throw AuditRefusal(reason: refusal) }
        self.tenants.append(tenant)
        while self.isHeld { try await Task.sleep(for: .milliseconds(10)) }
        return AuditOutcome(tables: [], strays: 0, nameless: 0, drift: [], fixedSettings: [], differences: 0, repaired: 0)
    }
}
