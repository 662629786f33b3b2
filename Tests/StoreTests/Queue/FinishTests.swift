import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("The end of a pass", .enabled(if: TestDatabase.isAvailable))  // Needs PULSE_TEST_DATABASE_URL.
struct FinishTests {
    private let policy = QueuePolicy()
    private let space = WrittenSpace(name: "minilm", collection: "pulse_minilm")

    private func chunks(_ texts: String...) -> [WrittenChunk] {
        texts.enumerated().map { WrittenChunk(number: $0.offset, hash: ContentHash(of: $0.element)) }
    }

    private func issues(_ world: World, _ count: Int) async throws {
        try await world.jira(at: 0) { $0.workItems = (1...count).map { World.issue("\($0)", "PAY-\($0)") } }
    }

    private func claim(_ world: World) async throws -> (owner: UUID, rows: [ClaimedRow]) {
        let owner = UUID()
        return (owner, try await world.store.claim(owner: owner, limit: 100, policy: self.policy).sorted { $0.id < $1.id })
    }

    @Test(
        "Completing a row deletes it and writes the ledger; fewer chunks leave no surplus, and a deletion leaves none"
    )
    func ledger() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            try await self.issues(world, 1)
            let entity = try await world.entities(.workItems)[0]
            func pass(_ chunks: [WrittenChunk], space: WrittenSpace?) async throws -> [LedgerEntry] {
                _ = try await world.store.enqueue(tenant: tenant, table: .workItems, entities: [entity])
                let (owner, rows) = try await self.claim(world)
                let ended = rows.map {
                    FinishedPass(row: $0, verdict: .applied, space: space, chunks: chunks, documentVersion: 4)
                }
                let summary = try await world.store.finish(
                    ended,
                    in: space?.name,
                    owner: owner,
                    tenant: tenant,
                    policy: self.policy
                )
                #expect(summary == FinishSummary(done: 1))
                #expect(try await world.queued() == [])
                return try await world.store.ledgerPage(tenant: tenant, space: "minilm", table: .workItems, after: nil, limit: 10)
            }
            let three = try await pass(self.chunks("a", "b", "c"), space: self.space)
            #expect(three.map(\.chunks) == [3] && three[0].documentVersion == 4 && three[0].entity == entity)
            let known = try await world.store.knownVectors(
                tenant: tenant,
                space: "minilm",
                hashes: ["a", "c", "x"].map { ContentHash(of: $0) }
            ).points
            #expect(
                known == [
                    ContentHash(of: "a"): [EntityKey.pointID(entity: entity, chunk: 0)],
                    ContentHash(of: "c"): [EntityKey.pointID(entity: entity, chunk: 2)],
                ]
            )
            #expect(
                try await world.store.knownVectors(tenant: tenant, space: "other", hashes: [ContentHash(of: "a")])
                    == KnownVectors()
            )
            for (space, written) in ["minilm": Set([entity]), "other": []] {
                let known = try await world.store.knownVectors(
                    tenant: tenant,
                    space: space,
                    hashes: [],
                    entities: [entity, UUID()]
                )
                #expect(known == KnownVectors(written: written))
            }
            let one = try await pass(self.chunks("z"), space: self.space)
            #expect(one.map(\.chunks) == [1] && one[0].generation > three[0].generation)
            // Another space's entries are none of this pass's business, until the entity is gone.
            _ = try await pass(self.chunks("z", "y"), space: WrittenSpace(name: "other", collection: "c"))
            #expect(try await world.database.count("SELECT count(*) FROM qdrant_vectors") == 3)
            let counts = try await world.store.tableCounts(tenant: tenant, space: "other").first { $0.table == .workItems }
            #expect(counts.map { [$0.rows, $0.ledgerEntities, $0.ledgerPoints, $0.waiting, $0.failed] } == [1, 1, 2, 0, 0])
            #expect(try await pass([], space: nil).isEmpty)
            #expect(try await world.database.count("SELECT count(*) FROM qdrant_vectors") == 0)
        }
    }

    @Test("A change during the pass leaves the row waiting, with the ledger of what was written")
    func changedMeanwhile() async throws {
        try await World.with { world in
            try await self.issues(world, 1)
            let (owner, rows) = try await self.claim(world)
            try await world.jira(at: 1) { $0.workItems = [World.issue("1", "PAY-1", "changed", updated: 1)] }
            let pass = FinishedPass(row: rows[0], verdict: .applied, space: self.space, chunks: self.chunks("old"))
            let summary = try await world.store.finish(
                [pass],
                in: self.space.name,
                owner: owner,
                tenant: world.tenant.id,
                policy: self.policy
            )
            #expect(summary == FinishSummary(waiting: 1))
            #expect(try await world.database.count("SELECT count(*) FROM qdrant_vectors") == 1)
            let next = try await self.claim(world)
            #expect(next.rows.map(\.generation).first.map { $0 > rows[0].generation } == true)
        }
    }

    @Test("A holder whose lease went to another is refused, and its row is queued again and must settle")
    func refused() async throws {
        try await World.with { world in
            try await self.issues(world, 1)
            let first = try await self.claim(world)
            try await world.database.query("UPDATE vectorization_queue SET lease_until = now() - interval '1 s'")
            let second = try await self.claim(world)
            func finish(_ claim: (owner: UUID, rows: [ClaimedRow])) async throws -> FinishSummary {
                let pass = FinishedPass(row: claim.rows[0], verdict: .applied, space: self.space, chunks: self.chunks("x"))
                return try await world.store.finish(
                    [pass],
                    in: self.space.name,
                    owner: claim.owner,
                    tenant: world.tenant.id,
                    policy: self.policy
                )
            }
            #expect(try await finish(first) == FinishSummary(refused: 1))
            #expect(try await world.database.count("SELECT count(*) FROM qdrant_vectors") == 0)
            // The change that the refusal made is newer than what the second holder has.
            #expect(try await finish(second) == FinishSummary(waiting: 1))
            // It settled after the takeover; now time has passed, and the third pass completes.
            try await world.database.query("UPDATE vectorization_queue SET settle_after = now(), available_at = now()")
            let third = try await self.claim(world)
            #expect(third.rows.map(\.settled) == [true])
            #expect(try await finish(third) == FinishSummary(done: 1))
            // Also where the row is gone already.
            #expect(try await finish(second) == FinishSummary(refused: 1))
            #expect(try await world.queued() == ["work_items PAY-1 update"])
            #expect(try await self.claim(world).rows.map(\.settled) == [false])
        }
    }

    @Test("Each row of a batch gets its own end, whatever order they stand in")
    func mixedBatch() async throws {
        try await World.with { world in
            try await self.issues(world, 6)
            let (owner, rows) = try await self.claim(world)
            let verdicts: [Verdict] = [
                .applied, .failed(RowFailure(.content, "refused\nby the provider\0")), .failed(RowFailure(.rateLimited, "429")),
                .released,
                .unknown(reason: "reset"), .failed(RowFailure(.configuration, "no key")),
            ]
            let passes = zip(rows, verdicts).map { row, verdict in
                FinishedPass(row: row, verdict: verdict, delay: .seconds(60), space: self.space, chunks: self.chunks("x"))
            }
            let summary = try await world.store.finish(
                passes.reversed(),
                in: self.space.name,
                owner: owner,
                tenant: world.tenant.id,
                policy: self.policy
            )
            #expect(summary == FinishSummary(done: 1, waiting: 4, failed: 1))
            let left = try await world.database.query(
                "SELECT external_id || ' ' || status || ' ' || attempts || ' ' || coalesce(error_message, '-') AS line FROM vectorization_queue ORDER BY id"
            ).map { try $0.decode("line", as: String.self) }
            let names = rows.map(\.externalID)
            #expect(
                left == [
                    "\(names[1]) failed 0 refused by the provider", "\(names[2]) pending 0 429", "\(names[3]) pending 0 -",
                    "\(names[4]) pending 0 reset", "\(names[5]) pending 0 no key",
                ]
            )
            #expect(try await world.database.count("SELECT count(DISTINCT entity) FROM qdrant_vectors") == 1)
            // Only what was released can be taken at once.
            #expect(try await self.claim(world).rows.map(\.externalID) == [names[3]])
        }
    }

    @Test("Given-up rows go back by kind or by table, and a change of the entity brings one back too")
    func requeue() async throws {
        try await World.with { world in
            let tenant = world.tenant.id
            try await world.jira(at: 0) {
                $0.workItems = [World.issue("1", "PAY-1"), World.issue("2", "PAY-2")]
                $0.projects = [World.project()]
            }
            func failAll(_ kind: FailureKind) async throws {
                let (owner, rows) = try await self.claim(world)
                let passes = rows.map { FinishedPass(row: $0, verdict: .failed(RowFailure(kind, "because"))) }
                _ = try await world.store.finish(passes, in: self.space.name, owner: owner, tenant: tenant, policy: self.policy)
            }
            try await failAll(.content)
            #expect(try await world.store.deadLetters(tenant: tenant).count == 3)
            #expect(try await world.store.deadLetters(tenant: tenant, limit: 2).count == 2)
            #expect(try await self.claim(world).rows.isEmpty)
            #expect(try await world.store.requeue(tenant: tenant, kind: .configuration) == 0)
            #expect(try await world.store.requeue(tenant: tenant, table: .projects, kind: .content) == 1)
            try await failAll(.crash)
            #expect(try await world.store.requeue(tenant: tenant, kind: .crash) == 1)
            try await failAll(.crash)
            try await world.jira(at: 1) { $0.workItems = [World.issue("1", "PAY-1", "changed", updated: 1)] }
            #expect(try await self.claim(world).rows.map(\.externalID) == ["PAY-1"])
            #expect(try await world.store.requeue(tenant: tenant) == 2)
            let other = try await world.database.tenant("other")
            #expect(try await world.store.requeue(tenant: other.id) == 0)
        }
    }

    @Test("Writers, claimers and finishers at once lose no row: in the end everything is in the ledger")
    func together() async throws {
        try await World.with { world in
            let rounds = 15
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<2 {
                    group.addTask {
                        for round in 0..<rounds {
                            try await world.jira(at: round) {
                                $0.workItems = (1...20).map {
                                    World.issue("\($0)", "PAY-\($0)", "\(writer) \(round)", updated: round * 2 + writer)
                                }
                            }
                        }
                    }
                }
                for _ in 0..<3 {
                    group.addTask {
                        for _ in 0..<400 {
                            let owner = UUID()
                            let rows = try await world.store.claim(owner: owner, limit: 7, policy: self.policy)
                            if rows.isEmpty {
                                try await Task.sleep(for: .milliseconds(5))
                                continue
                            }
                            let documents = try await world.store.documents(
                                tenant: world.tenant.id,
                                table: .workItems,
                                entities: rows.map(\.entity)
                            )
                            let passes = rows.map { row in
                                let title = documents.first { $0.entity == row.entity }?.document.title ?? ""
                                return FinishedPass(row: row, verdict: .applied, space: self.space, chunks: self.chunks(title))
                            }
                            _ = try await world.store.finish(
                                passes,
                                in: self.space.name,
                                owner: owner,
                                tenant: world.tenant.id,
                                policy: self.policy
                            )
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await world.store.backlog().open == 0)
            // What the ledger holds is what stands.
            let documents = try await world.documents(.workItems)
            #expect(documents.count == 20)
            for row in documents {
                let hash = ContentHash(of: row.document.title)
                let known = try await world.store.knownVectors(tenant: world.tenant.id, space: "minilm", hashes: [hash]).points
                #expect(known[hash]?.contains(EntityKey.pointID(entity: row.entity, chunk: 0)) == true, "\(row.externalID)")
            }
        }
    }
}
