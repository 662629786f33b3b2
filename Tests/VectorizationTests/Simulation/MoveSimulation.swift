import Foundation
import PulseModel
import TestSupport
import Vectorization

/// One schedule of a tenant that moves to another space: sources change, workers of the queue and builders crash, stall and come back,
/// Qdrant answers late or not at all, meanwhile or afterwards. In the end the new space must say what the sources say.
///
/// The proof before the switch is left out: the protocol must do without it.
struct MoveSimulation {
    /// A protocol with a piece taken out, to prove that the simulation would notice.
    enum Sabotage: CaseIterable {
        case completionsAreNotNoted
        case changedCopiesEnd
        case unsettledCopiesEnd
        case takeoverDoesNotSettle
        case lateBuilderIsForgotten
        case lateBuilderDoesNotSettle
        case switchIsNotNoticed
        case switchForgetsFailures
    }

    /// How fast processes and sources are beside the time in which a write may land.
    private struct Pace {
        var times: QueueTimes
        /// The longest time between two steps.
        var step: Double
        /// Steps before all heals: at least so many, and fewer than that many more.
        var steps: (least: Int, more: Int)
        /// Steps of each process for one change of the sources.
        var stepsPerChange: Int
        /// How long a process stands still at the most: anywhere, and between the lease check and the send.
        var stall: Double
        var hold: Double
        /// How often it stops between the two.
        var holds: Double
        /// How often a write lands late, and how much of the write deadline is over by then at the least.
        var late: Double
        var earliest: Double

        /// A pass takes longer than a write can be late.
        static let slow = Pace(
            times: QueueTimes(lease: 10, writeDeadline: 6, attempts: 4, failAfterCrashes: 50),
            step: 1.5,
            steps: (40, 80),
            stepsPerChange: 1,
            stall: 20,
            hold: 20,
            holds: 0.1,
            late: 0.18,
            earliest: 0
        )
        /// Several passes fit into the time in which a write can land, late ones land at its very end, and a process that stopped before
        /// it sent wakes up after others have taken over.
        static let fast = Pace(
            times: QueueTimes(lease: 4, writeDeadline: 6, attempts: 4, failAfterCrashes: 50),
            step: 0.12,
            steps: (60, 240),
            stepsPerChange: 5,
            stall: 2,
            hold: 20,
            holds: 0.3,
            late: 0.4,
            earliest: 0.9
        )
    }

    private enum Role { case worker, builder }

    private struct Process {
        var role: Role
        var pass: VectorizationPass?
        var owner = 0
        var stalledUntil = 0.0
        /// Where the pass writes, as it was when it began to read.
        var space = 0
        var read: [UUID: Int?] = [:]
        /// Between the lease check and the send.
        var held: VectorizationPass.Step?
        /// It has sent what it held, maybe after its lease: it is not killed before it has reported.
        var hasToReport = false
        /// Of a builder: until when it may write, as it knows.
        var leaseEnds = -Double.infinity
    }

    private struct Building {
        var holder: Int?
        var until = 0.0
        var settleAfter = 0.0
        var isFilled = false
    }

