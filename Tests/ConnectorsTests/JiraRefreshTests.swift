import Foundation
import HTTPTransport
import Store
import TestSupport
import Testing

@testable import Connectors

@Suite("Issues of Jira that are read by their ids", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
// Needs PULSE_TEST_DATABASE_URL.
struct JiraRefreshTests {
    @Test("Events bring no issue of a project that the integration does not read; one that was moved there is followed")
    func excluded() async throws {
        let fake = FakeJira(pay: 2, ops: 2)
        await fake.edit { fake in
            fake.override = { fake, asked in
                guard asked.path == "/rest/api/3/issue/bulkfetch" else { return nil }
                let ids = (asked.body["issueIdsOrKeys"].array ?? []).compactMap(\.string)
                return .json(["issues": .array(fake.issues.filter { ids.contains($0.id) }.map(fake.record))])
            }
        }
        try await JiraDatabase.with(fake) { world in
            #expect(try await world.sync(projects: ["PAY"]).isSuccess)
            let later = await fake.tick()
            await fake.edit { fake in
                fake.issues[0].updated = later
                fake.issues[0].fields = ["project": ["id": "2", "key": "OPS"]]
                fake.issues[1].updated = later
                fake.issues[1].summary = "Again"
            }
            try await world.tick()
            // As an event of a link names both of its ends, and no project.
            try await world.connector(projects: ["PAY"]).refresh(issues: ["10001", "10002", "20003"])
            #expect(try await world.ids("work_items") == ["10001", "10002"])
            let sql = "SELECT count(*) FROM work_items WHERE (project_id, stable_id) = ('2', '10001') OR summary = 'Again'"
            #expect(try await world.database.count(sql) == 2)
            #expect(try await world.database.count("SELECT count(*) FROM raw_records WHERE stable_id = '20003'") == 0)
            try await world.connector().refresh(issues: ["20003"])
            #expect(try await world.ids("work_items") == ["10001", "10002", "20003"])
        }
    }
}
