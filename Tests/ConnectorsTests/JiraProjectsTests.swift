import Foundation
import HTTPTransport
import Store
import Testing

@testable import Connectors

@Suite("Jira without named projects")
struct JiraProjectsTests {
    /// The fake's list of projects, all on one page.
    private static func list(_ keys: [String]) -> @Sendable (isolated FakeJira, Asked) -> HTTPResponse? {
        { _, asked in
            switch asked.path {
            case "/rest/api/3/project/search":
                .json(["values": .array(keys.map { FakeJira.project($0, $0 == "PAY" ? "1" : "2") }), "isLast": true])
            case "/rest/api/3/project/PAY" where keys.contains("PAY"): .json(FakeJira.project("PAY", "1"))
            default: nil
            }
        }
    }

    private static let refusal: HTTPResponse = .json(
        ["errorMessages": ["The value 'PAY' does not exist for the field 'project'."]],
        status: 400
    )

    @Test("A project that becomes visible later is read from its beginning at the next sync")
    func laterProject() async throws {
        // The issues of OPS are newer than those of PAY, so PAY's lie before every watermark.
        let fake = FakeJira(pay: 4, ops: 3)
        await fake.edit { fake in
            fake.override = Self.list(["OPS"])
            fake.hidden = ["PAY"]
        }
        let store = RecordingIngestionStore()
        #expect(try await syncJira(fake.transport, store, projects: []).isSuccess)
        #expect(await store.count("work_items") == 3)
        let newest = await store.checkpoints["issues:OPS"]?.watermark
        #expect(newest != nil)

        await fake.edit { fake in
            fake.override = Self.list(["OPS", "PAY"])
            fake.hidden = []
        }
        let report = try await syncJira(fake.transport, store, projects: [])
        #expect(report.isSuccess, "\(report.failures)")
        #expect(report.units.map(\.name).suffix(3) == ["issues:OPS", "issues:PAY", "issues:others"])
        #expect(await store.count("work_items") == 7)
        #expect(await store.checkpoints["issues:OPS"]?.watermark == newest, "each has a watermark of its own")
        let pay = await store.checkpoints["issues:PAY"]?.watermark
        #expect(try #require(pay) < #require(newest))
    }

    @Test("One project's failure is its own, and is tried alone")
    func isolation() async throws {
        let fake = FakeJira(pay: 4, ops: 3)
        let list = Self.list(["OPS", "PAY"])
        await fake.edit { fake in
            fake.override = { fake, asked in
                asked.body["jql"].string?.contains("project in (\"OPS\")") == true
                    ? .json(["errorMessages": ["You may not browse OPS."]], status: 403) : list(fake, asked)
            }
        }
        let store = RecordingIngestionStore()
        let report = try await syncJira(fake.transport, store, projects: [])
        #expect(report.failures.map(\.unit) == ["issues:OPS"])
        #expect(await store.count("work_items") == 4)
        await fake.edit { $0.override = list }
        fake.recorder.forget()
        let again = try await syncJira(fake.transport, store, projects: [], only: ["issues:OPS"])
        #expect(again.isSuccess)
        #expect(await store.standing.isEmpty)
        #expect(await store.count("work_items") == 7)
        #expect(fake.recorder.all.map(Asked.init).allSatisfy { $0.body["jql"].string?.contains("PAY") != true })
    }

    private static let many = ["OPS", "PAY"] + (1...298).map { "P\($0)" }

    /// A site that lists many projects, of which two have issues.
    private static func site(_ keys: [String]) -> @Sendable (isolated FakeJira, Asked) -> HTTPResponse? {
        let list = Self.list(keys)
        return { fake, asked in
            let jql = asked.body["jql"].string ?? ""
            if asked.path == "/rest/api/3/issue/bulkfetch" {
                let ids = (asked.body["issueIdsOrKeys"].array ?? []).compactMap(\.string)
                return .json(["issues": .array(fake.issues.filter { ids.contains($0.id) }.map(fake.record))])
            }
            let isEmpty = jql.contains("project in (\"P") && !jql.contains("\"PAY\"")
            return isEmpty ? .json(["issues": [], "isLast": true]) : list(fake, asked)
        }
    }

    /// Three hundred projects that have been read.
    private func bigSite() async throws -> (fake: FakeJira, store: RecordingIngestionStore) {
        let fake = FakeJira(pay: 4, ops: 3)
        await fake.edit { $0.override = Self.site(Self.many) }
        let store = RecordingIngestionStore()
        let report = try await syncJira(fake.transport, store, projects: [])
        #expect(report.isSuccess, "\(report.failures)")
        #expect(self.issueUnits(report).count == 301)
        #expect(await store.count("work_items") == 7)
        return (fake, store)
    }

