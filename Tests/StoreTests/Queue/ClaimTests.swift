import Foundation
import PulseModel
import Store
import TestSupport
import Testing

@Suite("Claims", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(10)))  // Needs PULSE_TEST_DATABASE_URL.
struct ClaimTests {
    private let policy = QueuePolicy()

    private func fill(_ world: World, _ tenant: TestTenant, count: Int, from first: Int = 1) async throws {
        let page = World.page(at: 0) { $0.workItems = (first..<(first + count)).map { World.issue("\($0)", "PAY-\($0)") } }
        _ = try await world.store.write(page, tenant: tenant.id, integration: tenant.jira)
    }

    @Test("A claim is of one tenant; those that are left out stay out, and one alone gets everything")
    func fairness() async throws {
        try await World.with { world in
            let small = try await world.database.tenant("small")
            let tiny = try await world.database.tenant("tiny")
            try await self.fill(world, world.tenant, count: 500)
            try await self.fill(world, small, count: 60)
            try await self.fill(world, tiny, count: 3)
            for _ in 0..<6 {
                let rows = try await world.store.claim(owner: UUID(), limit: 60, policy: self.policy)
                #expect(Set(rows.map(\.tenant)).count == 1)
            }
            let others = try await world.store.claim(owner: UUID(), limit: 100, policy: self.policy, except: [small.id, tiny.id])
            #expect(others.count == 100 && others.allSatisfy { $0.tenant == world.tenant.id })
        }
    }

    @Test("A row is fresh where its entity is new and nobody has held it before")
    func fresh() async throws {
        try await World.with { world in
            try await self.fill(world, world.tenant, count: 2)
            let first = try await world.store.claim(owner: UUID(), limit: 1, policy: self.policy)
            #expect(first.map(\.isFresh) == [true])
            // Its holder dies; then it is another's.
            try await world.database.query(
                "UPDATE vectorization_queue SET lease_until = now() - interval '1 s' WHERE fence IS NOT NULL"
            )
            let again = try await world.store.claim(owner: UUID(), limit: 10, policy: self.policy)
            #expect(again.count == 2)
            #expect(again.allSatisfy { $0.isFresh == ($0.entity != first[0].entity) })
            // Done, and changed later.
            try await world.drain()
            try await world.jira(at: 1) { $0.workItems = [World.issue("1", "PAY-1", "Other", updated: 1)] }
            let changed = try await world.store.claim(owner: UUID(), limit: 10, policy: self.policy)
            #expect(changed.map(\.isFresh) == [false])
            // Gone, and back: as new once its deletion was worked off, and not before.
            for isWorkedOff in [true, false] {
                try await world.drain()
                try await world.database.query("UPDATE work_items SET deleted_at = now() WHERE external_id = 'PAY-1'")
                _ = try await world.store.enqueue(tenant: world.tenant.id, table: .workItems, entities: [changed[0].entity])
                try await world.database.query("DELETE FROM work_items WHERE external_id = 'PAY-1'")
                if isWorkedOff { try await world.drain() }
                try await world.jira(at: isWorkedOff ? 2 : 3) { page in
                    page.workItems = [World.issue("1", "PAY-1", "Back", updated: isWorkedOff ? 2 : 3)]
                }
                let back = try await world.store.claim(owner: UUID(), limit: 10, policy: self.policy)
                #expect(back.map(\.isFresh) == [isWorkedOff])
            }
        }
    }

    @Test("A tenant whose provider takes more texts is claimed in larger portions, of one fence, and nobody else is")
    func sizes() async throws {
        try await World.with { world in
            let other = try await world.database.tenant("other")
            try await self.fill(world, world.tenant, count: 300)
            try await self.fill(world, other, count: 300)
            let sizes = [world.tenant.id: 250, UUID(): 7]
            func claim(_ tenant: UUID?, except: Set<UUID> = []) async throws -> [ClaimedRow] {
                try await world.store.claim(
                    owner: UUID(),
                    limit: 40,
                    policy: self.policy,
                    tenant: tenant,
                    except: except,
                    sizes: sizes
                )
            }
            let sized = try await claim(nil, except: [other.id])
            #expect(sized.count == 250 && Set(sized.map(\.fence)).count == 1)
            #expect(try await claim(world.tenant.id).count == 50)
            #expect(try await claim(nil, except: [world.tenant.id]).count == 40)
        }
    }

    @Test("Where more tenants wait than rows are taken, none waits for ever")
    func manyTenants() async throws {
        try await World.with { world in
            var tenants: Set<UUID> = []
            for index in 0..<8 {
                let tenant = try await world.database.tenant("tenant-\(index)")
                tenants.insert(tenant.id)
                try await self.fill(world, tenant, count: 40)
            }
            var served: Set<UUID> = []
            // 200 draws leave one of eight out less than once in ten billion runs; the rows suffice for all of them.
            for _ in 0..<200 where served != tenants {
                served.formUnion(try await world.store.claim(owner: UUID(), limit: 1, policy: self.policy).map(\.tenant))
            }
            #expect(served == tenants)
        }
    }

