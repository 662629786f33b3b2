import Foundation
import HTTPTransport
import PulseModel
import Store
import Testing

@testable import Connectors

@Suite("Jira synchronization")
struct JiraSyncTests {
    @Test("A first sync takes lists, issues and whole histories")
    func takesEverything() async throws {
        let fake = FakeJira(pay: 8, ops: 5)
        let store = RecordingIngestionStore()
        let report = try await syncJira(fake.transport, store)
        #expect(report.isSuccess, "\(report.failures)")
        #expect(await store.count("projects") == 2, "only the chosen ones")
        #expect(await store.count("wits") == 2)
        #expect(await store.count("statuses") == 2)
        #expect(await store.count("work_items") == 13)
        #expect(await store.count("changelogs") == (0..<13).reduce(0) { $0 + $1 % 5 })
        #expect(await store.pages.filter(\.derivesConfiguration).count == 1)
        let statuses = await store.pages.flatMap(\.statuses)
        #expect(statuses.first { $0.id == "1" }?.untranslatedName == "To Do")
        #expect(statuses.first { $0.id == "2" }?.projectID == "2")
        #expect(await store.pages.flatMap(\.workItemTypes).first { $0.id == "101" }?.hierarchyLevel == -1)
        let item = try #require(await store.pages.flatMap(\.workItems).first { $0.key == "PAY-3" })
        #expect(item.details == "Words")
        #expect(item.url == "https://fake.atlassian.test/browse/PAY-3")
        #expect(item.createdAt == SourceDate.parse("2025-01-01T00:00:00Z"))
        #expect(item.assignee == nil)
        #expect(item.reporter == "Ada")
    }

    @Test("How long each status lasted is counted from the change before, or from the issue's creation")
    func statusTimes() async throws {
        let fake = FakeJira(pay: 5)
        let store = RecordingIngestionStore()
        _ = try await syncJira(fake.transport, store, projects: ["PAY"])
        // Four changes, two embedded: the others came in bulk.
        let changes = await store.pages.flatMap(\.changelogs).filter { $0.workItemID == "10005" }
        #expect(changes.map(\.id) == ["100050", "100051", "100052", "100053"])
        #expect(changes.map(\.timeInStatusSeconds) == [3_600, 3_600, 3_600, 3_600])
        #expect(changes.first?.enteredAt == SourceDate.parse("2025-01-01T00:00:00Z"))
        #expect(changes.map(\.fromStatusID) == ["1", "2", "1", "2"])
        #expect(changes.last?.changedBy == "Bob")
    }

    @Test("A second sync with nothing new asks little and changes nothing")
    func incremental() async throws {
        let fake = FakeJira(pay: 10, ops: 6)
        let store = RecordingIngestionStore()
        _ = try await syncJira(fake.transport, store)
        let before = await store.content
        fake.recorder.forget()
        let report = try await syncJira(fake.transport, store)
        #expect(report.result.written == 0)
        #expect(await store.content == before)
        // Fields, two pages of projects, types, statuses, one search for each project and at most a few histories.
        #expect(fake.recorder.all.count <= 12, "\(fake.recorder.urls)")
        // Projects are read side by side, in any order.
        let questions = fake.recorder.all.filter { $0.url.hasSuffix("/search/jql") }.map { Asked($0).body["jql"].string }
        let watermark = SourceDate.milliseconds(of: FakeJira.epoch + 16 * 3_600) - 300_000
        #expect(questions.contains("project in (\"OPS\") AND updated >= \(watermark) ORDER BY updated ASC"), "\(questions)")
    }

    @Test("What the search shows late, a little before the watermark, is still found")
    func overlap() async throws {
        let fake = FakeJira(pay: 5)
        let store = RecordingIngestionStore()
        _ = try await syncJira(fake.transport, store, projects: ["PAY"])
        await fake.edit { fake in
            let newest = fake.issues.map(\.updated).max() ?? FakeJira.epoch
            fake.issues.append(.init(number: 77, project: "PAY", summary: "Late", updated: newest - 120, changes: 0))
        }
        _ = try await syncJira(fake.transport, store, projects: ["PAY"])
        #expect(await store.row("work_items", "10077") != nil)
    }

    @Test("Issues that are updated while the search is read are not lost", arguments: 0..<8)
    func moving(seed: Int) async throws {
        let fake = FakeJira(pay: 20)
        await fake.edit { fake in
            fake.override = { fake, asked in
                guard asked.body["nextPageToken"].string != nil, fake.recorder.all.count < 40 else { return nil }
                let index = (fake.recorder.all.count * 7 + seed * 3) % fake.issues.count
                fake.issues[index].updated = fake.tick()
                fake.issues[index].summary += "!"
                return nil
            }
        }
        let store = RecordingIngestionStore()
        let report = try await syncJira(fake.transport, store, projects: ["PAY"])
        #expect(report.isSuccess)
        for issue in await fake.issues {
            #expect(await store.row("work_items", issue.id)?.contains("\"\(issue.summary)\"") == true)
        }
    }