    private func issueUnits(_ report: SyncReport) -> [String] {
        report.units.map(\.name).filter { $0.hasPrefix("issues:") }
    }

    @Test("A quiet sync of hundreds of projects is a handful of requests, and reads what the index may have shown late")
    func quiet() async throws {
        let (fake, store) = try await self.bigSite()
        fake.recorder.forget()
        let quiet = try await syncJira(fake.transport, store, projects: [])
        #expect(quiet.isSuccess, "\(quiet.failures)")
        // The newest issue of all is within the overlap.
        #expect(self.issueUnits(quiet) == ["issues:OPS", "issues:others"])
        #expect(fake.recorder.all.count < 15, "\(fake.recorder.urls)")
        #expect(quiet.result.written == 0)
        let watermarks = await store.content.watermarks

        // An issue that was updated before the newest one, and that the search shows only now.
        let newest = try #require(await store.checkpoints["issues:OPS"]?.watermark)
        await fake.edit { fake in
            fake.issues[0].summary = "Shown late"
            fake.issues[0].updated = newest - JiraConnector.overlap + 1
        }
        let late = try await syncJira(fake.transport, store, projects: [])
        #expect(self.issueUnits(late) == ["issues:OPS", "issues:PAY", "issues:others"])
        #expect(late.units.first { $0.name == "issues:PAY" }?.result.written == 1)
        #expect(await store.content.watermarks["issues:P7"] == watermarks["issues:P7"])
    }

    @Test("Of hundreds of projects those are read that changed, failed, came to be listed, or whose position was forgotten")
    func changedOnly() async throws {
        let (fake, store) = try await self.bigSite()
        let list = Self.site(Self.many)
        // The newest issue of all is so much newer that no overlap reaches back to the one that could not be read.
        let (later, newest) = await (fake.tick(), fake.tick())
        await fake.edit { fake in
            fake.issues[0].updated = later
            fake.issues[6].updated = newest
            fake.override = { fake, asked in
                asked.body["jql"].string?.contains("\"PAY\"") == true
                    ? .json(["errorMessages": ["You may not browse PAY."]], status: 403) : list(fake, asked)
            }
        }
        #expect(try await syncJira(fake.transport, store, projects: []).failures.map(\.unit) == ["issues:PAY"])
        await fake.edit { $0.override = Self.site(Self.many + ["P999"]) }
        await store.forget("issues:P7")
        let report = try await syncJira(fake.transport, store, projects: [])
        #expect(report.isSuccess, "\(report.failures)")
        #expect(self.issueUnits(report) == ["issues:OPS", "issues:PAY", "issues:P7", "issues:P999", "issues:others"])
        #expect(await store.checkpoints["issues:PAY"]?.watermark == later)
        #expect(await store.standing.isEmpty)
    }

    @Test("A survey that failed is tried alone, and the sync after it is quiet again")
    func surveyAlone() async throws {
        let (fake, store) = try await self.bigSite()
        let list = Self.site(Self.many)
        await fake.edit { fake in
            fake.override = { fake, asked in
                // Of all projects at once: the survey, and the issues of those that are not listed.
                asked.body["jql"].string?.hasPrefix("updated >= ") == true
                    ? .json(["errorMessages": ["You may not search."]], status: 403) : list(fake, asked)
            }
        }
        #expect(try await syncJira(fake.transport, store, projects: []).failures.map(\.unit) == ["changes", "issues:others"])
        await fake.edit { $0.override = list }
        let again = try await syncJira(fake.transport, store, projects: [], only: ["changes"])
        #expect(again.isSuccess, "\(again.failures)")
        #expect(await store.standing.keys.sorted() == ["issues:others"])
        #expect(self.issueUnits(again).isEmpty)
        let quiet = try await syncJira(fake.transport, store, projects: [])
        #expect(self.issueUnits(quiet) == ["issues:OPS", "issues:others"])
        #expect(await store.standing.isEmpty)
    }

