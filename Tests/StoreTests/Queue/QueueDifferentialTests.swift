import Foundation
import Postgres
import PulseModel
import Store
import TestSupport
import Testing

/// Drives the SQL and ``QueueRow`` through the same random lives and holds them against each other after each step.
///
/// The database's clock cannot be moved, so the row's times are: all of them go back by as much as time is to pass.
@Suite("The queue's SQL does what the value `QueueRow` says", .enabled(if: TestDatabase.isAvailable))
// Needs PULSE_TEST_DATABASE_URL.
struct QueueDifferentialTests {
    private static let policy = QueuePolicy(lease: .seconds(6_000), writeDeadline: .seconds(3_000), attempts: 3)
    private static let times = QueueTimes(lease: 6_000, writeDeadline: 3_000, attempts: 3, failAfterCrashes: 5)

    private struct Holder {
        var number: Int
        var owner: UUID
        var claimed: ClaimedRow
        var generation: Int64
        var settled: Bool
    }

    private struct Life {
        var row: QueueRow?
        /// Seconds by which the row's times went back.
        var passed = 0.0
        private let began = ContinuousClock.now
        var holders: [Holder] = []
        var owners = 0
        var sequence: Int64 = 0
        var log: [String] = []

        /// The database's clock goes on meanwhile.
        var now: Double { self.passed + (ContinuousClock.now - self.began) / .seconds(1) }

        mutating func next() -> Int64 {
            self.sequence += 1
            return self.sequence
        }
    }

    @Test("States agree after every step of random lives", arguments: 0..<12)
    func differential(seed: Int) async throws {
        try await World.with { world in
            var dice = SeededRandom(seed: UInt64(seed) &* 7919)
            try await world.jira(at: 0) { $0.workItems = [World.issue("1", "PAY-1")] }
            let entity = try await world.entities(.workItems)[0]
            for _ in 0..<6 {
                try await world.drain()
                var life = Life()
                for _ in 0..<45 {
                    try await self.step(&life, entity: entity, world: world, dice: &dice)
                    let agrees = try await self.agrees(life, world: world)
                    #expect(agrees, "seed \(seed): \(life.log.joined(separator: ", "))")
                    guard agrees else { return }
                }
            }
        }
    }

    private func step(_ life: inout Life, entity: UUID, world: World, dice: inout SeededRandom) async throws {
        switch Int.random(in: 0..<12, using: &dice) {
        case 0, 1:
            life.log.append("change")
            #expect(try await world.store.enqueue(tenant: world.tenant.id, table: .workItems, entities: [entity]) == 1)
            // As where the change brings the entity.
            let isInsert = Bool.random(using: &dice)
            if isInsert, life.row?.isInsert ?? true {
                try await world.database.query("UPDATE vectorization_queue SET operation = 'insert'")
            }
            let generation = life.next()
            if life.row == nil {
                life.row = QueueRow(generation: generation, now: life.now, isInsert: isInsert)
            } else {
                let now = life.now
                life.row?.enqueue(generation: generation, now: now, isInsert: isInsert)
            }
        case 2, 3, 4:
            // Multiples of 70, which the limits are not: no sum of them is within 10 s of one.
            let steps: [Double] = [70, 210, 2_940, 3_080, 5_950, 6_090, 10_010]
            let seconds = steps.randomElement(using: &dice) ?? 70
            life.log.append("\(Int(seconds)) s")
            life.passed += seconds
            try await world.database.query(
                """
                UPDATE vectorization_queue SET lease_until = lease_until - make_interval(secs => $1),
                    available_at = available_at - make_interval(secs => $1), settle_after = settle_after - make_interval(secs => $1)
                """,
                [.double(seconds)]
            )
        case 5, 6, 7:
            try await self.claim(&life, world: world)
        case 8:
            let sent = try await world.store.requeue(tenant: world.tenant.id)
            life.log.append("requeue \(sent)")
            #expect(sent == (life.row?.status == .failed ? 1 : 0))
            let generation = life.next()
            let now = life.now
            if life.row?.status == .failed { life.row?.enqueue(generation: generation, now: now) }
        default:
            try await self.finish(&life, world: world, dice: &dice)
        }
    }

