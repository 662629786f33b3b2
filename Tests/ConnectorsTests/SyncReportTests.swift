import Connectors
import Foundation
import Testing

@Suite("What a sync's report says of its failures")
struct SyncReportTests {
    private func report(_ failures: ConnectorError?...) -> SyncReport {
        var report = SyncReport()
        for failure in failures {
            var unit = SyncReport.Unit(name: failure?.unit ?? "acme/api")
            unit.failure = failure
            report.units.append(unit)
        }
        return report
    }

    @Test("Of several failures that pass by themselves, the one whose source named the latest time decides about the next sync")
    func latest() {
        let now = Date()
        let away = ConnectorError(.transient, unit: "a", message: "HTTP 503")
        let soon = ConnectorError(.rateLimited, unit: "b", message: "limit", retryAt: now + 60)
        let late = ConnectorError(.rateLimited, unit: "c", message: "limit", retryAt: now + 3_600)
        let refused = ConnectorError(.permission, unit: "d", message: "HTTP 403")
        #expect(self.report(refused, away, soon, late, nil).decisiveFailure == late)
        #expect(self.report(late, away, soon).decisiveFailure == late)
        #expect(self.report(refused, away).decisiveFailure == away)
        #expect(self.report(refused, nil).decisiveFailure == nil)
        #expect(self.report(refused, refused).decisiveFailure == refused)
        #expect(self.report(nil).decisiveFailure == nil)
    }
}