    @Test("Issues of a project that is not listed are read where hundreds are, without naming these")
    func unlistedOfMany() async throws {
        let (fake, store) = try await self.bigSite()
        let later = await fake.tick()
        await fake.edit { fake in
            fake.issues[0].summary = "Changed"
            fake.issues[0].updated = later
            fake.override = Self.site(Self.many.filter { $0 != "PAY" })
        }
        fake.recorder.forget()
        let report = try await syncJira(fake.transport, store, projects: [])
        #expect(report.isSuccess, "\(report.failures)")
        #expect(report.units.last { $0.name == "issues:others" }?.result.written == 1)
        let questions = fake.recorder.all.map(Asked.init).compactMap { $0.body["jql"].string }
        #expect(questions.allSatisfy { $0.utf8.count < 1_000 })
    }

    @Test("Issues of a project that Jira does not list are read, and go on from their own watermark")
    func unlisted() async throws {
        let fake = FakeJira(pay: 4, ops: 3)
        await fake.edit { $0.override = Self.list(["OPS"]) }
        let store = RecordingIngestionStore()
        #expect(try await syncJira(fake.transport, store, projects: []).isSuccess)
        #expect(await store.count("work_items") == 7)
        #expect(await store.count("projects") == 2, "what the issues say of their project is kept")

        // Listed from now on: read from its beginning, and nothing of it is new.
        await fake.edit { $0.override = Self.list(["OPS", "PAY"]) }
        let listed = try await syncJira(fake.transport, store, projects: [])
        #expect(listed.units.filter { $0.name.hasPrefix("issues:") }.allSatisfy { $0.result.written == 0 })

        // Out of the list again, and changed there.
        let later = await fake.tick()
        await fake.edit { fake in
            fake.override = Self.list(["OPS"])
            fake.issues[0].summary = "Changed"
            fake.issues[0].updated = later
        }
        let again = try await syncJira(fake.transport, store, projects: [])
        #expect(again.units.last { $0.name == "issues:others" }?.result.written == 1)
    }

    @Test("Where Jira never answers a list of projects, all issues are read; where it fails for once, they wait for it")
    func unreadableList() async throws {
        let fake = FakeJira(pay: 4, ops: 3)
        let store = RecordingIngestionStore()
        for (status, rows) in [(503, 0), (403, 7)] {
            await fake.edit { fake in
                fake.override = { _, asked in
                    asked.path == "/rest/api/3/project/search" ? .json(["errorMessages": ["No."]], status: status) : nil
                }
            }
            #expect(try await syncJira(fake.transport, store, projects: []).failures.map(\.unit) == ["projects"])
            #expect(await store.count("work_items") == rows)
        }
    }

    @Test("A project that vanishes while the sync runs is no failure, and a failed one is through once it is gone")
    func vanished() async throws {
        let fake = FakeJira(pay: 4, ops: 3)
        let refusal: @Sendable (isolated FakeJira, Asked) -> HTTPResponse? = { _, asked in
            asked.body["jql"].string?.contains("in (\"PAY\"") == true
                ? Self.refusal : nil
        }
        let both = Self.list(["OPS", "PAY"])
        let one = Self.list(["OPS"])
        let store = RecordingIngestionStore()

        // It is listed and there, and yet the search refuses it: that is a failure.
        await fake.edit { $0.override = { fake, asked in refusal(fake, asked) ?? both(fake, asked) } }
        #expect(try await syncJira(fake.transport, store, projects: []).failures.map(\.unit) == ["issues:PAY"])
        #expect(await store.standing == ["issues:PAY": "configuration"])

        // Gone between the list and the search: the one for the issues of no listed project is refused, too, and asked anew.
        fake.recorder.forget()
        await fake.edit { fake in
            fake.hidden = ["PAY"]
            fake.override = { fake, asked in
                if asked.path == "/rest/api/3/project/PAY" { return .notFound }
                if asked.body["jql"].string?.contains("\"PAY\"") == true { return Self.refusal }
                let lists = fake.recorder.all.map(Asked.init).count { $0.path == "/rest/api/3/project/search" }
                return lists == 1 ? both(fake, asked) : one(fake, asked)
            }
        }
        let report = try await syncJira(fake.transport, store, projects: [])
        #expect(report.isSuccess, "\(report.failures)")
        #expect(report.units.contains { $0.notes.contains { $0.contains("PAY is not among the projects") } })
        #expect(await store.standing.isEmpty)
        #expect(await store.count("work_items") == 3)

        // Not even listed, and tried again by name.
        await fake.edit { $0.override = { fake, asked in refusal(fake, asked) ?? one(fake, asked) } }
        let again = try await syncJira(fake.transport, store, projects: [], only: ["issues:PAY"])
        #expect(again.isSuccess, "\(again.failures)")
        #expect(again.units.last?.name == "issues:PAY")
    }
}
