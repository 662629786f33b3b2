import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Moving to another space", .enabled(if: TestDatabase.isAvailable))  // Needs PULSE_TEST_DATABASE_URL.
struct SpaceTests {
    private let policy = QueuePolicy()
    private let old = TenantSpace(space: "old", provider: "old-provider", collection: "pulse_old")
    private let new = TenantSpace(space: "new", provider: "new-provider", collection: "pulse_new")

    // MARK: Short ways

    /// Issues that are indexed in the old space.
    private func indexed(_ world: World, _ count: Int) async throws {
        try await world.jira(at: 0) { $0.workItems = (1...count).map { World.issue("\($0)", "PAY-\($0)") } }
        _ = try await world.store.ensureLiveSpace(tenant: world.tenant.id, proposed: self.old)
        try await self.workOff(world)
    }

    private func finished(_ rows: [ClaimedRow], in space: TenantSpace, _ verdict: Verdict = .applied, present: Bool = true)
        -> [FinishedPass]
    {
        rows.map { row in
            FinishedPass(
                row: row,
                verdict: verdict,
                space: present ? WrittenSpace(name: space.space, collection: space.collection) : nil,
                chunks: present ? [WrittenChunk(number: 0, hash: ContentHash(of: row.externalID))] : [],
                documentVersion: 1
            )
        }
    }

    private func claim(_ world: World) async throws -> (owner: UUID, rows: [ClaimedRow]) {
        let owner = UUID()
        return (owner, try await world.store.claim(owner: owner, limit: 100, policy: self.policy))
    }

    @discardableResult
    private func workOff(_ world: World, in space: TenantSpace? = nil) async throws -> FinishSummary {
        let (owner, rows) = try await self.claim(world)
        let space = space ?? self.old
        return try await world.store.finish(
            self.finished(rows, in: space),
            in: space.space,
            owner: owner,
            tenant: world.tenant.id,
            policy: self.policy
        )
    }

    @discardableResult
    private func begin(_ world: World, builder: UUID) async throws -> BuildingSpace {
        let building = try await world.store.beginBuilding(
            tenant: world.tenant.id,
            space: self.new,
            builder: builder,
            policy: self.policy
        )
        while try await !world.store.fillBacklog(tenant: world.tenant.id, builder: builder, limit: 2) {}
        return building
    }

    private func copies(_ world: World) async throws -> [ClaimedRow] {
        let fence = try await world.store.nextFence()
        return try await world.store.copies(tenant: world.tenant.id, space: "new", limit: 100).enumerated().map { number, copy in
            ClaimedRow(
                id: number,
                tenant: world.tenant.id,
                integration: copy.integration,
                table: .workItems,
                externalID: "\(copy.entity)",
                entity: copy.entity,
                generation: copy.generation,
                fence: fence,
                attempts: copy.attempts,
                crashes: 0,
                settled: copy.settled
            )
        }
    }

    private func end(
        _ rows: [ClaimedRow],
        _ verdict: Verdict = .applied,
        present: Bool = true,
        builder: UUID,
        world: World
    ) async throws -> FinishSummary {
        try await world.store.finishCopies(
            self.finished(rows, in: self.new, verdict, present: present),
            tenant: world.tenant.id,
            space: "new",
            builder: builder,
            policy: self.policy
        )
    }

    private func tryToSwitch(_ world: World, builder: UUID, handingOver most: Int = 0) async throws -> SpaceSwitch {
        try await world.store.switchSpace(
            tenant: world.tenant.id,
            builder: builder,
            policy: self.policy,
            cutting: "as proved",
            handingOver: most
        )
    }

    private func ledger(_ world: World, _ space: String) async throws -> Int {
        try await world.database.count("SELECT count(*) FROM qdrant_vectors WHERE space = $1::text", [.text(space)])
    }

    private func change(_ world: World, _ issue: Int, at minute: Int) async throws {
        try await world.jira(at: minute) {
            $0.workItems = [World.issue("\(issue)", "PAY-\(issue)", "changed \(minute)", updated: minute)]
        }
    }

    // MARK: The way there