    @Test("Custom fields are found by their schema and name, never by a fixed id")
    func customFields() async throws {
        let fake = FakeJira(pay: 2)
        await fake.edit { fake in
            fake.issues[1].fields = [
                "customfield_1": [["id": 7, "name": "Sprint 7", "state": "closed", "boardId": 8]],
                "customfield_2": .number("5.5"), "customfield_3": "PAY-1",
                "customfield_4": "{pullrequest={dataType=pullrequest}}",
                "customfield_5": "Given, when, then", "customfield_6": ["id": "t", "name": "Payments"],
                "parent": nil,
            ]
            fake.issues[0].fields = ["customfield_4": "{}", "parent": ["id": "10002", "key": "PAY-2"]]
        }
        let store = RecordingIngestionStore()
        _ = try await syncJira(fake.transport, store, projects: ["PAY"], fields: ["customfield_99", "summary"])
        let items = await store.pages.flatMap(\.workItems)
        let item = try #require(items.first { $0.key == "PAY-2" })
        #expect(item.storyPoints == 5.5)
        #expect(item.sprints == ["Sprint 7"])
        #expect(item.parentKey == "PAY-1")
        #expect(item.team == "Payments")
        #expect(item.acceptanceCriteria == "Given, when, then")
        #expect(items.first { $0.key == "PAY-1" }?.parentID == "10002")
        #expect(await store.pages.flatMap(\.sprints).map(\.boardID) == ["8"])
        let links = await store.pages.flatMap(\.links)
        #expect(links.map(\.externalID) == ["PAY-2~acme/api#57"], "GitHub's only")
        #expect(links.first?.origin == .developmentPanel)
        #expect(links.first?.status == "merged")
        #expect(fake.recorder.urls.filter { $0.contains("dev-status") }.count == 1, "only where the field is not empty")
        let asked = fake.recorder.all.map(Asked.init).first { $0.path.hasSuffix("search/jql") }
        let fields = asked?.body["fields"].array?.compactMap(\.string) ?? []
        #expect(fields.contains("customfield_99") && fields.contains("customfield_1"))
        #expect(fields.filter { $0 == "summary" }.count == 1)
    }

