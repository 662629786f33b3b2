import Foundation
import HTTPTransport
import PulseModel
import Store
import Testing

@testable import Connectors

@Suite("A Jira site beside its issues, and sites that misbehave")
struct JiraSiteTests {
    @Test("Boards, their sprints and people are read; a board without sprints is no failure")
    func boards() async throws {
        let fake = FakeJira(pay: 2)
        await fake.edit { fake in
            fake.override = { _, asked in
                switch asked.path {
                case "/rest/agile/1.0/board":
                    return .json([
                        "isLast": true,
                        "values": [
                            ["id": 8, "name": "Payments", "type": "scrum", "location": ["projectId": 1, "projectKey": "PAY"]],
                            ["id": 9, "name": "Support", "type": "simple", "location": ["projectId": 1, "projectKey": "PAY"]],
                            ["id": 10, "name": "People", "type": "scrum", "location": ["projectId": 3, "projectKey": "HR"]],
                        ],
                    ])
                case "/rest/agile/1.0/board/8/sprint":
                    let start = asked.query["startAt"]
                    return .json([
                        "isLast": .bool(start == "1"),
                        "values": [
                            [
                                "id": .number(start == "1" ? "71" : "70"), "name": "Sprint", "state": "active",
                                "originBoardId": 8,
                                "startDate": "2025-06-01T08:00:00.000Z",
                            ]
                        ],
                    ])
                case "/rest/agile/1.0/board/9/sprint":
                    return .json(["errorMessages": ["The board does not support sprints"]], status: 400)
                case "/rest/api/3/users/search":
                    return .json(
                        asked.query["startAt"] == "0" ? [["accountId": "u9", "displayName": "Zoe", "active": false]] : []
                    )
                default: return nil
                }
            }
        }
        let store = RecordingIngestionStore()
        let report = try await syncJira(fake.transport, store, projects: ["PAY"])
        #expect(report.isSuccess, "\(report.failures)")
        let boards = await store.pages.flatMap(\.boards)
        #expect(boards.map(\.id) == ["8", "9"], "only those of chosen projects")
        #expect(boards.first?.projectKey == "PAY" && boards.first?.projectID == "1" && boards.first?.type == "scrum")
        #expect(await store.pages.flatMap(\.sprints).map(\.id) == ["70", "71"])
        #expect(await store.row("users", "u9")?.contains("Zoe") == true)
        #expect(fake.recorder.urls.allSatisfy { !$0.contains("board/10") })
    }

    @Test("Workflows become steps in the order of their categories")
    func workflows() async throws {
        let fake = FakeJira(pay: 1)
        await fake.edit { fake in
            fake.override = { _, asked in
                guard asked.path == "/rest/api/3/workflows/search" else { return nil }
                return .json([
                    "isLast": true,
                    "values": [
                        [
                            "id": "w", "name": "Kanban",
                            "statuses": [
                                ["statusReference": "c"], ["statusReference": "a"], ["statusReference": "b"],
                                ["statusReference": "?"],
                            ],
                        ]
                    ],
                    "statuses": [
                        ["statusReference": "a", "id": "1", "name": "Ready", "statusCategory": "TODO"],
                        ["statusReference": "b", "id": "2", "name": "Doing", "statusCategory": "IN_PROGRESS"],
                        ["statusReference": "c", "id": "3", "name": "Gone", "statusCategory": "DONE"],
                    ],
                ])
            }
        }
        let store = RecordingIngestionStore()
        _ = try await syncJira(fake.transport, store, projects: ["PAY"])
        let steps = await store.pages.flatMap(\.workflowSteps)
        #expect(steps.map(\.externalID) == ["Kanban/Ready", "Kanban/Doing", "Kanban/Gone"])
        #expect(steps.map(\.isCommitmentPoint) == [false, true, false])
        #expect(steps.map(\.number) == [1, 2, 3])
    }

