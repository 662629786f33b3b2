import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Writing a page", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))  // Needs PULSE_TEST_DATABASE_URL.
struct WritingTests {
    @Test("Every kind of entity is queued with its row, and its document says what its row and its neighbours hold")
    func roundTrip() async throws {
        try await World.with { world in
            let results = try await world.writeEverything()
            let entities = try await world.database.count(
                EntityTable.allCases.map { "SELECT entity FROM \($0.rawValue)" }.joined(separator: " UNION ALL ")
                    .replacing("SELECT entity", with: "SELECT 1").withCount
            )
            #expect(results.map(\.written).reduce(0, +) == entities)
            #expect(try await world.queued().count == entities)
            for table in EntityTable.allCases {
                let rows = try await world.documents(table)
                #expect(!rows.isEmpty, "\(table)")
                for row in rows {
                    #expect(row.table == table && !row.document.title.isEmpty && !row.document.body.isEmpty)
                    let expected = table.source == .jira ? world.tenant.jira : world.tenant.github
                    #expect(row.integration == expected)
                }
            }
            let issue = try #require(try await world.document(.workItems, "PAY-2"))
            let noted = World.issue("2", "PAY-2", parent: ("1", "PAY-1")).document(
                in: .init(
                    projectKey: "PAY",
                    projectName: "Payments",
                    typeName: "Bug",
                    statusName: "Open",
                    parentSummary: "Reliability"
                )
            )
            #expect(issue == noted)
            let pull = PullRequestContext(
                reference: "acme/api#57",
                title: "Retry once",
                repository: "acme/api",
                url: "https://g/acme/api/pull/57"
            )
            #expect(try await world.document(.pullRequests, "acme/api#57") == World.pull(57).document(in: NoContext()))
            #expect(try await world.document(.commits, "acme/api#57@aaaa") == World.commit("aaaa", of: 57).document(in: pull))
            #expect(try await world.document(.reviews, "8") == World.review("8", of: 57).document(in: pull))
            #expect(try await world.document(.comments, "issue:9") == World.comment("9", of: 57).document(in: pull))
            #expect(
                try await world.document(.comments, "review:9") == World.comment("9", of: 57, kind: .review).document(in: pull)
            )
            #expect(try await world.document(.repositories, "42") == World.repository().document(in: NoContext()))
            #expect(try await world.document(.projects, "10") == World.project().document(in: NoContext()))
            #expect(try await world.document(.wits, "3") == World.type().document(in: .init(mappedTo: "Bug", projectKey: nil)))
            #expect(try await world.document(.statuses, "6")?.parts.last == .init("Mapped to", "Done"))
            #expect(
                try await world.document(.changelogs, "77")
                    == World.change("77", of: "2").document(
                        in: .init(
                            workItemKey: "PAY-2",
                            workItemSummary: "Retry payments",
                            projectKey: "PAY",
                            fromStatusName: "Open",
                            toStatusName: "Done",
                            url: "https://j/PAY-2"
                        )
                    )
            )
            let link = try #require(try await world.document(.links, "PAY-2~acme/api#57"))
            #expect(link.parts.first == .init("Issue", "PAY-2 Retry payments"))
            #expect(link.parts.contains(.init("Pull request", "acme/api#57 Retry once")))
        }
    }

    @Test("Writing the same page again writes and queues nothing")
    func idempotent() async throws {
        try await World.with { world in
            _ = try await world.writeEverything()
            let rows = try await world.rows()
            try await world.drain()
            for minute in [0, 5] {
                for result in try await world.writeEverything(at: minute) {
                    #expect(result.written == 0 && result.queued == 0 && result.unchanged > 0)
                }
            }
            #expect(try await world.queued() == [])
            #expect(try await world.rows() == rows)
        }
    }

    @Test("What the source changed earlier never overwrites what it changed later, whenever it was fetched")
    func olderAtTheSource() async throws {
        try await World.with { world in
            try await world.jira(at: 1) { $0.workItems = [World.issue("1", "PAY-1", "new", updated: 20)] }
            try await world.drain()
            let late = try await world.jira(at: 9) { $0.workItems = [World.issue("1", "PAY-1", "old", updated: 10)] }
            #expect(late.written == 0 && late.unchanged == 1)
            #expect(try await world.document(.workItems, "PAY-1")?.title == "PAY-1 new")
            #expect(try await world.queued() == [])
            let newer = try await world.jira(at: 0) { $0.workItems = [World.issue("1", "PAY-1", "newest", updated: 30)] }
            #expect(newer.written == 1)
            #expect(try await world.queued() == ["work_items PAY-1 update"])
        }
    }

    @Test("Where the source says no time, what was fetched later counts")
    func laterFetch() async throws {
        try await World.with { world in
            try await world.jira(at: 5) { $0.statuses = [World.status(name: "new")] }
            try await world.jira(at: 4) { $0.statuses = [World.status(name: "old")] }
            #expect(try await world.document(.statuses, "5")?.title == "Status new")
            try await world.jira(at: 6) { $0.statuses = [World.status(name: "newest")] }
            #expect(try await world.document(.statuses, "5")?.title == "Status newest")
        }
    }

    @Test("A set that is whole buries what it no longer holds, and nothing fetched before rises again")
    func tombstones() async throws {
        try await World.with { world in
            try await world.github(at: 0) {
                $0.pullRequests = [World.pull(57), World.pull(58)]
                $0.commits = [World.commit("a", of: 57), World.commit("b", of: 57), World.commit("c", of: 58)]
                $0.reviews = [World.review("1", of: 57), World.review("2", of: 57)]
            }
            try await world.drain()
            let result = try await world.github(at: 10) {
                $0.commits = [World.commit("b", of: 57)]
                $0.completeSets = [
                    .init(.commits, repositoryID: "42", number: 57), .init(.reviews, repositoryID: "42", number: 57),
                ]
            }
            #expect(result.written == 3)
            #expect(
                try await world.queued() == ["prs_commits acme/api#57@a delete", "prs_reviews 1 delete", "prs_reviews 2 delete"]
            )
            #expect(try await world.documents(.commits).map(\.externalID) == ["acme/api#57@b", "acme/api#58@c"])
            try await world.drain()
            // A page that was fetched before the burial, or at the same moment.
            for minute in [5, 10] {
                let replay = try await world.github(at: minute) { $0.commits = [World.commit("a", of: 57, message: "changed")] }
                #expect(replay.written == 0)
            }
            #expect(try await world.queued() == [])
            // One that was fetched later proves that it is back.
            try await world.github(at: 11) { $0.commits = [World.commit("a", of: 57)] }
            #expect(try await world.queued() == ["prs_commits acme/api#57@a update"])
            #expect(try await world.documents(.commits).count == 3)
            // A whole set that was fetched before that buries nothing that is newer.
            try await world.github(at: 10) { $0.completeSets = [.init(.commits, repositoryID: "42", number: 57)] }
            #expect(try await world.documents(.commits).map(\.externalID).contains("acme/api#57@a"))
        }
    }

    @Test("Sprints, people, raw and rejected records are kept once, the newest state of each")
    func besideTheEntities() async throws {
        try await World.with { world in
            func write(at minute: Int, name: String) async throws -> IngestionResult {
                try await world.jira(at: minute) {
                    $0.sprints = [
                        Sprint(
                            id: "1",
                            name: name,
                            state: "active",
                            goal: nil,
                            boardID: "4",
                            startedAt: World.time(0),
                            endsAt: nil,
                            completedAt: nil
                        )
                    ]
                    $0.users = [SourceUser(id: "u", name: name, isActive: true)]
                    $0.raw = [RawRecord(kind: "issue", stableID: "1", body: "{\"name\":\"\(name)\"}")]
                    $0.rejected = [
                        RejectedRecord(kind: "jira_issue", identity: "PAY-9", reason: "no summary"),
                        RejectedRecord(kind: "jira_issue", identity: "PAY-9", reason: "no summary"),
                    ]
                    $0.checkpoint = Checkpoint(
                        unit: "issues:PAY",
                        cursor: "{\"page\":\"\(name)\"}",
                        watermark: World.time(minute)
                    )
                }
            }
            for (minute, name) in [(2, "b"), (1, "a"), (2, "b"), (3, "c")] {
                #expect(try await write(at: minute, name: name).rejected == 2)
            }
            let row = try await world.database.query(
                """
                SELECT (SELECT string_agg(name, ',') FROM sprints) AS s, (SELECT string_agg(name, ',') FROM source_users) AS u,
                    (SELECT string_agg(body->>'name', ',') FROM raw_records) AS r, (SELECT sum(occurrences) FROM rejected_records)::bigint AS o
                """
            )[0]
            #expect(try row.decode("s", as: String.self) == "c")
            #expect(try row.decode("u", as: String.self) == "c")
            #expect(try row.decode("r", as: String.self) == "c")
            #expect(try row.decode("o", as: Int.self) == 4)
            let rejections = try await world.store.rejections(tenant: world.tenant.id)
            #expect(
                rejections.map { "\($0.integration) \($0.kind) \($0.identity) \($0.reason) \($0.occurrences)" } == [
                    "jira jira_issue PAY-9 no summary 4"
                ]
            )
            let checkpoint = try await world.store.checkpoint(
                tenant: world.tenant.id,
                integration: world.tenant.jira,
                unit: "issues:PAY"
            )
            #expect(checkpoint == Checkpoint(unit: "issues:PAY", cursor: "{\"page\": \"c\"}", watermark: World.time(3)))
        }
    }

    @Test("A unit's failure is visible until its next page, and moves no position")
    func failedUnits() async throws {
        try await World.with { world in
            let (tenant, jira) = (world.tenant.id, world.tenant.jira)
            try await world.jira(at: 0) { $0.checkpoint = Checkpoint(unit: "u", cursor: nil, watermark: World.time(7)) }
            try await world.store.recordFailure(tenant: tenant, integration: jira, unit: "u", kind: "transient", message: "gone")
            #expect(try await world.store.failedUnits(tenant: tenant).map(\.reason) == ["gone"])
            #expect(try await world.store.checkpoint(tenant: tenant, integration: jira, unit: "u")?.watermark == World.time(7))
            // A watermark never falls.
            try await world.jira(at: 1) { $0.checkpoint = Checkpoint(unit: "u", cursor: nil, watermark: World.time(3)) }
            #expect(try await world.store.failedUnits(tenant: tenant).isEmpty)
            #expect(try await world.store.checkpoint(tenant: tenant, integration: jira, unit: "u")?.watermark == World.time(7))
        }
    }
}

extension String {
    fileprivate var withCount: String { "SELECT count(*) FROM (\(self)) all_rows" }
}
