import Foundation
import PulseModel
import Testing

@testable import Vectorization

struct ClaimantsTests {
    private let tenant = UUID()

    private func stuck(retryAfter: Duration? = nil) -> PassReport {
        var report = PassReport(tenant: self.tenant, rows: 1)
        report.note(.failed(RowFailure(.unavailable, "away", retryAfter: retryAfter)), of: UUID())
        return report
    }

    @Test("Passes that meet one trouble together count once; what one of them was asked to wait is waited")
    func together() {
        let claimants = Claimants(lanesPerTenant: 6, batch: 128)
        #expect(claimants.note(self.stuck()) == .seconds(1))
        for _ in 0..<5 { #expect(claimants.note(self.stuck()) == nil) }
        #expect(claimants.nextWake.map { $0 <= .seconds(1) } == true)
        #expect(claimants.note(self.stuck(retryAfter: .seconds(40))).map { $0 == .seconds(40) } == true)
        #expect(claimants.note(self.stuck(retryAfter: .seconds(2))) == nil)
        #expect(claimants.excluded == [self.tenant])
        claimants.wake(self.tenant)
        #expect(claimants.excluded.isEmpty)
    }

    private func row(of tenant: UUID) -> ClaimedRow {
        ClaimedRow(
            id: 1,
            tenant: tenant,
            integration: UUID(),
            table: .workItems,
            externalID: "PAY-1",
            entity: UUID(),
            generation: 1,
            fence: 1,
            attempts: 0,
            crashes: 0,
            settled: true
        )
    }

    /// As the queue does: the first who has rows, wants a lane and is not left out.
    private func claim(_ claimants: Claimants, of waiting: [UUID]) async -> UUID? {
        await claimants.claim { except in waiting.first { !except.contains($0) }.map { [self.row(of: $0)] } ?? [] }.first?.tenant
    }

    @Test("Two tenants whose own providers hang leave half of the lanes to the others", arguments: [false, true])
    func owners(atOnce: Bool) async {
        let (one, two, third) = (UUID(), UUID(), UUID())
        let claimants = Claimants(lanesPerTenant: 6, lanesOfOwners: 4, batch: 128)
        #expect(claimants.ownersAreDue)
        claimants.learn(owners: [one, two])
        #expect(!claimants.ownersAreDue)
        var lanes: [UUID?] = []
        if atOnce {
            lanes = await withTaskGroup(of: UUID?.self) { group in
                for _ in 0..<8 { group.addTask { await self.claim(claimants, of: [one, two]) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
        } else {
            for _ in 0..<8 { lanes.append(await self.claim(claimants, of: [one, two])) }
        }
        let taken = lanes.compactMap { $0 }
        #expect(taken.count == 4)
        let next = await self.claim(claimants, of: [one, two, third])
        #expect(next == third)
        for tenant in taken { claimants.end(tenant) }
        #expect(claimants.excluded.isEmpty)
        let afterwards = await self.claim(claimants, of: [two, third])
        #expect(afterwards == two)
    }

    @Test("A claim under way may turn out to be an owner's, and counts until it has ended, also where it fails")
    func claimsUnderway() async {
        struct Away: Error {}
        let owner = UUID()
        let claimants = Claimants(lanesPerTenant: 6, lanesOfOwners: 1, batch: 128)
        claimants.learn(owners: [owner])
        let seen = await claimants.claim { _ in
            await claimants.claim { $0.contains(owner) ? [] : [self.row(of: owner)] }
        }
        #expect(seen.isEmpty)
        await #expect(throws: Away.self) { try await claimants.claim { _ in throw Away() } }
        #expect(claimants.excluded.isEmpty)
    }

    @Test("Trouble that goes on makes the rest longer; what goes through ends it")
    func again() async throws {
        let claimants = Claimants(lanesPerTenant: 6, batch: 128)
        #expect(claimants.note(self.stuck()) == .seconds(1))
        try await Task.sleep(for: .milliseconds(1_010))
        #expect(claimants.note(self.stuck()) == .seconds(2))
        var done = PassReport(tenant: self.tenant, rows: 1)
        done.summary.done = 1
        #expect(claimants.note(done) == nil)
        #expect(claimants.excluded.isEmpty)
        #expect(claimants.note(self.stuck()) == .seconds(1))
    }
}