    @Test("A long list of issues is read in slices of dates, and none is lost where one begins", arguments: [[], ["PAY"]])
    func slices(projects: [String]) async throws {
        let fake = FakeJira(pay: JiraConnector.pagesPerSlice * 3 + 40)
        await fake.edit { fake in
            fake.pageSize = 1
            // Some share the moment of their update, so that a slice begins among equals.
            for index in fake.issues.indices where index % 10 != 0 {
                fake.issues[index].updated = fake.issues[index - index % 10].updated
            }
        }
        let store = RecordingIngestionStore()
        let report = try await syncJira(fake.transport, store, projects: projects)
        #expect(report.isSuccess, "\(report.failures)")
        #expect(await store.count("work_items") == JiraConnector.pagesPerSlice * 3 + 40)
        let questions = Set(fake.recorder.all.map(Asked.init).compactMap { $0.body["jql"].string })
        #expect(questions.count >= 3, "\(questions.count)")
        let searches = fake.recorder.urls.filter { $0.hasSuffix("search/jql") }.count
        #expect(searches <= JiraConnector.pagesPerSlice * 3 + 40 + 60, "a slice reads again only what shares its first moment")
    }

    @Test("A whole page that lacks the same field is a changed answer: permanent, and the path is named")
    func changedShape() async throws {
        let fake = FakeJira(pay: 30)
        await fake.edit { fake in
            fake.pageSize = 30
            fake.override = { fake, asked in
                guard asked.path.hasSuffix("search/jql") else { return nil }
                let records = fake.issues.map(fake.record).map { $0.with("fields", $0["fields"].without("summary")) }
                return .json(["issues": .array(records), "isLast": true])
            }
        }
        let store = RecordingIngestionStore()
        let report = try await syncJira(fake.transport, store, projects: ["PAY"])
        let failure = try #require(report.failures.first)
        #expect(failure.kind == .dataFormat && !failure.isTransient)
        #expect(failure.message.contains("issues[].fields.summary"))
        #expect(await store.checkpoints["issues:PAY"]?.watermark == nil, "what was not taken is read again")
    }

    @Test("An answer without its list names what is missing", arguments: ["search/jql", "bulkfetch", "issuetype"])
    func missingList(path: String) async throws {
        let fake = FakeJira(pay: 5)
        await fake.edit { fake in
            fake.override = { _, asked in asked.path.hasSuffix(path) ? .json(["something": "else"]) : nil }
        }
        let report = try await syncJira(fake.transport, RecordingIngestionStore(), projects: ["PAY"])
        let names = ["search/jql": "`issues`", "bulkfetch": "`issueChangeLogs`", "issuetype": "`values`"]
        #expect(report.failures.map(\.kind) == [.dataFormat])
        #expect(report.failures.first?.message.contains(names[path] ?? "?") == true, "\(report.failures)")
    }

    @Test("A site that answers web pages says so, and once")
    func webPages() async throws {
        let fake = FakeJira(pay: 5)
        await fake.edit { fake in
            fake.override = { _, _ in
                HTTPResponse(status: 200, headers: ["content-type": "text/html"], body: Array("<!DOCTYPE html><html>".utf8))
            }
        }
        let report = try await syncJira(fake.transport, RecordingIngestionStore(), projects: ["PAY"])
        #expect(report.failures.allSatisfy { $0.kind == .dataFormat })
        #expect(report.failures.first?.message.contains("web page") == true)
    }

    @Test("An issue with ten thousand changes has them all, in few requests")
    func longHistory() async throws {
        let fake = FakeJira(pay: 1)
        await fake.edit { fake in
            fake.override = { fake, asked in
                if asked.path.hasSuffix("search/jql") {
                    let record = fake.record(fake.issues[0])
                    return .json(["issues": [record.with("changelog", ["total": 10_000, "histories": []])], "isLast": true])
                }
                guard asked.path.hasSuffix("bulkfetch") else { return nil }
                let start = asked.body["nextPageToken"].string.flatMap { Int($0) } ?? 0
                let size = asked.body["maxResults"].int ?? 0
                let changes = (start..<min(start + size, 10_000)).map { FakeJira.history(fake.issues[0], $0, inBulk: true) }
                let answer: JSONValue = ["issueChangeLogs": [["issueId": "10001", "changeHistories": .array(changes)]]]
                return .json(start + size < 10_000 ? answer.with("nextPageToken", .string(String(start + size))) : answer)
            }
        }
        let store = RecordingIngestionStore()
        let report = try await syncJira(fake.transport, store, projects: ["PAY"])
        #expect(report.isSuccess, "\(report.failures)")
        #expect(await store.count("changelogs") == 10_000)
        #expect(fake.recorder.urls.filter { $0.hasSuffix("bulkfetch") }.count == 1)
    }

