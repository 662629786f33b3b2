import Foundation
import HTTPTransport
import Store
import Synchronization
import TestSupport
import Testing

@testable import Connectors

@Suite("What Jira's lists no longer hold", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
// Needs PULSE_TEST_DATABASE_URL.
struct JiraRemovalTests {
    /// Lists of thirty each, of which some ids are missing; those that are hidden answer when they are asked for.
    private final class Lists: Sendable {
        struct State {
            var gone: [String: Set<Int>] = [:]
            var hidden: [String: Set<Int>] = [:]
        }
        let state = Mutex(State())

        func remove(_ list: String, _ ids: Set<Int>) { self.state.withLock { $0.gone[list, default: []].formUnion(ids) } }
        func hide(_ list: String, _ ids: Set<Int>) { self.state.withLock { $0.hidden[list, default: []].formUnion(ids) } }
        func restore(_ list: String) { self.state.withLock { $0.gone[list] = [] } }

        private func values(_ list: String, _ make: (Int) -> JSONValue) -> [JSONValue] {
            let state = self.state.withLock { $0 }
            let missing = state.gone[list, default: []].union(state.hidden[list, default: []])
            return (1...30).filter { !missing.contains($0) }.map(make)
        }

        func answer(_ asked: Asked) -> HTTPResponse? {
            switch asked.path {
            case "/rest/api/3/project/search":
                return .json([
                    "values": .array(
                        self.values("project") { $0 == 1 ? FakeJira.project("PAY", "1") : FakeJira.project("P\($0)", "\($0)") }
                    ), "isLast": true,
                ])
            case "/rest/api/3/issuetype":
                return .json(.array(self.values("issuetype") { ["id": .string("\(99 + $0)"), "name": .string("Type \($0)")] }))
            case "/rest/api/3/status":
                return .json(
                    .array(
                        self.values("status") {
                            [
                                "id": .string("\($0)"), "name": .string("Status \($0)"),
                                "statusCategory": ["key": $0 > 20 ? "done" : "new"],
                            ]
                        }
                    )
                )
            case "/rest/agile/1.0/board":
                return .json(["isLast": true, "values": [["id": 8, "name": "B", "type": "scrum"]]])
            case "/rest/agile/1.0/board/8/sprint":
                return .json([
                    "isLast": true,
                    "values": .array(
                        self.values("sprint") { ["id": .string("\($0)"), "name": .string("S \($0)"), "originBoardId": 8] }
                    ),
                ])
            case "/rest/api/3/search/jql" where asked.body["jql"].string?.contains("\"PAY\"") == false:
                // No project but PAY has issues; the list of ids, which names no project, goes on to the site.
                return asked.body["jql"].string?.contains("project in") == true ? .json(["issues": [], "isLast": true]) : nil
            default:
                guard let list = asked.parts.dropLast().last, let id = asked.parts.last.flatMap({ Int($0) }),
                    self.state.withLock({ $0.hidden[list]?.contains(list == "issuetype" ? id - 99 : id) == true })
                else { return nil }
                return .json(["id": .string("\(id)")])
            }
        }
    }

    private func with(_ body: @escaping @Sendable (JiraDatabase, Lists) async throws -> Void) async throws {
        let fake = FakeJira(pay: 3)
        let lists = Lists()
        await fake.edit { fake in
            fake.override = { _, asked in lists.answer(asked) }
        }
        try await JiraDatabase.with(fake) { world in
            #expect(try await world.sync().isSuccess)
            try await body(world, lists)
        }
    }

    private func sweep(_ world: JiraDatabase) async throws -> SyncReport {
        try await world.tick()
        return try await world.sync(isSweeping: true)
    }

    @Test(
        "What was absent from two complete readings and does not answer is gone, and not before",
        arguments: [("project", "projects"), ("issuetype", "wits"), ("status", "statuses"), ("sprint", "sprints")]
    )
    func gone(list: String, table: String) async throws {
        try await self.with { world, lists in
            #expect(try await world.ids(table).count == 30)
            try await world.database.query("DELETE FROM vectorization_queue")
            lists.remove(list, [30])
            lists.hide(list, [29])
            let first = try await self.sweep(world)
            #expect(first.isSuccess, "\(first.failures)")
            #expect(try await world.ids(table).count == 30)
            let second = try await self.sweep(world)
            #expect(second.isSuccess, "\(second.failures)")
            let id = list == "issuetype" ? "129" : "30"
            let left = try await world.ids(table)
            #expect(left.count == 29 && !left.contains(id), "\(left)")
            if table != "sprints" {
                let queued = try await world.database.count(
                    "SELECT count(*) FROM vectorization_queue WHERE table_name = $1 AND external_id = $2 AND operation = 'delete'",
                    [.text(table), .text(id)]
                )
                #expect(queued == 1)
            }
            // It comes back.
            lists.restore(list)
            try await world.tick()
            #expect(try await world.sync().isSuccess)
            #expect(try await world.ids(table).count == 30)
        }
    }

    @Test("Where much is missing nothing goes until a person has looked, and the other lists go on")
    func guarded() async throws {
        try await self.with { world, lists in
            lists.remove("status", Set(24...30))
            lists.remove("issuetype", [30])
            for _ in 0..<3 {
                let report = try await self.sweep(world)
                #expect(report.failures.map(\.unit) == ["sweep statuses"], "\(report.failures)")
                #expect(report.failures.first?.message.contains("pulse sweep accept") == true)
            }
            #expect(try await world.ids("statuses").count == 30)
            #expect(try await world.ids("wits").count == 29)
            _ = try await world.store.acceptSweeps(tenant: world.tenant.id, integration: world.tenant.jira, by: "ann")
            #expect(try await self.sweep(world).isSuccess)
            #expect(try await world.ids("statuses").count == 23)
        }
    }

    @Test("A few of a list that no issue uses go without a person, however short the list; a list that comes empty goes never so")
    func few() async throws {
        try await self.with { world, lists in
            lists.remove("status", Set(26...30))
            lists.remove("sprint", Set(26...30))
            for _ in 0..<2 {
                let report = try await self.sweep(world)
                #expect(report.isSuccess, "\(report.failures)")
            }
            #expect(try await world.ids("statuses").count == 25)
            #expect(try await world.ids("sprints").count == 25)
            await world.fake.edit { fake in
                fake.override = { _, asked in
                    asked.path == "/rest/agile/1.0/board" ? .json(["isLast": true, "values": []]) : lists.answer(asked)
                }
            }
            for _ in 0..<3 {
                #expect(try await self.sweep(world).failures.map(\.unit) == ["sweep boards", "sweep sprints"])
            }
            #expect(try await world.ids("boards") == ["8"])
        }
    }

    @Test("A stopped sweep is a failure of each sync, whether it is due or not, until a person has accepted it")
    func stoppedStays() async throws {
        try await self.with { world, lists in
            lists.remove("status", Set(21...30))
            let stopped = try await self.sweep(world)
            for _ in 0..<2 {
                try await world.tick()
                let report = try await world.sync()
                #expect(report.failures == stopped.failures && report.failures.map(\.unit) == ["sweep statuses"])
                let failed = try await world.store.failedUnits(tenant: world.tenant.id)
                #expect(failed.map(\.identity) == ["sweep:statuses"])
            }
            _ = try await world.store.acceptSweeps(tenant: world.tenant.id, integration: world.tenant.jira, by: "ann")
            try await world.tick()
            #expect(try await world.sync().isSuccess)
            let failed = try await world.store.failedUnits(tenant: world.tenant.id)
            #expect(failed.isEmpty)
            #expect(try await world.ids("statuses").count == 20, "an accepted sweep is due at once")
        }
    }

    @Test("What a person has accepted as gone, and is there again, covers nothing else that is missing later")
    func acceptanceOfOthers() async throws {
        try await self.with { world, lists in
            lists.remove("status", Set(21...30))
            #expect(try await self.sweep(world).failures.map(\.unit) == ["sweep statuses"])
            _ = try await world.store.acceptSweeps(tenant: world.tenant.id, integration: world.tenant.jira, by: "ann")
            lists.restore("status")
            #expect(try await self.sweep(world).isSuccess)
            lists.remove("status", Set(11...20))
            for _ in 0..<3 {
                #expect(try await self.sweep(world).failures.map(\.unit) == ["sweep statuses"])
            }
            #expect(try await world.ids("statuses").count == 30)
        }
    }

    @Test("An acceptance lasts until each missing row has been asked for, however often the asking fails")
    func acceptanceLasts() async throws {
        try await self.with { world, lists in
            let isBroken = Mutex(true)
            await world.fake.edit { fake in
                fake.override = { _, asked in
                    switch asked.path {
                    case "/rest/api/3/search/jql" where asked.body["jql"].string?.contains("project in") == false:
                        .json(["issues": [], "isLast": true])
                    case "/rest/api/3/issue/bulkfetch": isBroken.withLock { $0 } ? .json([:], status: 500) : .json(["issues": []])
                    default: lists.answer(asked)
                    }
                }
            }
            #expect(try await self.sweep(world).failures.map(\.kind) == [.configuration])
            _ = try await world.store.acceptSweeps(tenant: world.tenant.id, integration: world.tenant.jira, by: "ann")
            for _ in 0..<2 {
                #expect(try await self.sweep(world).failures.map(\.kind) == [.transient])
            }
            #expect(try await world.ids("work_items").count == 3)
            isBroken.withLock { $0 = false }
            let report = try await self.sweep(world)
            #expect(report.isSuccess, "\(report.failures)")
            #expect(try await world.ids("work_items") == [])
        }
    }

    @Test("A status that an issue stands in is there, whatever the lists say")
    func used() async throws {
        try await self.with { world, lists in
            // The fake's issues stand in 1 and 2.
            lists.remove("status", [1])
            for _ in 0..<3 {
                let report = try await self.sweep(world)
                #expect(report.isSuccess, "\(report.failures)")
            }
            let left = try await world.ids("statuses")
            #expect(left.contains("1"))
        }
    }

    @Test("A sweep that was interrupted, and whose place Jira no longer knows, begins once anew")
    func expiredPlace() async throws {
        try await self.with { world, lists in
            let token = Mutex("refused")
            func answer(_ refusing: Bool) async {
                await world.fake.edit { fake in
                    fake.override = { _, asked in
                        guard asked.path == "/rest/api/3/search/jql", asked.body["fields"].array?.first?.string == "id" else {
                            return lists.answer(asked)
                        }
                        switch asked.body["nextPageToken"].string {
                        case nil: return .json(["issues": [["id": "10001"]], "nextPageToken": .string(token.withLock { $0 })])
                        case "good": return .json(["issues": [["id": "10002"], ["id": "10003"]], "isLast": true])
                        default: return .json(["errorMessages": ["The token is invalid."]], status: refusing ? 400 : 403)
                        }
                    }
                }
            }
            await answer(false)
            #expect(try await self.sweep(world).failures.map(\.kind) == [.permission])
            // Its pages are from before, and their place is no longer good.
            await answer(true)
            token.withLock { $0 = "good" }
            world.fake.recorder.forget()
            for isSweeping in [false, true] {
                try await world.tick()
                let report = try await world.sync(isSweeping: isSweeping)
                #expect(report.isSuccess, "\(report.failures)")
            }
            let places = world.fake.recorder.all.map(Asked.init).filter { $0.body["fields"].array?.first?.string == "id" }
                .map { $0.body["nextPageToken"].string }
            #expect(places == ["refused", nil, "good", nil, "good"])
            // Never again and again.
            token.withLock { $0 = "refused" }
            #expect(try await self.sweep(world).failures.map(\.status) == [400])
        }
    }

    @Test("A failed sweep that is tried alone is tried, although it is not due, with the list that it needs")
    func tried() async throws {
        try await self.with { world, lists in
            lists.remove("status", Set(21...30))
            lists.remove("sprint", [30])
            await world.fake.edit { fake in
                fake.override = { _, asked in
                    asked.path == "/rest/agile/1.0/sprint/30" ? .json([:], status: 500) : lists.answer(asked)
                }
            }
            #expect(try await self.sweep(world).failures.count == 2)
            lists.restore("status")
            await world.fake.edit { fake in fake.override = { _, asked in lists.answer(asked) } }
            for unit in ["sweep:statuses", "sweep:sprints", "sweep:sprints"] {
                try await world.tick()
                let report = try await world.connector().sync(only: [unit])
                #expect(report.isSuccess && report.units.last?.name == unit, "\(report.failures)")
            }
            #expect(try await world.store.failedUnits(tenant: world.tenant.id).isEmpty)
            #expect(try await world.ids("sprints").count == 29)
        }
    }

    @Test("A project goes after its issues, which a person looks at first, and is read from its beginning should it come back")
    func project() async throws {
        try await self.with { world, lists in
            #expect(try await world.ids("work_items").count == 3)
            lists.remove("project", [1])
            await world.fake.edit { fake in
                fake.override = { _, asked in
                    // The project and its issues are out of sight.
                    if asked.path == "/rest/api/3/search/jql", asked.body["jql"].string?.contains("project in") == false {
                        return .json(["issues": [], "isLast": true])
                    }
                    if asked.path == "/rest/api/3/issue/bulkfetch" { return .json(["issues": []]) }
                    return lists.answer(asked)
                }
            }
            for _ in 0..<3 {
                let report = try await self.sweep(world)
                #expect(report.failures.map(\.unit) == ["sweep work_items"], "\(report.failures)")
            }
            #expect(try await world.ids("projects").count == 30)
            #expect(try await world.ids("work_items").count == 3)
            _ = try await world.store.acceptSweeps(tenant: world.tenant.id, integration: world.tenant.jira, by: "ann")
            for _ in 0..<2 {
                let report = try await self.sweep(world)
                #expect(report.isSuccess, "\(report.failures)")
            }
            #expect(try await world.ids("work_items") == [])
            #expect(try await world.ids("projects").count == 29)
            lists.restore("project")
            await world.fake.edit { fake in fake.override = { _, asked in lists.answer(asked) } }
            try await world.tick()
            #expect(try await world.sync().isSuccess)
            #expect(try await world.ids("projects").count == 30)
            #expect(try await world.ids("work_items").count == 3)
        }
    }
}
