import Foundation
import Postgres
import PulseModel
import Store
import TestSupport
import Testing

@Suite("A page takes effect as a whole or not at all", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))
// Needs PULSE_TEST_DATABASE_URL.
struct AtomicityTests {
    /// All rows of all tables that a page can touch.
    private func everything(_ world: World) async throws -> Int {
        let tables =
            EntityTable.allCases.map(\.rawValue) + [
                "vectorization_queue", "key_mentions", "sprints", "source_users", "raw_records", "rejected_records",
                "job_checkpoints",
            ]
        return try await world.database.count(
            "SELECT " + tables.map { "(SELECT count(*) FROM \($0))" }.joined(separator: " + ")
        )
    }

    private func fill(_ page: inout IngestionPage, raw: String) {
        page.workItems = (1...50).map { World.issue("\($0)", "PAY-\($0)") }
        page.pullRequests = [World.pull(57)]
        page.mentions = [World.mentions(57, ["PAY-1": .title])]
        page.users = [SourceUser(id: "u", name: "Ann", isActive: true)]
        page.raw = [RawRecord(kind: "issue", stableID: "1", body: raw)]
        page.checkpoint = Checkpoint(unit: "u", cursor: nil, watermark: World.time(0))
    }

    @Test("A statement that fails near the end leaves nothing of the page behind")
    func failure() async throws {
        try await World.with { world in
            await #expect(throws: PostgresError.self) { try await world.jira(at: 0) { self.fill(&$0, raw: "{\"no json") } }
            #expect(try await self.everything(world) == 0)
            #expect(try await world.store.checkpoint(tenant: world.tenant.id, integration: world.tenant.jira, unit: "u") == nil)
            try await world.jira(at: 0) { self.fill(&$0, raw: "{}") }
            #expect(try await world.queued().count == 52)
        }
    }

    @Test("A connection that breaks in the middle leaves nothing of the page behind, and the next page finds another connection")
    func brokenConnection() async throws {
        try await World.with { world in
            // The page stops at its last statement, where it waits for this lock.
            let blocker = try await PostgresConnection.connect(PostgresConfiguration(url: world.database.url))
            try await blocker.run("BEGIN; LOCK TABLE job_checkpoints IN ACCESS EXCLUSIVE MODE")
            let page = Task { try await world.jira(at: 0) { self.fill(&$0, raw: "{}") } }
            var ended = 0
            for _ in 0..<500 where ended == 0 {
                try await Task.sleep(for: .milliseconds(10))
                // From outside: within its transaction the blocker would see the same sessions again and again.
                ended = try await world.database.query(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()
                    """
                ).count
            }
            #expect(ended == 1)
            await #expect(throws: PostgresError.self) { try await page.value }
            try await blocker.run("ROLLBACK")
            await blocker.close()
            #expect(try await self.everything(world) == 0)
            try await world.jira(at: 0) { self.fill(&$0, raw: "{}") }
            #expect(try await world.queued().count == 52)
        }
    }

    @Test("Writers of overlapping pages neither show a deadlock nor lose rows or queue rows")
    func concurrentWriters() async throws {
        try await World.with { world in
            let writers = 6
            let rounds = 8
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<writers {
                    group.addTask {
                        var dice = SeededRandom(seed: UInt64(writer))
                        for round in 0..<rounds {
                            let name = "w\(writer) r\(round)"
                            let numbers = (1...12).shuffled(using: &dice).prefix(8)
                            if writer.isMultiple(of: 2) {
                                try await world.jira(at: round) {
                                    $0.statuses = [World.status(name: name)]
                                    $0.workItems = numbers.map { World.issue("\($0)", "PAY-\($0)", name, updated: round) }
                                    $0.changelogs = numbers.map { World.change("\($0)", of: "\($0)") }
                                }
                            } else {
                                try await world.github(at: round) {
                                    $0.pullRequests = numbers.map { World.pull($0, name, updated: round) }
                                    $0.commits = numbers.map { World.commit("a", of: $0, message: name) }
                                    $0.mentions = numbers.map { World.mentions($0, ["PAY-\($0)": .title]) }
                                }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            for (table, count) in [
                (EntityTable.workItems, 12), (.changelogs, 12), (.pullRequests, 12), (.commits, 12), (.links, 12),
            ] {
                #expect(try await world.documents(table).count == count, "\(table)")
            }
            let queued = try await world.queued()
            #expect(queued.count == 61 && Set(queued).count == 61)
            #expect(
                try await world.database.count(
                    "SELECT count(*) FROM (SELECT updated FROM work_items UNION ALL SELECT pr_updated_at FROM prs) t WHERE updated < $1",
                    [.timestamp(World.time(rounds - 2))]
                ) == 0
            )
        }
    }
}