    private static let ids: [UUID] = (0..<4).map { UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, UInt8($0))) }
    private static let indexes: [UUID: Int] = Dictionary(uniqueKeysWithValues: Self.ids.enumerated().map { ($1, $0) })

    private var random: SeededRandom
    private let sabotage: Sabotage?
    private let pace: Pace
    private let entities: Int
    private var now = 0.0
    private var sequence: Int64 = 0
    private var owners = 0
    private var sources: [Int?]
    private var versions = 0
    private var queue: [QueueRow?]
    private var backlog: [BacklogRow?]
    private var ledger: Set<Int> = []
    /// The same of the space that is built.
    private var copied: Set<Int> = []
    private var spaces: [ModelQdrant]
    private var live = 0
    private var building: Building?
    private var processes: [Process]
    private var healed = false

    init(seed: UInt64, sabotage: Sabotage? = nil) {
        self.random = SeededRandom(seed: seed)
        self.sabotage = sabotage
        self.pace = self.random.chance(0.7) ? .fast : .slow
        self.entities = 1 + self.random.below(3)
        self.sources = Array(repeating: nil, count: self.entities)
        self.queue = Array(repeating: nil, count: self.entities)
        self.backlog = Array(repeating: nil, count: self.entities)
        let empty = ModelQdrant(entities: self.entities, ignoresCondition: false)
        self.spaces = [empty, empty]
        self.processes = [Process(role: .worker), Process(role: .worker), Process(role: .builder), Process(role: .builder)]
        // The old space has it all.
        for entity in 0..<self.entities where self.random.chance(0.8) {
            self.versions += 1
            self.sequence += 1
            self.sources[entity] = self.versions
            self.spaces[0].apply(.upsert([(entity, self.versions)]), fence: self.sequence)
            self.ledger.insert(entity)
        }
        self.building = Building()
    }

    /// - Returns: what went wrong; nil where all invariants held.
    mutating func run() -> String? {
        for _ in 0..<(self.pace.steps.least + self.random.below(self.pace.steps.more)) {
            self.step()
            if let violation = self.violation { return violation }
        }
        self.healed = true
        var steps = 0
        while self.building != nil || self.processes.contains(where: { $0.pass != nil })
            || self.queue.contains(where: { $0 != nil })
        {
            for index in self.queue.indices where self.queue[index]?.status == .failed {
                self.sequence += 1
                self.queue[index]?.enqueue(generation: self.sequence, now: self.now)
            }
            self.step()
            if let violation = self.violation { return violation }
            steps += 1
            if steps > 8_000 { return "it does not come to its end: \(self.queue) \(self.backlog)" }
        }
        self.now += self.pace.times.writeDeadline + 1
        self.advance()
        return self.difference(where: { _ in true })
    }

    /// What is not in the queue is in the live space, but while a process that lost its lease has yet to report.
    private var violation: String? {
        if self.spaces.contains(where: \.wentBack) { return "an earlier claim's point took the place of a later one's" }
        let hasZombie = self.processes.contains { process in
            guard let pass = process.pass else { return false }
            if process.role == .builder { return self.building?.holder != process.owner }
            return pass.rows.contains { self.queue[$0.id]?.owner != process.owner }
        }
        return hasZombie ? nil : self.difference { self.queue[$0] == nil }
    }

    private func difference(where condition: (Int) -> Bool) -> String? {
        for entity in 0..<self.entities where condition(entity) {
            let points = self.spaces[self.live].points[entity]
            guard let version = self.sources[entity] else {
                if !points.isEmpty { return "entity \(entity) is deleted and has points \(points) in space \(self.live)" }
                continue
            }
            for chunk in 0..<ModelQdrant.chunks(version) where points[chunk]?.version != version {
                return "space \(self.live): entity \(entity) chunk \(chunk) is not version \(version): \(points)"
            }
            if points.count != ModelQdrant.chunks(version) { return "space \(self.live): entity \(entity) has surplus \(points)" }
        }
        return nil
    }

    // MARK: Scheduling

    private mutating func advance() {
        for index in self.spaces.indices { self.spaces[index].advance(to: self.now) }
    }

    private mutating func step() {
        self.now += self.random.fraction() * self.pace.step
        self.advance()
        let choices = self.processes.count * self.pace.stepsPerChange
        let choice = self.random.below(choices + (self.healed ? 0 : 1))
        if choice == choices { self.changeSource() } else { self.run(process: choice % self.processes.count) }
    }

    private mutating func changeSource() {
        let entity = self.random.below(self.entities)
        self.versions += 1
        let wasThere = self.sources[entity] != nil
        self.sources[entity] = self.random.chance(0.35) ? nil : self.versions
        let isInsert = !wasThere && self.sources[entity] != nil
        self.sequence += 1
        if self.queue[entity] == nil {
            self.queue[entity] = QueueRow(generation: self.sequence, now: self.now, isInsert: isInsert)
        } else {
            self.queue[entity]?.enqueue(generation: self.sequence, now: self.now, isInsert: isInsert)
        }
    }

    private mutating func run(process index: Int) {
        if !self.healed {
            if self.processes[index].stalledUntil > self.now { return }
            let mayDie = self.processes[index].held == nil && !self.processes[index].hasToReport
            if self.random.chance(0.06), mayDie {
                // Killed: whatever it had sent goes its way.
                self.processes[index] = Process(role: self.processes[index].role)
                return
            }
            if self.random.chance(0.08) {
                self.processes[index].stalledUntil = self.now + self.random.fraction() * self.pace.stall
                return
            }
        }
        if let step = self.processes[index].held {
            self.processes[index].held = nil
            self.processes[index].hasToReport = true
            self.send(step, process: index)
            return
        }
        guard var pass = self.processes[index].pass else {
            switch self.processes[index].role {
            case .worker: self.claim(process: index)
            case .builder: self.build(process: index)
            }
            return
        }
        if self.random.chance(0.2) { self.heartbeat(process: index, pass: &pass) }
        let step = pass.next(now: self.now)
        self.processes[index].pass = pass
        switch step {
        case .read:
            if self.processes[index].role == .worker { self.processes[index].space = self.live }
            self.processes[index].read = [:]
            var present: Set<UUID> = []
            for row in pass.rows {
                let version = self.sources[Self.indexes[row.entity] ?? 0]
                self.processes[index].read[row.entity] = version
                if version != nil { present.insert(row.entity) }
            }
            self.processes[index].pass?.read(present: present)
        case .embed(let entities):
            var failures: [UUID: RowFailure] = [:]
            if !self.healed {
                for entity in entities where self.random.chance(0.12) {
                    let kinds: [FailureKind] = [.rateLimited, .transient, .content]
                    failures[entity] = RowFailure(kinds[self.random.below(3)], "refused")
                }
            }
            let known = self.processes[index].space == 0 ? self.ledger : self.copied
            let unwritten = entities.filter { !known.contains(Self.indexes[$0] ?? 0) }
            self.processes[index].pass?.embedded(failures: failures, unwritten: Set(unwritten))
        case .upsert, .sweep:
            if !self.healed, self.random.chance(self.pace.holds) {
                self.processes[index].held = step
                self.processes[index].stalledUntil = self.now + self.random.fraction() * self.pace.hold
            } else {
                self.send(step, process: index)
            }
        case .finish:
            switch self.processes[index].role {
            case .worker: self.finishRows(process: index, pass: pass)
            case .builder: self.finishCopies(process: index, pass: pass)
            }
        }
    }

    private mutating func heartbeat(process index: Int, pass: inout VectorizationPass) {
        let owner = self.processes[index].owner
        if self.processes[index].role == .builder {
            guard self.building?.holder == owner else { return pass.lostLease() }
            self.building?.until = self.now + self.pace.times.lease
            self.processes[index].leaseEnds = self.now + self.pace.times.lease
            return pass.renewed(leaseEnds: self.now + self.pace.times.lease)
        }
        var held = 0
        for entity in self.queue.indices where self.queue[entity]?.status == .processing && self.queue[entity]?.owner == owner {
            self.queue[entity]?.leaseUntil = self.now + self.pace.times.lease
            held += 1
        }
        if held == pass.rows.count { pass.renewed(leaseEnds: self.now + self.pace.times.lease) } else { pass.lostLease() }
    }

    // MARK: Writing

    private mutating func send(_ step: VectorizationPass.Step, process index: Int) {
        guard let pass = self.processes[index].pass else { return }
        let space = self.processes[index].space
        switch step {
        case .upsert(let entities):
            let versions = entities.map { entity in
                (entity: Self.indexes[entity] ?? 0, version: (self.processes[index].read[entity] ?? nil) ?? 0)
            }
            let outcome = self.write(.upsert(versions), fence: pass.fence, space: space)
            self.processes[index].pass?.upserted(Dictionary(uniqueKeysWithValues: entities.map { ($0, outcome) }))
        case .sweep(let present, let absent):
            let request = ModelQdrant.Request.sweep(
                present: present.map { Self.indexes[$0] ?? 0 },
                absent: absent.map { Self.indexes[$0] ?? 0 }
            )
            let outcome = self.write(request, fence: pass.fence, space: space)
            self.processes[index].pass?.swept(Dictionary(uniqueKeysWithValues: (present + absent).map { ($0, outcome) }))
        case .read, .embed, .finish:
            return
        }
    }

    /// Sends a request that may be refused, applied, applied with its answer lost, applied late, or lost.
    private mutating func write(_ request: ModelQdrant.Request, fence: Int64, space: Int) -> VectorizationPass.WriteOutcome {
        let unknown = VectorizationPass.WriteOutcome.unknown(reason: "no answer")
        switch self.healed ? 1 : self.random.fraction() {
        case 0..<0.06:
            return .failed(RowFailure(self.random.chance(0.5) ? .rateLimited : .transient, "overloaded"))
        case ..<0.12:
            self.spaces[space].apply(request, fence: fence)
            return unknown
        case ..<0.16:
            return unknown
        case ..<(0.16 + self.pace.late):
            let part = self.pace.earliest + self.random.fraction() * (1 - self.pace.earliest)
            self.spaces[space].applyLater(request, fence: fence, at: self.now + part * self.pace.times.writeDeadline)
            return unknown
        default:
            self.spaces[space].apply(request, fence: fence)
            return .applied
        }
    }

    // MARK: The queue

    private mutating func claim(process index: Int) {
        for entity in self.queue.indices { self.queue[entity]?.expire(now: self.now, policy: self.pace.times) }
        let limit = 1 + self.random.below(3)
        let taken = self.queue.indices.filter { entity in
            self.queue[entity].map { $0.status == .pending && $0.availableAt <= self.now } ?? false
        }.prefix(limit)
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
                    policy: self.pace.times
                ), let row = self.queue[entity]
            else { return nil }
            return self.row(entity, generation: row.generation, settled: settled, isFresh: isFresh)
        }
        self.processes[index] = Process(
            role: .worker,
            pass: VectorizationPass(rows: rows, leaseEnds: self.now + self.pace.times.lease),
            owner: self.owners
        )
    }

    private func row(_ entity: Int, generation: Int64, settled: Bool, isFresh: Bool = false) -> ClaimedRow {
        ClaimedRow(
            id: entity,
            tenant: Self.ids[0],
            integration: Self.ids[0],
            table: .workItems,
            externalID: "\(entity)",
            entity: Self.ids[entity],
            generation: generation,
            fence: self.sequence,
            attempts: 0,
            crashes: 0,
            settled: settled,
            isFresh: isFresh
        )
    }

    private mutating func finishRows(process index: Int, pass: VectorizationPass) {
        let process = self.processes[index]
        let wrote = pass.verdicts.contains { verdict in
            switch verdict.verdict {
            case .applied, .unknown: true
            case .failed, .released: false
            }
        }
        let hasMoved = process.space != self.live && wrote && self.sabotage != .switchIsNotNoticed
        for (row, verdict) in pass.verdicts {
            let completion = self.queue[row.id]?.finish(
                owner: process.owner,
                generation: row.generation,
                settled: row.settled,
                verdict: hasMoved ? .released : verdict,
                delay: self.random.fraction() * 3,
                now: self.now,
                policy: self.pace.times
            )
            guard let completion, completion != .refused else {
                self.queueAgain(row.id)
                continue
            }
            if completion == .done { self.queue[row.id] = nil }
            guard verdict == .applied, !hasMoved else { continue }
            self.noteDown(row, of: process)
            if self.building != nil, self.sabotage != .completionsAreNotNoted { self.note(row.id) }
        }
        self.processes[index] = Process(role: .worker)
    }

    /// The ledger of the space that was written.
    private mutating func noteDown(_ row: ClaimedRow, of process: Process) {
        let isGone = process.read[row.entity] ?? nil == nil
        switch (process.space, isGone) {
        case (0, true): self.ledger.remove(row.id)
        case (0, false): self.ledger.insert(row.id)
        case (_, true): self.copied.remove(row.id)
        case (_, false): self.copied.insert(row.id)
        }
    }

    private mutating func queueAgain(_ entity: Int) {
        self.sequence += 1
        if self.queue[entity] == nil { self.queue[entity] = QueueRow(generation: self.sequence, now: self.now) }
        self.queue[entity]?.enqueueAgain(generation: self.sequence, now: self.now, policy: self.pace.times)
    }

    private mutating func note(_ entity: Int) {
        self.sequence += 1
        if self.backlog[entity] == nil {
            self.backlog[entity] = BacklogRow(generation: self.sequence, now: self.now)
        } else {
            self.backlog[entity]?.note(generation: self.sequence, now: self.now)
        }
    }

    // MARK: The builder

    private mutating func build(process index: Int) {
        guard var building = self.building else { return }
        if building.holder == nil || building.holder != self.processes[index].owner {
            guard building.holder == nil || building.until < self.now else { return }
            if building.holder != nil, self.sabotage != .takeoverDoesNotSettle {
                building.settleAfter = self.now + self.pace.times.writeDeadline
            }
            self.owners += 1
            building.holder = self.owners
            self.processes[index].owner = self.owners
        }
        building.until = self.now + self.pace.times.lease
        self.processes[index].leaseEnds = building.until
        self.building = building
        guard building.settleAfter <= self.now else { return }
        if !building.isFilled {
            for entity in self.ledger where self.backlog[entity] == nil {
                self.sequence += 1
                self.backlog[entity] = BacklogRow(generation: self.sequence, now: self.now)
            }
            self.building?.isFilled = true
            return
        }
        let waiting = self.backlog.indices.filter { self.backlog[$0].map { !$0.failed } ?? false }
        guard !waiting.isEmpty else { return self.switchSpace() }
        let ready = waiting.filter { self.backlog[$0].map { $0.availableAt <= self.now } ?? false }
        guard !ready.isEmpty else { return }
        self.sequence += 1
        let rows = ready.prefix(1 + self.random.below(3)).compactMap { entity in
            self.backlog[entity].map {
                self.row(
                    entity,
                    generation: $0.generation,
                    settled: $0.isSettled(now: self.now) || self.sabotage == .unsettledCopiesEnd
                )
            }
        }
        self.processes[index].space = 1
        self.processes[index].pass = VectorizationPass(rows: rows, leaseEnds: self.processes[index].leaseEnds)
    }

    private mutating func finishCopies(process index: Int, pass: VectorizationPass) {
        let owner = self.processes[index].owner
        for (row, verdict) in pass.verdicts {
            guard let building = self.building, building.holder == owner else {
                self.writeAgain(row.id)
                continue
            }
            if verdict == .applied { self.noteDown(row, of: self.processes[index]) }
            var generation = row.generation
            if self.sabotage == .changedCopiesEnd, let standing = self.backlog[row.id] { generation = standing.generation }
            let isDone = self.backlog[row.id]?.finish(
                generation: generation,
                settled: row.settled,
                verdict: verdict,
                delay: self.random.fraction() * 3,
                now: self.now,
                policy: self.pace.times
            )
            if isDone == true { self.backlog[row.id] = nil }
        }
        self.processes[index].pass = nil
        self.processes[index].hasToReport = false
        self.processes[index].read = [:]
        if self.building?.holder != owner { self.processes[index] = Process(role: .builder) }
    }

    private mutating func writeAgain(_ entity: Int) {
        guard self.sabotage != .lateBuilderIsForgotten else { return }
        let settles = self.sabotage != .lateBuilderDoesNotSettle
        guard self.building != nil else {
            if settles { return self.queueAgain(entity) }
            self.sequence += 1
            if self.queue[entity] == nil { self.queue[entity] = QueueRow(generation: self.sequence, now: self.now) }
            self.queue[entity]?.enqueue(generation: self.sequence, now: self.now)
            return
        }
        self.note(entity)
        if settles { self.backlog[entity]?.noteAgain(generation: self.sequence, now: self.now, policy: self.pace.times) }
    }

    /// Nothing waits: the new space is the live one, and what was given up goes through the queue.
    private mutating func switchSpace() {
        for entity in self.backlog.indices {
            guard let row = self.backlog[entity], self.sabotage != .switchForgetsFailures else { continue }
            self.sequence += 1
            if self.queue[entity] == nil {
                self.queue[entity] = QueueRow(generation: self.sequence, now: self.now)
            } else {
                self.queue[entity]?.enqueue(generation: self.sequence, now: self.now)
            }
            if let settleAfter = row.settleAfter {
                let until = max(self.queue[entity]?.settleAfter ?? settleAfter, settleAfter)
                self.queue[entity]?.settleAfter = until
            }
        }
        self.backlog = Array(repeating: nil, count: self.entities)
        self.building = nil
        self.live = 1
    }
}
