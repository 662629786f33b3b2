import Foundation
import PulseModel
import TestSupport
import Vectorization

/// One schedule: sources that change, workers that crash, stall and come back, a Qdrant that answers late or not at all; then all
/// heals, the queue drains, and the index must say what the sources say.
struct Simulation {
    /// A protocol with a piece taken out, to prove that the simulation would notice.
    enum Sabotage: CaseIterable {
        case noSettling
        case noCondition
        case noEnqueueAfterRefusal
        case noSweep
        case completesWhatChanged
        case unknownCountsAsApplied
        case sweepsNothingThatTheLedgerLacks
    }

    private struct Worker {
        var pass: VectorizationPass?
        var owner = 0
        var stalledUntil = 0.0
        /// Documents as read: the version, nil where the entity is gone.
        var read: [UUID: Int?] = [:]
        /// Between the lease check and the send, a process may stop for any time. It is not killed before it has reported: a
        /// write that leaves a process after its lease, from a process that then dies, is what `pulse audit` is there for.
        var held: VectorizationPass.Step?
    }

    private static let times = QueueTimes(lease: 10, writeDeadline: 6, attempts: 1_000, failAfterCrashes: 5)
    private static let ids: [UUID] = (0..<4).map { UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, UInt8($0))) }
    private static let indexes: [UUID: Int] = Dictionary(uniqueKeysWithValues: Self.ids.enumerated().map { ($1, $0) })

    private var random: SeededRandom
    private let sabotage: Sabotage?
    private let entities: Int
    private var now = 0.0
    private var sequence: Int64 = 0
    private var owners = 0
    /// The sources: a version, nil where deleted.
    private var sources: [Int?]
    private var versions = 0
    private var queue: [QueueRow?]
    /// How many chunks of each entity are noted down.
    private var ledger: [Int]
    private var qdrant: ModelQdrant
    private var workers: [Worker]
    private var healed = false

    init(seed: UInt64, sabotage: Sabotage? = nil) {
        self.random = SeededRandom(seed: seed)
        self.sabotage = sabotage
        self.entities = 1 + self.random.below(3)
        self.sources = Array(repeating: nil, count: self.entities)
        self.queue = Array(repeating: nil, count: self.entities)
        self.ledger = Array(repeating: 0, count: self.entities)
        self.qdrant = ModelQdrant(entities: self.entities, ignoresCondition: sabotage == .noCondition)
        self.workers = Array(repeating: Worker(), count: 2 + self.random.below(2))
    }

    /// - Returns: what went wrong; nil where all invariants held.
    mutating func run() -> String? {
        for _ in 0..<(30 + self.random.below(50)) {
            self.step()
            if let violation = self.violation { return violation }
        }
        // All faults cease; the processes that stand still wake up.
        self.healed = true
        var steps = 0
        while self.workers.contains(where: { $0.pass != nil }) || self.queue.contains(where: { $0 != nil }) {
            for index in self.queue.indices where self.queue[index]?.status == .failed {
                self.sequence += 1
                self.queue[index]?.enqueue(generation: self.sequence, now: self.now)
            }
            self.step()
            if let violation = self.violation { return violation }
            steps += 1
            if steps > 5_000 { return "the queue does not drain: \(self.queue)" }
        }
        self.now += Self.times.writeDeadline + 1
        self.qdrant.advance(to: self.now)
        return self.difference(where: { _ in true })
    }

    /// What must hold at every moment: no earlier claim's point replaces a later one's, and what is not in the queue is in the
    /// index. The latter but while a process that lost its lease has yet to report: it will put its rows back.
    private var violation: String? {
        if self.qdrant.wentBack { return "an earlier claim's point took the place of a later one's" }
        let hasZombie = self.workers.contains { worker in
            worker.pass?.rows.contains { self.queue[$0.id]?.owner != worker.owner } ?? false
        }
        return hasZombie ? nil : self.difference { self.queue[$0] == nil }
    }

    /// Where index and sources differ.
    private func difference(where condition: (Int) -> Bool) -> String? {
        for entity in 0..<self.entities where condition(entity) {
            let points = self.qdrant.points[entity]
            guard let version = self.sources[entity] else {
                if !points.isEmpty { return "entity \(entity) is deleted and has points \(points)" }
                continue
            }
            for chunk in 0..<ModelQdrant.chunks(version) where points[chunk]?.version != version {
                return "entity \(entity) chunk \(chunk) is \(String(describing: points[chunk])), not version \(version)"
            }
            if points.count != ModelQdrant.chunks(version) { return "entity \(entity) has surplus points \(points)" }
        }
        return nil
    }

    // MARK: Scheduling

    private mutating func step() {
        self.now += self.random.fraction() * 1.5
        self.qdrant.advance(to: self.now)
        let choice = self.random.below(self.workers.count + (self.healed ? 0 : 1))
        if choice == self.workers.count {
            self.changeSource()
        } else {
            self.run(worker: choice)
        }
    }

    private mutating func changeSource() {
        let entity = self.random.below(self.entities)
        self.versions += 1
        let wasThere = self.sources[entity] != nil
        self.sources[entity] = self.random.chance(0.35) ? nil : self.versions
        self.enqueue(entity, isInsert: !wasThere && self.sources[entity] != nil)
    }

    private mutating func enqueue(_ entity: Int, isInsert: Bool) {
        self.sequence += 1
        if self.queue[entity] == nil {
            self.queue[entity] = QueueRow(generation: self.sequence, now: self.now, isInsert: isInsert)
        } else {
            self.queue[entity]?.enqueue(generation: self.sequence, now: self.now, isInsert: isInsert)
        }
    }

    private mutating func run(worker index: Int) {
        if !self.healed {
            if self.workers[index].stalledUntil > self.now { return }
            if self.random.chance(0.06), self.workers[index].pass != nil, self.workers[index].held == nil {
                // Killed: whatever it had sent goes its way.
                self.workers[index] = Worker()
                return
            }
            if self.random.chance(0.08) {
                self.workers[index].stalledUntil = self.now + self.random.fraction() * Self.times.lease * 2
                return
            }
        }
        if let step = self.workers[index].held {
            self.workers[index].held = nil
            self.send(step, worker: index)
            return
        }
        guard var pass = self.workers[index].pass else {
            self.claim(worker: index)
            return
        }
        if self.random.chance(0.2) { self.heartbeat(worker: index, pass: &pass) }
        let step = pass.next(now: self.now)
        self.workers[index].pass = pass
        switch step {
        case .read:
            self.workers[index].read = [:]
            var present: Set<UUID> = []
            for row in pass.rows {
                let version = self.sources[Self.indexes[row.entity] ?? 0]
                self.workers[index].read[row.entity] = version
                if version != nil { present.insert(row.entity) }
            }
            self.workers[index].pass?.read(present: present)
        case .embed(let entities):
            var failures: [UUID: RowFailure] = [:]
            if !self.healed {
                for entity in entities where self.random.chance(0.08) {
                    failures[entity] = RowFailure(self.random.chance(0.5) ? .rateLimited : .transient, "refused")
                }
            }
            let unwritten = entities.filter { self.ledger[Self.indexes[$0] ?? 0] == 0 }
            self.workers[index].pass?.embedded(failures: failures, unwritten: Set(unwritten))
        case .upsert, .sweep:
            if !self.healed, self.random.chance(0.1) {
                self.workers[index].held = step
                self.workers[index].stalledUntil = self.now + self.random.fraction() * Self.times.lease * 2
            } else {
                self.send(step, worker: index)
            }
        case .finish:
            self.finish(worker: index, pass: pass)
        }
    }

    // MARK: What a worker does

    private mutating func claim(worker index: Int) {
        for entity in self.queue.indices { self.queue[entity]?.expire(now: self.now, policy: Self.times) }
        let limit = 1 + self.random.below(3)
        var taken: [Int] = []
        for entity in self.queue.indices where taken.count < limit {
            if let row = self.queue[entity], row.status == .pending, row.availableAt <= self.now { taken.append(entity) }
        }
        guard !taken.isEmpty else { return }
        self.owners += 1
        self.sequence += 1
        let rows = taken.compactMap { entity -> ClaimedRow? in
            let isFresh = self.queue[entity]?.isFresh ?? false
            guard
                let settled = self.queue[entity]?.claim(
                    owner: self.owners,
                    fence: self.sequence,
                    now: self.now,
                    policy: Self.times
                ), let row = self.queue[entity]
            else { return nil }
            return ClaimedRow(
                id: entity,
                tenant: Self.ids[0],
                integration: Self.ids[0],
                table: .workItems,
                externalID: "\(entity)",
                entity: Self.ids[entity],
                generation: row.generation,
                fence: self.sequence,
                attempts: row.attempts,
                crashes: row.crashes,
                settled: settled || self.sabotage == .noSettling,
                isFresh: isFresh || self.sabotage == .sweepsNothingThatTheLedgerLacks
            )
        }
        self.workers[index] = Worker(
            pass: VectorizationPass(rows: rows, leaseEnds: self.now + Self.times.lease),
            owner: self.owners
        )
    }

    private mutating func heartbeat(worker index: Int, pass: inout VectorizationPass) {
        var held = 0
        for entity in self.queue.indices {
            guard let row = self.queue[entity], row.status == .processing, row.owner == self.workers[index].owner else {
                continue
            }
            self.queue[entity]?.leaseUntil = self.now + Self.times.lease
            held += 1
        }
        if held == pass.rows.count { pass.renewed(leaseEnds: self.now + Self.times.lease) } else { pass.lostLease() }
    }

    private mutating func send(_ step: VectorizationPass.Step, worker index: Int) {
        guard let pass = self.workers[index].pass else { return }
        switch step {
        case .upsert(let entities):
            let versions = entities.map { entity in
                (entity: Self.indexes[entity] ?? 0, version: (self.workers[index].read[entity] ?? nil) ?? 0)
            }
            let outcome = self.write(.upsert(versions), fence: pass.fence)
            self.workers[index].pass?.upserted(Dictionary(uniqueKeysWithValues: entities.map { ($0, outcome) }))
        case .sweep(let present, let absent):
            let outcome: VectorizationPass.WriteOutcome
            if self.sabotage == .noSweep {
                outcome = .applied
            } else {
                outcome = self.write(
                    .sweep(present: present.map { Self.indexes[$0] ?? 0 }, absent: absent.map { Self.indexes[$0] ?? 0 }),
                    fence: pass.fence
                )
            }
            self.workers[index].pass?.swept(Dictionary(uniqueKeysWithValues: (present + absent).map { ($0, outcome) }))
        case .read, .embed, .finish:
            return
        }
    }

    /// Sends a request that may be refused, applied, applied with its answer lost, applied late, or lost.
    private mutating func write(_ request: ModelQdrant.Request, fence: Int64) -> VectorizationPass.WriteOutcome {
        let unknown: VectorizationPass.WriteOutcome =
            self.sabotage == .unknownCountsAsApplied ? .applied : .unknown(reason: "no answer")
        switch self.healed ? 1 : self.random.fraction() {
        case 0..<0.08:
            return .failed(RowFailure(self.random.chance(0.5) ? .rateLimited : .transient, "overloaded"))
        case ..<0.16:
            self.qdrant.apply(request, fence: fence)
            return unknown
        case ..<0.34:
            self.qdrant.applyLater(request, fence: fence, at: self.now + self.random.fraction() * Self.times.writeDeadline)
            return unknown
        case ..<0.4:
            return unknown
        default:
            self.qdrant.apply(request, fence: fence)
            return .applied
        }
    }

    private mutating func finish(worker index: Int, pass: VectorizationPass) {
        for (row, verdict) in pass.verdicts {
            let entity = row.id
            var generation = row.generation
            if self.sabotage == .completesWhatChanged, let standing = self.queue[entity] { generation = standing.generation }
            let completion = self.queue[entity]?.finish(
                owner: self.workers[index].owner,
                generation: generation,
                settled: row.settled,
                verdict: verdict,
                delay: self.random.fraction() * 3,
                now: self.now,
                policy: Self.times
            )
            if completion != .refused, completion != nil, verdict == .applied {
                let version = self.workers[index].read[row.entity] ?? nil
                self.ledger[entity] = version.map(ModelQdrant.chunks) ?? 0
            }
            switch completion {
            case .done:
                self.queue[entity] = nil
            case .kept:
                continue
            case .refused, nil:
                guard self.sabotage != .noEnqueueAfterRefusal else { continue }
                self.sequence += 1
                if self.queue[entity] == nil { self.queue[entity] = QueueRow(generation: self.sequence, now: self.now) }
                self.queue[entity]?.enqueueAgain(generation: self.sequence, now: self.now, policy: Self.times)
            }
        }
        self.workers[index] = Worker()
    }
}
