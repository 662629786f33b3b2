import Foundation
import Testing

@testable import Server

@Suite("Audit reports")
struct AuditOutcomeTests {
    @Test("A report that was kept before all of it was told can still be read")
    func oldReports() throws {
        let old = """
            {"tables": [{"table": "prs", "rows": 2, "points": 3, "queued": 0, "failed": 0, "missing": 1, "surplus": 0, "stale": 0, \
            "examples": ["missing x"]}], "drift": [], "differences": 1, "repaired": 0}
            """
        let report = try JSONDecoder().decode(AuditOutcome.self, from: Data(old.utf8))
        #expect(report.tables.first?.missing == 1 && report.tables.first?.foreign == 0)
        #expect(report.strays == 0 && report.nameless == 0 && report.fixedSettings.isEmpty)
        let again = try JSONDecoder().decode(AuditOutcome.self, from: JSONEncoder().encode(report))
        #expect(again == report)
    }
}
