import Foundation
import HTTPTransport
import Store
import TestSupport
import Testing

@testable import Connectors

@Suite("Issues of Jira that go and come back", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
// Needs PULSE_TEST_DATABASE_URL.
struct JiraIssueSweepTests {
    @Test("Where projects are named after all were read, rows of the others are not judged; what is gone of the named ones goes")
    func narrowed() async throws {
        let fake = FakeJira(pay: 4, ops: 3)
        await fake.edit { fake in
            fake.override = { _, asked in
                switch asked.path {
                case "/rest/api/3/issue/bulkfetch": .json(["issues": []])
                case "/rest/agile/1.0/board":
                    .json([
                        "isLast": true,
                        "values": .array(
                            ["PAY", "OPS"].enumerated().map { index, key in
                                [
                                    "id": .number("\(index)"), "name": .string(key), "type": "scrum",
                                    "location": ["projectKey": .string(key)],
                                ]
                            }
                        ),
                    ])
                case "/rest/agile/1.0/board/0/sprint", "/rest/agile/1.0/board/1/sprint":
                    .json([
                        "isLast": true,
                        "values": .array(
                            (1...150).map { number in
                                let board = asked.parts[4]
                                return ["id": .string("\(board)\(number)"), "name": "S", "originBoardId": .string(board)]
                            }
                        ),
                    ])
                default: nil
                }
            }
        }
        try await JiraDatabase.with(fake) { world in
            #expect(try await world.sync().isSuccess)
            for _ in 0..<3 {
                try await world.tick()
                let report = try await world.sync(projects: ["OPS"], isSweeping: true)
                #expect(report.isSuccess, "\(report.failures)")
            }
            await fake.edit { fake in fake.issues.removeAll { $0.number == 5 } }
            try await world.tick()
            let stopped = try await world.sync(projects: ["OPS"], isSweeping: true)
            #expect(stopped.failures.map(\.message).allSatisfy { $0.hasPrefix("1 of 3 rows") } && !stopped.isSuccess)
            _ = try await world.store.acceptSweeps(tenant: world.tenant.id, integration: world.tenant.jira, by: "ann")
            try await world.tick()
            let accepted = try await world.sync(projects: ["OPS"], isSweeping: true)
            #expect(accepted.isSuccess, "\(accepted.failures)")
            #expect(try await world.ids("work_items") == ["10001", "10002", "10003", "10004", "20006", "20007"])
            #expect(try await world.ids("projects") == ["1", "2", "3"])
            #expect(try await world.ids("sprints").count == 300)
        }
    }

    @Test("A named project that is out of sight is left out of the sweep, which says so, and what is gone of the others goes")
    func namedOutOfSight() async throws {
        let fake = FakeJira(pay: 3, ops: 25)
        await fake.edit { fake in
            fake.override = { _, asked in asked.path == "/rest/api/3/issue/bulkfetch" ? .json(["issues": []]) : nil }
        }
        try await JiraDatabase.with(fake) { world in
            #expect(try await world.sync(projects: ["PAY", "OPS"], isSweeping: true).isSuccess)
            await fake.edit { fake in
                fake.hidden = ["PAY"]
                fake.issues.removeAll { $0.number == 20 }
                fake.override = { _, asked in
                    switch asked.path {
                    case "/rest/api/3/issue/bulkfetch": .json(["issues": []])
                    case "/rest/api/3/project/search": .json(["values": [FakeJira.project("OPS", "2")], "isLast": true])
                    default: nil
                    }
                }
            }
            for _ in 0..<2 {
                try await world.tick()
                let report = try await world.sync(projects: ["PAY", "OPS"], isSweeping: true)
                #expect(report.failures.map(\.unit) == ["sweep:issues"])
                #expect(report.failures.first?.message.contains("deleted of PAY is not looked for") == true)
            }
            let left = try await world.ids("work_items")
            #expect(left.count == 27 && !left.contains("20020") && left.contains("10001"), "\(left)")
        }
    }

    @Test("An issue that was out of sight for some days comes back with its history, older than the watermark")
    func returned() async throws {
        let fake = FakeJira(pay: 30)
        await fake.edit { fake in
            fake.override = { fake, asked in
                guard asked.path == "/rest/api/3/issue/bulkfetch" else { return nil }
                let ids = (asked.body["issueIdsOrKeys"].array ?? []).compactMap(\.string)
                return .json(["issues": .array(fake.issues.filter { ids.contains($0.id) }.map(fake.record))])
            }
        }
        try await JiraDatabase.with(fake) { world in
            #expect(try await world.sync().isSuccess)
            let before = try await world.rows(["work_items", "changelogs"])
            let hidden = await fake.issues[3]
            await fake.edit { _ = $0.issues.remove(at: 3) }
            for _ in 0..<2 {
                try await world.tick()
                let report = try await world.sync(isSweeping: true)
                #expect(report.isSuccess, "\(report.failures)")
            }
            #expect(try await !world.ids("work_items").contains(hidden.id))

            await fake.edit { $0.issues.insert(hidden, at: 3) }
            for _ in 0..<2 {
                try await world.tick()
                let report = try await world.sync(isSweeping: true)
                #expect(report.isSuccess, "\(report.failures)")
            }
            #expect(try await world.rows(["work_items", "changelogs"]) == before)
            fake.recorder.forget()
            try await world.tick()
            #expect(try await world.sync(isSweeping: true).result.written == 0)
            #expect(!fake.recorder.urls.contains { $0.hasSuffix("issue/bulkfetch") }, "what is back is read once")
        }
    }

    @Test("An issue that the account may see only now comes in, though its last update lies before the watermark")
    func revealed() async throws {
        let fake = FakeJira(pay: 30)
        await fake.edit { fake in
            fake.override = { fake, asked in
                guard asked.path == "/rest/api/3/issue/bulkfetch" else { return nil }
                let ids = (asked.body["issueIdsOrKeys"].array ?? []).compactMap(\.string)
                return .json(["issues": .array(fake.issues.filter { ids.contains($0.id) }.map(fake.record))])
            }
        }
        let secret = await fake.issues[3]
        await fake.edit { _ = $0.issues.remove(at: 3) }
        try await JiraDatabase.with(fake) { world in
            #expect(try await world.sync().isSuccess)
            await fake.edit { $0.issues.insert(secret, at: 3) }
            try await world.tick()
            #expect(try await world.sync().isSuccess)
            #expect(try await !world.ids("work_items").contains(secret.id), "no list of changes shows it")
            try await world.tick()
            #expect(try await world.sync(isSweeping: true).isSuccess)
            #expect(try await world.ids("work_items").contains(secret.id))
            fake.recorder.forget()
            try await world.tick()
            #expect(try await world.sync(isSweeping: true).result.written == 0)
            #expect(!fake.recorder.urls.contains { $0.hasSuffix("issue/bulkfetch") }, "it is read once")
        }
    }
}
