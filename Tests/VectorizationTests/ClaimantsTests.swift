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