    @Test("Every entity of the live space is copied, page by page, and then the new space is live and the old one retired")
    func way() async throws {
        try await World.with { world in
            let builder = UUID()
            try await self.indexed(world, 5)
            try await self.begin(world, builder: builder)
            let building = try #require(try await world.store.buildingSpace(tenant: world.tenant.id))
            #expect(building.total == 5 && building.waiting == 5 && building.isFilled)
            #expect(try await self.tryToSwitch(world, builder: builder) == .notYet(waiting: 5))
            // Whoever works the queue off and whoever searches see the old one until then.
            #expect(try await world.store.liveSpace(tenant: world.tenant.id) == self.old)
            #expect(try await self.end(self.copies(world), builder: builder, world: world) == FinishSummary(done: 5))
            #expect(try await self.tryToSwitch(world, builder: builder) == .switched)
            #expect(try await world.store.liveSpace(tenant: world.tenant.id) == self.new)
            let live = try await world.database.query("SELECT cutting FROM tenant_spaces WHERE state = 'live'")
            #expect(try live.first?.decode("cutting", as: String.self) == "as proved")
            #expect(try await world.store.buildingSpace(tenant: world.tenant.id) == nil)
            #expect(try await self.ledger(world, "new") == 5)
            #expect(try await self.ledger(world, "old") == 5)

            let retired = try await world.store.retiredSpaces(tenant: world.tenant.id)
            #expect(retired.map(\.space) == [self.old])
            #expect(try await world.store.tenantsWithRetiredSpaces() == [world.tenant.id])
            let hash = ContentHash(of: "paid for and not written")
            for space in ["old", "new"] { try await world.store.keep([hash: [1]], tenant: world.tenant.id, space: space) }
            try await world.store.forgetSpace(retired[0], tenant: world.tenant.id)
            for (space, count) in [("old", 0), ("new", 1)] {
                let known = try await world.store.knownVectors(tenant: world.tenant.id, space: space, hashes: [hash])
                #expect(known.kept.count == count, "\(space)")
            }
            #expect(try await self.ledger(world, "new") == 5)
            #expect(try await self.ledger(world, "old") == 0)
            #expect(try await world.store.spaces(tenant: world.tenant.id).map(\.space) == [self.new])
        }
    }