    @Test("An issue without key, summary, status or creation date is rejected, and its page goes on")
    func badRecords() async throws {
        let fake = FakeJira(pay: 6)
        await fake.edit { fake in
            fake.pageSize = 10
            fake.override = { fake, asked in
                guard asked.path.hasSuffix("search/jql") else { return nil }
                var records = fake.issues.map(fake.record)
                records[0] = records[0].with("key", "pay-1")
                records[1] = records[1].with("fields", records[1]["fields"].without("summary"))
                records[2] = records[2].with("fields", records[2]["fields"].with("status", nil))
                records[3] = records[3].with("fields", records[3]["fields"].with("created", "01.02.2024"))
                return .json(["issues": .array(records + [nil]), "isLast": true])
            }
        }
        let store = RecordingIngestionStore()
        let report = try await syncJira(fake.transport, store, projects: ["PAY"])
        #expect(report.isSuccess)
        #expect(await store.count("work_items") == 2)
        #expect(
            await store.rejected.map(\.reason) == [
                "key is not like PAY-142: pay-1", "summary is missing", "status is missing",
                "created is not an ISO 8601 date: \"01.02.2024\"", "key is missing",
            ]
        )
    }

    @Test("A project that does not exist fails alone")
    func isolation() async throws {
        let fake = FakeJira(pay: 3)
        let store = RecordingIngestionStore()
        let report = try await syncJira(fake.transport, store, projects: ["NOPE", "PAY"])
        #expect(report.failures.map(\.unit) == ["issues:NOPE"])
        #expect(report.failures.first?.message.contains("does not exist for the field") == true)
        #expect(await store.failures.map(\.unit) == ["issues:NOPE"])
        #expect(await store.count("work_items") == 3)
    }

    @Test("A named project whose key has changed fails with its present key, and the others go on")
    func renamedProject() async throws {
        let fake = FakeJira(pay: 3, ops: 2)
        await fake.edit { fake in
            fake.override = { _, asked in
                switch asked.path {
                case "/rest/api/3/project/search":
                    .json(["values": [FakeJira.project("PAYX", "1"), FakeJira.project("OPS", "2")], "isLast": true])
                case "/rest/api/3/project/PAY": .json(FakeJira.project("PAYX", "1"))
                default: nil
                }
            }
        }
        let store = RecordingIngestionStore()
        let report = try await syncJira(fake.transport, store, projects: ["PAY", "OPS"])
        #expect(report.failures.map(\.unit) == ["issues:PAY"])
        #expect(report.failures.map(\.kind) == [.configuration])
        #expect(report.failures.first?.message.contains("PAY is now PAYX: change `projects`") == true)
        #expect(report.units.allSatisfy { $0.notes.allSatisfy { !$0.contains("PAY") } })
        #expect(await store.count("work_items") == 2)
    }

    @Test("A token that expired begins the pass again where it stood")
    func expiredToken() async throws {
        let fake = FakeJira(pay: 12)
        let store = RecordingIngestionStore(breaking: .after(10))
        _ = try await syncJira(fake.transport, store, projects: ["PAY"])
        await store.mend()
        await fake.edit { fake in
            fake.override = { fake, asked in
                guard asked.body["nextPageToken"].string != nil, asked.body["jql"].string?.contains("updated >=") == false
                else { return nil }
                return .json(["errorMessages": ["The next page token has expired."]], status: 400)
            }
        }
        fake.recorder.forget()
        let report = try await syncJira(fake.transport, store, projects: ["PAY"])
        #expect(report.isSuccess, "\(report.failures)")
        #expect(await store.count("work_items") == 12)
        let questions = fake.recorder.all.map(Asked.init).compactMap { $0.body["jql"].string }
        #expect(questions.first?.contains("updated >=") == false)
        #expect(questions.dropFirst().allSatisfy { $0.contains("updated >= ") })
    }

    @Test("A page token that comes twice ends the unit instead of looping")
    func circle() async throws {
        let fake = FakeJira(pay: 3)
        await fake.edit { fake in
            fake.override = { fake, asked in
                guard asked.path.hasSuffix("search/jql") else { return nil }
                return .json(["issues": .array(fake.issues.map(fake.record)), "nextPageToken": "same"])
            }
        }
        let store = RecordingIngestionStore()
        let report = try await syncJira(fake.transport, store, projects: ["PAY"])
        #expect(report.failures.map(\.kind) == [.dataFormat])
        #expect(fake.recorder.all.count < 20)
        #expect(await store.count("work_items") == 3)
    }

    @Test("Projects, types and statuses that only an issue shows are taken from it")
    func learns() async throws {
        let fake = FakeJira(pay: 2)
        await fake.edit { fake in
            fake.issues[0].fields = [
                "project": ["id": "77", "key": "K", "name": "Hidden"], "issuetype": ["id": "700", "name": "Old"],
                "status": ["id": "70", "name": "Dead", "statusCategory": ["key": "done"]],
            ]
        }
        let store = RecordingIngestionStore()
        let report = try await syncJira(fake.transport, store, projects: [])
        #expect(report.units.map(\.name).suffix(4) == ["issues:PAY", "issues:OPS", "issues:HR", "issues:others"])
        #expect(await store.row("projects", "77") != nil)
        #expect(await store.row("wits", "700") != nil)
        #expect(await store.row("statuses", "70")?.contains("done") == true)
        #expect(await store.row("statuses", "1")?.contains("To Do") == true, "the list's own row is not overwritten")
    }

    @Test("Where histories cannot be had in bulk, they are fetched one by one")
    func withoutBulk() async throws {
        let fake = FakeJira(pay: 5)
        await fake.edit { fake in
            fake.override = { fake, asked in
                if asked.path.hasSuffix("bulkfetch") { return .notFound }
                guard asked.parts.last == "changelog", let issue = fake.issues.first(where: { $0.id == asked.parts[4] })
                else { return nil }
                let start = asked.query["startAt"].flatMap { Int($0) } ?? 0
                let values = (start..<min(start + 2, issue.changes)).map { FakeJira.history(issue, $0, inBulk: false) }
                return .json(["values": .array(values), "isLast": .bool(start + 2 >= issue.changes)])
            }
        }
        let store = RecordingIngestionStore()
        _ = try await syncJira(fake.transport, store, projects: ["PAY"])
        #expect(await store.count("changelogs") == 10)
        #expect(fake.recorder.urls.filter { $0.contains("bulkfetch") }.count == 1, "asked once, then known")
    }

    @Test("Sprints of older servers are read from their text")
    func sprintText() {
        let text =
            "com.atlassian.greenhopper.service.sprint.Sprint@1f[id=7,rapidViewId=8,state=CLOSED,name=Sprint 7, late,goal=<null>,startDate=2020-06-12T00:38:51.882Z]"
        let sprint = JiraRecords.sprint(.string(text))
        #expect(sprint?.id == "7")
        #expect(sprint?.name == "Sprint 7, late")
        #expect(sprint?.state == "closed")
        #expect(sprint?.boardID == "8")
        #expect(sprint?.goal == nil)
        #expect(sprint?.startedAt == SourceDate.parse("2020-06-12T00:38:51.882Z"))
        let empty = JiraRecords.sprint(.string("Sprint@2[id=8,state=ACTIVE,name=A,,B,goal=,startDate=<null>]"))
        #expect(empty?.name == "A,,B" && empty?.goal == nil && empty?.startedAt == nil)
    }
}
