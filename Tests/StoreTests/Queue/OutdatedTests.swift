import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Documents of an older make", .enabled(if: TestDatabase.isAvailable))
// Needs PULSE_TEST_DATABASE_URL.
struct OutdatedTests {
    /// Three issues in the index, the first of them indexed as an earlier release would have.
    private func index(_ world: World, version: Int) async throws {
        let tenant = world.tenant.id
        try await world.jira(at: 0) { $0.workItems = (1...3).map { World.issue("\($0)", "PAY-\($0)") } }
        _ = try await world.store.ensureLiveSpace(
            tenant: tenant,
            proposed: TenantSpace(space: "minilm", provider: "on-device", collection: "c")
        )
        let owner = UUID()
        let rows = try await world.store.claim(owner: owner, limit: 10, policy: QueuePolicy())
        let passes = rows.map { row in
            FinishedPass(
                row: row,
                verdict: .applied,
                space: WrittenSpace(name: "minilm", collection: "c"),
                chunks: [WrittenChunk(number: 0, hash: ContentHash(of: row.externalID))],
                documentVersion: row.externalID == "PAY-1" ? version : WorkItem.documentVersion
            )
        }
        let summary = try await world.store.finish(passes, in: "minilm", owner: owner, tenant: tenant, policy: QueuePolicy())
        #expect(summary.done == 3)
    }

    @Test("They are queued when a process starts, after everything live; those of the present make are not")
    func atStart() async throws {
        try await World.with { world in
            try await self.index(world, version: WorkItem.documentVersion - 1)
            #expect(try await world.store.enqueueOutdated() == 1)
            #expect(try await world.queued() == ["work_items PAY-1 update"])
            #expect(try await world.database.count("SELECT min(priority) FROM vectorization_queue") == 9)
        }
    }

    @Test("A process that is restarted every minute reads the ledger once an hour, and at once when the make is another")
    func restarts() async throws {
        try await World.with { world in
            #expect(try await world.store.enqueueOutdated() == 0)
            try await self.index(world, version: WorkItem.documentVersion - 1)
            #expect(try await world.store.enqueueOutdated() == 0, "looked a moment ago")
            try await world.database.query("UPDATE document_checks SET checked_at = now() - interval '61 min'")
            #expect(try await world.store.enqueueOutdated() == 1)
            try await world.drain()
            try await world.database.query("UPDATE document_checks SET versions = 'of another release'")
            #expect(try await world.store.enqueueOutdated() == 1)
        }
    }
}