    @Test("Live work goes before backfills, and a live change lifts a backfill's row")
    func priority() async throws {
        try await World.with { world in
            try await self.fill(world, world.tenant, count: 20)
            let entities = try await world.entities(.workItems)
            try await world.drain()
            let backfill = Array(entities.prefix(15))
            #expect(
                try await world.store.enqueue(tenant: world.tenant.id, table: .workItems, entities: backfill, priority: 5) == 15
            )
            _ = try await world.store.enqueue(tenant: world.tenant.id, table: .workItems, entities: [backfill[14]], priority: 0)
            _ = try await world.store.enqueue(
                tenant: world.tenant.id,
                table: .workItems,
                entities: Array(entities.suffix(5)),
                priority: 0
            )
            let rows = try await world.store.claim(owner: UUID(), limit: 6, policy: self.policy)
            #expect(Set(rows.map(\.entity)) == Set(entities.suffix(5) + [backfill[14]]))
            // A backfill never pushes live work back.
            _ = try await world.store.enqueue(tenant: world.tenant.id, table: .workItems, entities: [backfill[0]], priority: 9)
            #expect(try await world.database.count("SELECT count(*) FROM vectorization_queue WHERE priority = 9") == 0)
        }
    }

    @Test("Claimers at once never share a row, and each row goes to one of them")
    func concurrentClaims() async throws {
        try await World.with { world in
            let other = try await world.database.tenant("other")
            try await self.fill(world, world.tenant, count: 300)
            try await self.fill(world, other, count: 200)
            let claims = try await withThrowingTaskGroup(of: [ClaimedRow].self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        var mine: [ClaimedRow] = []
                        while true {
                            let rows = try await world.store.claim(owner: UUID(), limit: 17, policy: self.policy)
                            if rows.isEmpty, try await world.store.backlog().pending == 0 { return mine }
                            mine += rows
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claims.count == 500 && Set(claims.map(\.id)).count == 500)
            #expect(try await world.store.backlog().processing == 500)
        }
    }

    @Test("A later claim of a row always has the greater fence")
    func fences() async throws {
        try await World.with { world in
            try await self.fill(world, world.tenant, count: 1)
            var last: Int64 = 0
            for _ in 0..<4 {
                let row = try #require(try await world.store.claim(owner: UUID(), limit: 1, policy: self.policy).first)
                #expect(row.fence > last && row.fence > row.generation)
                last = row.fence
                try await world.database.query("UPDATE vectorization_queue SET lease_until = now() - interval '1 s'")
            }
        }
    }

    @Test(
        "After three crashes a row runs alone, after five it is given up with the reason, and its neighbours are not"
    )
    func crashes() async throws {
        try await World.with { world in
            try await self.fill(world, world.tenant, count: 3)
            let id = try await world.database.count("SELECT min(id) FROM vectorization_queue")
            for crash in 0..<5 {
                let rows = try await world.store.claim(owner: UUID(), limit: 10, policy: self.policy)
                if crash < 3 {
                    #expect(rows.count == 3 && rows.first { $0.id == id }?.crashes == crash)
                } else {
                    #expect(rows.map(\.id) == [id] && rows.map(\.crashes) == [crash])
                }
                // The culprit's worker dies; its neighbours are released.
                try await world.database.query(
                    "UPDATE vectorization_queue SET lease_until = now() - interval '1 s' WHERE id = $1",
                    [.int(id)]
                )
                try await world.database.query(
                    "UPDATE vectorization_queue SET status = 'pending', lease_owner = NULL, lease_until = NULL WHERE id <> $1",
                    [.int(id)]
                )
            }
            let rest = try await world.store.claim(owner: UUID(), limit: 10, policy: self.policy)
            #expect(rest.count == 2 && !rest.map(\.id).contains(id))
            let letters = try await world.store.deadLetters(tenant: world.tenant.id)
            #expect(letters.map(\.kind) == ["crash"] && letters[0].reason?.contains("5 times") == true)
            #expect(try await world.store.requeue(tenant: world.tenant.id, kind: .crash) == 1)
            let again = try await world.store.claim(owner: UUID(), limit: 10, policy: self.policy)
            #expect(again.map(\.id) == [id] && again.map(\.crashes) == [0])
        }
    }

    @Test("Leases that ran out while the database restarted are no crashes of their rows, but must settle all the same")
    func restartedDatabase() async throws {
        try await World.with { world in
            try await self.fill(world, world.tenant, count: 2)
            #expect(try await world.store.claim(owner: UUID(), limit: 10, policy: self.policy).count == 2)
            // One was claimed before the server's last start, the other after it.
            let first = try await world.database.count("SELECT min(id) FROM vectorization_queue")
            try await world.database.query(
                """
                UPDATE vectorization_queue SET lease_until = now() - interval '1 s',
                    started_at = CASE WHEN id = $1 THEN pg_postmaster_start_time() - interval '1 s' ELSE started_at END
                """,
                [.int(first)]
            )
            let rows = try await world.store.claim(owner: UUID(), limit: 10, policy: self.policy).sorted { $0.id < $1.id }
            #expect(rows.map(\.crashes) == [0, 1] && rows.map(\.settled) == [false, false])
        }
    }

    @Test("A heartbeat holds all rows of its claim and none of another's, and tells how many it still holds")
    func heartbeat() async throws {
        try await World.with { world in
            try await self.fill(world, world.tenant, count: 6)
            let (mine, theirs) = (UUID(), UUID())
            #expect(try await world.store.claim(owner: mine, limit: 4, policy: self.policy).count == 4)
            #expect(try await world.store.claim(owner: theirs, limit: 4, policy: self.policy).count == 2)
            try await world.database.query("UPDATE vectorization_queue SET lease_until = now() - interval '1 s'")
            #expect(try await world.store.renew(owner: mine, lease: .seconds(60)) == 4)
            // The other claim has run out: its rows go to the next.
            let taken = try await world.store.claim(owner: UUID(), limit: 10, policy: self.policy)
            #expect(taken.count == 2 && taken.allSatisfy { $0.crashes == 1 && !$0.settled })
            #expect(try await world.store.renew(owner: theirs, lease: .seconds(60)) == 0)
            #expect(try await world.store.renew(owner: UUID(), lease: .seconds(60)) == 0)
        }
    }

    @Test("A claim for one tenant takes no other's rows; the backlog tells when the next row can be taken")
    func oneTenant() async throws {
        try await World.with { world in
            let other = try await world.database.tenant("other")
            try await self.fill(world, world.tenant, count: 2)
            try await self.fill(world, other, count: 3)
            let rows = try await world.store.claim(owner: UUID(), limit: 10, policy: self.policy, tenant: other.id)
            #expect(rows.count == 3 && rows.allSatisfy { $0.tenant == other.id })
            try await world.database.query(
                "UPDATE vectorization_queue SET available_at = now() + interval '1 h' WHERE status = 'pending'"
            )
            #expect(try await world.store.claim(owner: UUID(), limit: 10, policy: self.policy).isEmpty)
            let backlog = try await world.store.backlog(tenant: world.tenant.id)
            #expect(backlog.pending == 2 && backlog.processing == 0 && backlog.open == 2)
            #expect(backlog.nextAt.map { $0.timeIntervalSinceNow > 3_500 } == true)
            #expect(try await world.store.backlog().open == 5)
        }
    }

    @Test("A thousand rows that killed their workers hold up their own tenant only")
    func loneRowsOfOneTenant() async throws {
        try await World.with { world in
            let small = try await world.database.tenant("small")
            try await self.fill(world, world.tenant, count: 1_000)
            try await world.database.query("UPDATE vectorization_queue SET crashes = 3")
            try await self.fill(world, small, count: 10)
            var served: [UUID] = []
            // A fair coin leaves the other out of sixty draws less than once in 10^18 runs; the ten rows go in one claim.
            for _ in 0..<60 where !served.contains(small.id) {
                let rows = try await world.store.claim(owner: UUID(), limit: 100, policy: self.policy)
                served += rows.map(\.tenant).prefix(1)
                #expect(rows.count == (rows.first?.tenant == small.id ? 10 : 1))
            }
            #expect(served.contains(small.id))
        }
    }

    @Test("Ten rows are taken within a few claims, though a million's worth of another tenant waits since long")
    func tenBesidesMany() async throws {
        try await World.with { world in
            let small = try await world.database.tenant("small")
            // As the queue of a tenant looks that has begun: everything live, and older than what comes now.
            try await world.database.query(
                """
                INSERT INTO vectorization_queue (tenant_id, integration_id, source, table_name, external_id, entity, operation,
                    available_at)
                SELECT $1, $2, 'jira', 'work_items', 'PAY-' || n, gen_random_uuid(), 'insert', now() - interval '1 h'
                FROM generate_series(1, 200000) n
                """,
                [.uuid(world.tenant.id), .uuid(world.tenant.jira)]
            )
            try await world.database.query("ANALYZE vectorization_queue")
            var claims: [Int] = []
            for round in 0..<20 {
                try await self.fill(world, small, count: 10, from: round * 10 + 1)
                var count = 0
                var left = 10
                while left > 0, count < 100 {
                    let owner = UUID()
                    let rows = try await world.store.claim(owner: owner, limit: 100, policy: self.policy)
                    count += 1
                    if rows.first?.tenant == small.id { left -= rows.count }
                }
                claims.append(count)
            }
            // Two on the average; twenty rounds above five each would be one in 10^24.
            #expect(claims.min().map { $0 <= 5 } == true && claims.reduce(0, +) < 20 * 10, "\(claims)")
        }
    }
}