    @Test("Texts with NUL and lone surrogates are taken, clean")
    func oddTexts() async throws {
        let fake = FakeJira(pay: 1)
        await fake.edit { fake in
            fake.override = { fake, asked in
                guard asked.path.hasSuffix("search/jql") else { return nil }
                let text = JSONValue(["issues": .array(fake.issues.map(fake.record)), "isLast": true]).serialized
                    .replacing("Issue 1", with: #"A\u0000B\ud83dC"#)
                return HTTPResponse(status: 200, headers: [:], body: Array(text.utf8))
            }
        }
        let store = RecordingIngestionStore()
        _ = try await syncJira(fake.transport, store, projects: ["PAY"])
        #expect(await store.pages.flatMap(\.workItems).first?.summary == "ABC")
    }

    @Test("What the integration asks for besides is kept by its field, and code is seen in the development field")
    func additionalFields() async throws {
        let fake = FakeJira(pay: 2)
        await fake.edit { fake in
            fake.issues[0].fields = [
                "customfield_90": ["value": "Gold"], "customfield_91": .number("7"),
                "customfield_92": [
                    "type": "doc", "content": [["type": "paragraph", "content": [["type": "text", "text": "Why"]]]],
                ],
                "customfield_4": "{branch={count=1}}", "customfield_1": [["id": 7, "name": "S", "state": "active"]],
            ]
            fake.issues[1].fields = ["customfield_4": "{}", "customfield_90": nil]
        }
        let store = RecordingIngestionStore()
        let fields = ["customfield_90", "customfield_91", "customfield_92", "summary"]
        _ = try await syncJira(fake.transport, store, projects: ["PAY"], fields: fields)
        let items = await store.pages.flatMap(\.workItems)
        #expect(items.first?.customFields == ["customfield_90": "Gold", "customfield_91": "7", "customfield_92": "Why"])
        #expect(items.first?.codeChanged == true && items.last?.codeChanged == false)
        #expect(items.first?.sprintIDs == ["7"])
        #expect(items.last?.customFields.isEmpty == true)
    }

    @Test("A failed project is tried alone, with the lists that it needs")
    func alone() async throws {
        let fake = FakeJira(pay: 4, ops: 3)
        let store = RecordingIngestionStore()
        await fake.edit { fake in
            fake.override = { _, asked in
                asked.body["jql"].string?.contains("OPS") == true
                    ? .json(["errorMessages": ["You may not browse OPS."]], status: 403) : nil
            }
        }
        let report = try await syncJira(fake.transport, store)
        #expect(report.failures.map(\.unit) == ["issues:OPS"])
        #expect(report.failures.first?.message.contains("Browse Projects") == true)
        #expect(await store.standing == ["issues:OPS": "permission"])
        await fake.edit { $0.override = nil }
        fake.recorder.forget()
        let again = try await syncJira(fake.transport, store, only: ["issues:OPS"])
        #expect(again.isSuccess)
        #expect(again.units.map(\.name) == ["fields", "projects", "configuration", "issues:OPS"])
        #expect(await store.standing.isEmpty)
        #expect(await store.count("work_items") == 7)
        #expect(fake.recorder.all.map(Asked.init).allSatisfy { $0.body["jql"].string?.contains("PAY") != true })
    }

    @Test("Issues are read anew by id, the moved ones under their new key; what is gone is left out")
    func refresh() async throws {
        let fake = FakeJira(pay: 3)
        await fake.edit { fake in
            fake.override = { fake, asked in
                guard asked.path == "/rest/api/3/issue/bulkfetch" else { return nil }
                let ids = (asked.body["issueIdsOrKeys"].array ?? []).compactMap(\.string)
                return .json(["issues": .array(fake.issues.filter { ids.contains($0.id) }.map(fake.record)), "issueErrors": []])
            }
            fake.issues[1].summary = "Again"
        }
        let store = RecordingIngestionStore()
        let connector = try JiraConnector(
            JiraDefinition(baseURL: FakeJira.host, email: "a@b.test", apiToken: SecretReference(variable: "T")),
            token: Secret("jira_topsecret"),
            transport: fake.transport,
            store: store,
            tenant: UUID(),
            integration: UUID(),
            logger: quiet,
            clock: FakeTime().clock
        )
        #expect(try await connector.refresh(issues: ["10002", "10009", "10003"]) == ["10002", "10003"])
        #expect(await store.row("work_items", "10002")?.contains("Again") == true)
        #expect(await store.count("changelogs") == 1 + 2)
        #expect(await store.checkpoints.isEmpty, "no watermark moves")
    }
}
