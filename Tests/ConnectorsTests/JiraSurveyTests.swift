import Foundation
import HTTPTransport
import Store
import TestSupport
import Testing

@testable import Connectors

@Suite("What the survey of a big Jira site tells", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
// Needs PULSE_TEST_DATABASE_URL.
struct JiraSurveyTests {
    @Test("Projects that the survey has shown to be unchanged count as read, and their positions stay")
    func unchanged() async throws {
        let keys = ["OPS", "PAY"] + (1...30).map { "P\($0)" }
        let fake = FakeJira(pay: 4, ops: 3)
        await fake.edit { fake in
            fake.override = { _, asked in
                let jql = asked.body["jql"].string ?? ""
                if asked.path == "/rest/api/3/project/search" {
                    let projects = keys.enumerated().map { FakeJira.project($1, $1 == "PAY" ? "1" : "\($0 + 2)") }
                    return .json(["values": .array(projects), "isLast": true])
                }
                // Two of them have issues.
                let isEmpty = jql.contains("project in (\"P") && !jql.contains("\"PAY\"")
                return isEmpty ? .json(["issues": [], "isLast": true]) : nil
            }
        }
        try await JiraDatabase.with(fake) { world in
            func positions() async throws -> [String] {
                let sql = "SELECT concat(unit, ' ', watermark) AS position FROM job_checkpoints ORDER BY 1"
                return try await world.database.query(sql).map { try $0.decode("position", as: String.self) }
            }
            #expect(try await world.sync().isSuccess)
            let before = try await positions()
            try await world.database.query("UPDATE job_checkpoints SET updated_at = now() - interval '20 hours'")
            try await world.tick()
            let report = try await world.sync()
            #expect(report.isSuccess, "\(report.failures)")
            #expect(report.units.map(\.name).filter { $0.hasPrefix("issues:") } == ["issues:OPS", "issues:others"])
            let late = try await world.database.query(
                "SELECT unit FROM job_checkpoints WHERE updated_at < now() - interval '12 hours' ORDER BY unit"
            ).map { try $0.decode("unit", as: String.self) }
            #expect(late == [])
            #expect(try await positions() == before)
        }
    }
}
