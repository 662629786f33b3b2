import Foundation
import HTTPTransport
import Store
import Synchronization
import Testing

@testable import Connectors

@Suite("Lists of Jira that lead round in a circle")
struct JiraCircleTests {
    @Test(
        "A list that sends the same page for ever ends its unit after a few requests",
        arguments: [
            ("/rest/api/3/project/search", "projects"), ("/rest/agile/1.0/board", "boards"),
            ("/rest/api/3/users/search", "users"), ("/rest/api/3/workflows/search", "configuration"),
        ]
    )
    func lists(path: String, unit: String) async throws {
        let fake = FakeJira(pay: 2)
        await fake.edit { fake in
            fake.override = { _, asked in
                guard asked.path == path else { return nil }
                let record = FakeJira.project("PAY", "1")
                return path.hasSuffix("users/search")
                    ? .json([["accountId": "u1"]]) : .json(["isLast": false, "total": 1_000_000, "values": [record]])
            }
        }
        let report = try await syncJira(fake.transport, RecordingIngestionStore(), projects: ["PAY"])
        #expect(report.failures.map(\.unit) == [unit], "\(report.failures)")
        #expect(report.failures.map(\.kind) == [.dataFormat])
        #expect(fake.recorder.urls.filter { $0.contains(path) }.count <= 3)
    }

    @Test("A list of people that ends with a page of known ones is through, and says so")
    func people() async throws {
        let fake = FakeJira(pay: 2)
        await fake.edit { fake in
            fake.override = { _, asked in
                guard asked.path == "/rest/api/3/users/search" else { return nil }
                let people: [String: JSONValue] = [
                    "0": [["accountId": "u1"], ["accountId": "u2"]], "2": [["accountId": "u3"]], "3": [["accountId": "u2"]],
                ]
                return .json(people[asked.query["startAt"] ?? ""] ?? [])
            }
        }
        let store = RecordingIngestionStore()
        let report = try await syncJira(fake.transport, store, projects: ["PAY"])
        #expect(report.isSuccess, "\(report.failures)")
        #expect(await store.row("users", "u3") != nil)
        let notes = report.units.first { $0.name == "users" }?.notes
        #expect(notes?.contains { $0.contains("there may be more") } == true)
    }

    @Test("A search that sends the same page under a new token each time ends its unit, and no other")
    func search() async throws {
        let fake = FakeJira(pay: 2, ops: 1)
        let tokens = Mutex(0)
        await fake.edit { fake in
            fake.override = { fake, asked in
                guard asked.path.hasSuffix("search/jql"), asked.body["jql"].string?.contains("PAY") == true else { return nil }
                let token = tokens.withLock { count in
                    count += 1
                    return count
                }
                let issues = fake.issues.filter { $0.project == "PAY" }.map(fake.record)
                return .json(["issues": .array(issues), "nextPageToken": .string("t\(token)")])
            }
        }
        let store = RecordingIngestionStore()
        let report = try await syncJira(fake.transport, store)
        #expect(report.failures.map(\.unit) == ["issues:PAY"])
        #expect(await store.count("work_items") == 3)
        #expect(tokens.withLock { $0 } < 10)
    }
}