    private func claim(_ life: inout Life, world: World) async throws {
        life.owners += 1
        let owner = UUID()
        let rows = try await world.store.claim(owner: owner, limit: 10, policy: Self.policy)
        // A claim first ends the leases that ran out.
        let (number, now) = (life.owners, life.now)
        life.row?.expire(now: now, policy: Self.times)
        let isFresh = life.row?.isFresh ?? false
        let settled = life.row?.claim(owner: number, fence: 0, now: now, policy: Self.times)
        life.log.append("claim \(life.owners) \(settled.map { $0 ? "settled" : "unsettled" } ?? "nothing")")
        #expect(rows.map(\.settled) == [settled].compactMap(\.self), "\(life.log)")
        #expect(rows.allSatisfy { $0.isFresh == isFresh }, "\(life.log)")
        guard let claimed = rows.first, let row = life.row, let settled else { return }
        #expect(claimed.attempts == row.attempts && claimed.crashes == row.crashes)
        life.holders.append(
            Holder(number: life.owners, owner: owner, claimed: claimed, generation: row.generation, settled: settled)
        )
    }

    private func finish(_ life: inout Life, world: World, dice: inout SeededRandom) async throws {
        // Mostly the newest holder, sometimes one whose lease is long gone.
        guard let index = Bool.random(using: &dice) ? life.holders.indices.last : life.holders.indices.randomElement(using: &dice)
        else { return }
        let holder = life.holders.remove(at: index)
        let delays: [Double] = [0, 200, 4_000]
        let delay = delays.randomElement(using: &dice) ?? 0
        let verdicts: [Verdict] = [
            .applied, .applied, .applied, .released, .unknown(reason: "reset"), .failed(RowFailure(.transient, "503")),
            .failed(RowFailure(.rateLimited, "429")), .failed(RowFailure(.content, "too long")),
            .failed(RowFailure(.configuration, "no key")),
        ]
        let verdict = verdicts.randomElement(using: &dice) ?? .applied
        let pass = FinishedPass(row: holder.claimed, verdict: verdict, delay: .seconds(delay))
        let summary = try await world.store.finish(
            [pass],
            in: nil,
            owner: holder.owner,
            tenant: world.tenant.id,
            policy: Self.policy
        )
        var completion = QueueRow.Completion.refused
        if var row = life.row {
            completion = row.finish(
                owner: holder.number,
                generation: holder.generation,
                settled: holder.settled,
                verdict: verdict,
                delay: delay,
                now: life.now,
                policy: Self.times
            )
            life.row = completion == .done ? nil : row
        }
        if completion == .refused {
            let generation = life.next()
            var row = life.row ?? QueueRow(generation: generation, now: life.now)
            row.enqueueAgain(generation: generation, now: life.now, policy: Self.times)
            life.row = row
        }
        life.log.append("finish \(holder.number) \(verdict) after \(Int(delay)): \(completion)")
        let expected =
            switch completion {
            case .done: FinishSummary(done: 1)
            case .refused: FinishSummary(refused: 1)
            case .kept: life.row?.status == .failed ? FinishSummary(failed: 1) : FinishSummary(waiting: 1)
            }
        #expect(summary == expected, "\(life.log)")
    }

    private func agrees(_ life: Life, world: World) async throws -> Bool {
        let rows = try await world.database.query(
            """
            SELECT status, attempts, crashes, failure_kind, lease_owner,
                extract(epoch FROM available_at - now())::double precision AS available,
                extract(epoch FROM settle_after - now())::double precision AS settles,
                extract(epoch FROM lease_until - now())::double precision AS lease
            FROM vectorization_queue
            """
        )
        guard let row = rows.first, let model = life.row else { return rows.isEmpty && life.row == nil }
        // The two clocks are read one after the other, and the machine may be busy.
        func near(_ left: Double?, _ right: Double?) -> Bool {
            guard let left, let right else { return left == nil && right == nil }
            return abs(left - right) < 9
        }
        let status: String = try row.decode("status")
        guard rows.count == 1, status == model.status.rawValue else { return false }
        guard try row.decode("attempts", as: Int.self) == model.attempts, try row.decode("crashes", as: Int.self) == model.crashes
        else { return false }
        guard try near(row.decode("settles"), model.settleAfter.map { $0 - life.now }) else { return false }
        switch model.status {
        case .processing:
            let holder = life.holders.first { $0.number == model.owner }
            return try near(row.decode("lease"), model.leaseUntil - life.now)
                && row.decode("lease_owner", as: UUID?.self) == holder?.owner
        case .failed:
            return try row.decode("failure_kind", as: String?.self) == model.failure?.rawValue
        case .pending:
            return try near(row.decode("available"), model.availableAt - life.now)
                && row.decode("lease_owner", as: UUID?.self) == nil
        }
    }
}