    @Test("What the queue completes meanwhile is copied once more, a change and a deletion alike")
    func changesMeanwhile() async throws {
        try await World.with { world in
            let builder = UUID()
            try await self.indexed(world, 3)
            try await self.begin(world, builder: builder)
            let first = try await self.copies(world)
            // One changes while its copy is on its way, one after it.
            try await self.change(world, 1, at: 1)
            try await self.workOff(world)
            #expect(try await self.end(first, builder: builder, world: world) == FinishSummary(done: 2, waiting: 1))
            try await self.change(world, 2, at: 2)
            #expect(
                try await self.tryToSwitch(world, builder: builder) == .notYet(waiting: 1),
                "its row waits in the queue still"
            )
            try await self.workOff(world)
            #expect(try await self.tryToSwitch(world, builder: builder) == .notYet(waiting: 2))
            let second = try await self.copies(world)
            #expect(second.count == 2 && second.allSatisfy { $0.fence > first[0].fence })
            #expect(try await self.end(second, builder: builder, world: world).done == 2)

            // Gone from its table, and from the old space.
            let entity = try await world.entities(.workItems)[0]
            try await world.database.query("UPDATE work_items SET deleted_at = now() WHERE entity = $1", [.uuid(entity)])
            _ = try await world.store.enqueue(tenant: world.tenant.id, table: .workItems, entities: [entity])
            let (owner, rows) = try await self.claim(world)
            _ = try await world.store.finish(
                self.finished(rows, in: self.old, present: false),
                in: "old",
                owner: owner,
                tenant: world.tenant.id,
                policy: self.policy
            )
            #expect(try await self.ledger(world, "new") == 3, "the other space is no business of the queue's")
            #expect(try await self.end(self.copies(world), present: false, builder: builder, world: world).done == 1)
            #expect(try await self.ledger(world, "new") == 2)
            #expect(try await self.ledger(world, "old") == 2)
            #expect(try await self.tryToSwitch(world, builder: builder) == .switched)
        }
    }

    @Test("A pass that wrote the old space and ends after the switch is for nothing: its rows go back as they were")
    func passAcrossTheSwitch() async throws {
        try await World.with { world in
            let builder = UUID()
            try await self.indexed(world, 2)
            try await self.begin(world, builder: builder)
            _ = try await self.end(self.copies(world), builder: builder, world: world)
            try await self.change(world, 1, at: 1)
            let (owner, rows) = try await self.claim(world)
            #expect(try await self.tryToSwitch(world, builder: builder) == .switched)
            let retired = try await world.store.retiredSpaces(tenant: world.tenant.id)[0]
            let summary = try await world.store.finish(
                self.finished(rows, in: self.old),
                in: "old",
                owner: owner,
                tenant: world.tenant.id,
                policy: self.policy
            )
            #expect(summary == FinishSummary(waiting: 1, hasMoved: true))
            #expect(try await world.database.count("SELECT count(*) FROM vectorization_queue WHERE attempts = 0") == 1)
            #expect(try await self.ledger(world, "old") == 2)
            // What it wrote may land for one deadline more: the old points stand until then.
            let until = try await world.store.lastWrite(
                to: retired,
                tenant: world.tenant.id,
                writeDeadline: self.policy.writeDeadline
            )
            #expect((until?.timeIntervalSinceNow ?? 0) > 25)
            #expect(try await self.workOff(world, in: self.new).done == 1)
        }
    }

    @Test("The points that were left stay until no claim that began before the switch can write any more")
    func oldClaims() async throws {
        try await World.with { world in
            let builder = UUID()
            try await self.indexed(world, 2)
            try await self.begin(world, builder: builder)
            _ = try await self.end(self.copies(world), builder: builder, world: world)
            try await self.change(world, 1, at: 1)
            let (owner, rows) = try await self.claim(world)
            #expect(try await self.tryToSwitch(world, builder: builder) == .switched)
            let retired = try await world.store.retiredSpaces(tenant: world.tenant.id)[0]
            func wait() async throws -> Double {
                let until = try await world.store.lastWrite(
                    to: retired,
                    tenant: world.tenant.id,
                    writeDeadline: self.policy.writeDeadline
                )
                return until?.timeIntervalSinceNow ?? 0
            }
            try await world.database.query("UPDATE tenant_spaces SET settle_after = now() WHERE state = 'retired'")
            #expect(try await wait() > 80, "its lease and one deadline")
            _ = try await world.store.finish(
                self.finished(rows, in: self.old, .released),
                in: "old",
                owner: owner,
                tenant: world.tenant.id,
                policy: self.policy
            )
            #expect(try await wait() == 0)
            // A later claim looks where it writes, and keeps nothing open.
            _ = try await self.claim(world)
            #expect(try await wait() == 0)
        }
    }

    // MARK: Trouble

    @Test("A copy of unknown outcome is made again once it has landed, and only then counts")
    func unknownOutcome() async throws {
        try await World.with { world in
            let builder = UUID()
            try await self.indexed(world, 1)
            try await self.begin(world, builder: builder)
            let unknown = Verdict.unknown(reason: "reset")
            #expect(try await self.end(self.copies(world), unknown, builder: builder, world: world) == FinishSummary(waiting: 1))
            try await world.database.query("UPDATE space_backlog SET available_at = now()")
            let early = try await self.copies(world)
            #expect(early.map(\.settled) == [false])
            #expect(try await self.end(early, builder: builder, world: world) == FinishSummary(waiting: 1))
            #expect(try await self.copies(world).isEmpty, "it waits until the first has landed")
            #expect(try await self.tryToSwitch(world, builder: builder) == .notYet(waiting: 1))
            try await world.database.query("UPDATE space_backlog SET settle_after = now(), available_at = now()")
            #expect(try await self.end(self.copies(world), builder: builder, world: world) == FinishSummary(done: 1))
        }
    }

    @Test("One text that the provider refuses fails alone, and a rate limit costs no attempt")
    func failures() async throws {
        try await World.with { world in
            let builder = UUID()
            try await self.indexed(world, 3)
            try await self.begin(world, builder: builder)
            let rows = try await self.copies(world).sorted { $0.id < $1.id }
            #expect(
                try await self.end([rows[0]], .failed(RowFailure(.content, "too odd")), builder: builder, world: world)
                    == FinishSummary(failed: 1)
            )
            _ = try await self.end([rows[1]], .failed(RowFailure(.rateLimited, "429")), builder: builder, world: world)
            #expect(try await world.database.count("SELECT sum(attempts) FROM space_backlog") == 0)
            _ = try await self.end([rows[2]], builder: builder, world: world)
            try await world.store.hastenCopies(tenant: world.tenant.id, space: "new")
            _ = try await self.end(self.copies(world), builder: builder, world: world)
            #expect(try await world.store.copyFailures(tenant: world.tenant.id, space: "new").map(\.reason) == ["too odd"])
            // Whether one is few enough is for others to say; what was refused goes through the queue.
            #expect(try await self.tryToSwitch(world, builder: builder) == .switched)
            #expect(try await world.queued().count == 1)
        }
    }

    @Test("What the provider that is left had given up is tried with the new one; what kills workers is not")
    func deadLetters() async throws {
        try await World.with { world in
            let builder = UUID()
            try await self.indexed(world, 3)
            for issue in 1...2 { try await self.change(world, issue, at: issue) }
            let (owner, rows) = try await self.claim(world)
            for (row, kind) in zip(rows, [FailureKind.content, .crash]) {
                _ = try await world.store.finish(
                    self.finished([row], in: self.old, .failed(RowFailure(kind, "no"))),
                    in: "old",
                    owner: owner,
                    tenant: world.tenant.id,
                    policy: self.policy
                )
            }
            #expect(try await world.store.deadLetters(tenant: world.tenant.id).count == 2)
            try await self.begin(world, builder: builder)
            _ = try await self.end(self.copies(world), builder: builder, world: world)
            #expect(try await self.tryToSwitch(world, builder: builder) == .switched)
            #expect(try await world.store.deadLetters(tenant: world.tenant.id).map(\.kind) == ["crash"])
        }
    }

    @Test("One builder at a time; who was killed is followed once its lease and its last writes are over")
    func twoBuilders() async throws {
        try await World.with { world in
            let (first, second) = (UUID(), UUID())
            try await self.indexed(world, 2)
            try await self.begin(world, builder: first)
            await #expect(throws: SpaceError.self) { try await self.begin(world, builder: second) }
            #expect(try await world.store.renewBuilding(tenant: world.tenant.id, builder: first, lease: self.policy.lease))
            #expect(try await !world.store.renewBuilding(tenant: world.tenant.id, builder: second, lease: self.policy.lease))

            let late = try await self.copies(world)
            try await world.database.query(
                "UPDATE tenant_spaces SET builder_until = now() - interval '1 s' WHERE builder IS NOT NULL"
            )
            let taken = try await self.begin(world, builder: second)
            #expect((taken.settleAfter?.timeIntervalSinceNow ?? 0) > 25)
            #expect(try await !world.store.renewBuilding(tenant: world.tenant.id, builder: first, lease: self.policy.lease))
            #expect(try await self.end(self.copies(world), builder: second, world: world).done == 2)
            #expect(try await self.tryToSwitch(world, builder: second) == .notYet(waiting: 0), "it must settle")

            // The first wakes up. Nothing is written for it, and both are to be made again.
            #expect(try await self.end(late, builder: first, world: world) == FinishSummary(refused: 2))
            await #expect(throws: SpaceError.lost) { try await self.tryToSwitch(world, builder: first) }
            try await world.database.query("UPDATE tenant_spaces SET settle_after = now()")
            #expect(try await self.tryToSwitch(world, builder: second) == .notYet(waiting: 2))
            let again = try await self.copies(world)
            #expect(again.map(\.settled) == [false, false])
        }
    }

    @Test("A builder that wakes up after the switch has its entities written once more, by the queue")
    func lateBuilder() async throws {
        try await World.with { world in
            let (first, second) = (UUID(), UUID())
            try await self.indexed(world, 2)
            try await self.begin(world, builder: first)
            let late = try await self.copies(world)
            try await world.store.releaseBuilding(tenant: world.tenant.id, builder: first)
            try await self.begin(world, builder: second)
            _ = try await self.end(self.copies(world), builder: second, world: world)
            #expect(try await self.tryToSwitch(world, builder: second) == .switched)
            #expect(try await world.queued() == [])
            #expect(try await self.end(late, builder: first, world: world) == FinishSummary(refused: 2))
            #expect(try await world.queued() == ["work_items PAY-1 update", "work_items PAY-2 update"])
            #expect(try await self.claim(world).rows.map(\.settled) == [false, false])
        }
    }

    @Test("The last few that change faster than they are copied go through the queue")
    func handOver() async throws {
        try await World.with { world in
            let builder = UUID()
            try await self.indexed(world, 3)
            try await self.begin(world, builder: builder)
            _ = try await self.end(self.copies(world), builder: builder, world: world)
            try await self.change(world, 3, at: 1)
            try await self.workOff(world)
            #expect(try await self.tryToSwitch(world, builder: builder, handingOver: 1) == .switched)
            #expect(try await world.queued() == ["work_items PAY-3 update"])
            #expect(try await self.workOff(world, in: self.new).done == 1)
        }
    }

    @Test("Another target is refused while one is built; after it was given up, nothing of it is left to be live")
    func abandon() async throws {
        try await World.with { world in
            let builder = UUID()
            try await self.indexed(world, 1)
            let begun = Date()
            try await self.begin(world, builder: builder)
            let third = TenantSpace(space: "third", provider: "third-provider", collection: "pulse_third")
            await #expect(throws: SpaceError.alreadyBuilding(space: "new", provider: "new-provider")) {
                _ = try await world.store.beginBuilding(
                    tenant: world.tenant.id,
                    space: third,
                    builder: UUID(),
                    policy: self.policy
                )
            }
            let rows = try await self.copies(world)
            #expect(try await world.store.abandonBuilding(tenant: world.tenant.id, policy: self.policy))
            #expect(try await !world.store.abandonBuilding(tenant: world.tenant.id, policy: self.policy))
            #expect(try await world.store.liveSpace(tenant: world.tenant.id) == self.old)
            await #expect(throws: SpaceError.lost) { try await self.tryToSwitch(world, builder: builder) }
            #expect(try await self.end(rows, builder: builder, world: world) == FinishSummary(refused: 1))
            #expect(try await world.queued() == [])
            let retired = try await world.store.retiredSpaces(tenant: world.tenant.id)
            #expect(retired.map(\.space) == [self.new])
            let until = try await world.store.lastWrite(
                to: retired[0],
                tenant: world.tenant.id,
                writeDeadline: self.policy.writeDeadline
            )
            #expect(
                (until?.timeIntervalSince(begun) ?? 0) > 80,
                "its builder may write until its lease is over, and what it wrote land"
            )
        }
    }

    @Test("A collection goes when no space of anybody is in it; one that is used, or built again, stays")
    func collections() async throws {
        try await World.with { world in
            let builder = UUID()
            let other = try await world.database.tenant("other")
            try await self.indexed(world, 1)
            _ = try await world.store.ensureLiveSpace(tenant: other.id, proposed: self.old)
            try await self.begin(world, builder: builder)
            _ = try await self.end(self.copies(world), builder: builder, world: world)
            #expect(try await self.tryToSwitch(world, builder: builder) == .switched)
            let retired = try await world.store.retiredSpaces(tenant: world.tenant.id)[0]
            func drop() async throws -> Bool {
                try await world.store.dropCollection(of: retired, tenant: world.tenant.id) {}
            }
            #expect(try await !drop())
            try await world.database.query("DELETE FROM tenant_spaces WHERE tenant_id = $1", [.uuid(other.id)])
            #expect(try await drop())
            // Back to where it was, while somebody still cleans: what is new there is nobody's to delete.
            try await world.database.query("UPDATE tenant_spaces SET state = 'building' WHERE state = 'retired'")
            #expect(try await !drop())
            try await world.database.query(
                "UPDATE qdrant_vectors SET generation = $1 WHERE space = 'old'",
                [.int(Int(retired.fence) + 1)]
            )
            try await world.store.forgetSpace(retired, tenant: world.tenant.id)
            #expect(try await self.ledger(world, "old") == 1)
            #expect(try await world.store.spaces(tenant: world.tenant.id).count == 2)
        }
    }

    @Test("Nothing is changed for another tenant, and nothing of it is seen")
    func otherTenants() async throws {
        try await World.with { world in
            let other = try await world.database.tenant("other")
            _ = try await world.store.ensureLiveSpace(tenant: other.id, proposed: self.old)
            try await self.indexed(world, 2)
            try await self.begin(world, builder: UUID())
            #expect(try await world.store.buildingSpace(tenant: other.id) == nil)
            #expect(try await world.store.copies(tenant: other.id, space: "new", limit: 10).isEmpty)
            #expect(try await world.store.copyFailures(tenant: other.id, space: "new").isEmpty)
            #expect(try await !world.store.abandonBuilding(tenant: other.id, policy: self.policy))
            #expect(try await world.store.spaces(tenant: other.id).map(\.state) == [.live])
            #expect(try await world.store.copies(tenant: world.tenant.id, space: "new", limit: 10).count == 2)
        }
    }
}
