public import Foundation
public import PulseModel

/// One pass over the rows of one claim: the protocol of the queue as a pure machine.
///
/// A driver asks for ``next(now:)``, does what it says, and reports. Time is the driver's monotonic clock, in seconds. The driver of
/// the service talks to PostgreSQL, a provider and Qdrant; the driver of the tests talks to models of them that crash, stall and
/// answer late. Both run these very transitions.
///
/// What it defends: points are written under the claim's fence, conditionally, so that of two claims the later one wins whatever
/// arrives last; nothing is written once the lease may have gone to another; a row counts as applied only if all of its writes
/// were; every row gets exactly one verdict.
public struct VectorizationPass: Sendable {
    /// What the driver does next.
    public enum Step: Sendable, Equatable {
        /// Join the rows with their tables; report by ``read(present:)``.
        case read
        /// Turn the documents into vectors; report by ``embedded(failures:)``.
        case embed([UUID])
        /// Write all points of these entities, where what stands is not of a later claim; report by ``upserted(_:)``.
        case upsert([UUID])
        /// Delete of these entities the points of earlier claims, of the absent ones those of this claim too; report by ``swept(_:)``.
        /// Entities of which no earlier points can be there are left out.
        case sweep(present: [UUID], absent: [UUID])
        /// Hand the verdicts to the queue. The pass is over.
        case finish

        /// Whether Qdrant is written to.
        var isWrite: Bool {
            switch self {
            case .upsert, .sweep: true
            case .read, .embed, .finish: false
            }
        }
    }

    /// What a write to Qdrant came to.
    public enum WriteOutcome: Sendable, Equatable {
        case applied
        /// Qdrant may have asked to wait before it is asked again.
        case unknown(reason: String, retryAfter: Duration? = nil)
        case failed(RowFailure)
    }

    private enum Phase { case reading, embedding, upserting, sweeping, finished }

    public let rows: [ClaimedRow]
    private var phase = Phase.reading
    private var leaseEnds: Double
    private var present: Set<UUID> = []
    /// Verdicts other than `.applied`, which is what remains.
    private var troubles: [UUID: Verdict] = [:]
    private var swept: Set<UUID> = []
    /// Entities of which no points of earlier claims can be there.
    private var unwritten: Set<UUID> = []

    /// - Parameters:
    ///   - rows: of one claim, each entity once.
    ///   - leaseEnds: when the claim runs out, measured from before it was asked for, less a margin.
    public init(rows: [ClaimedRow], leaseEnds: Double) {
        self.rows = rows
        self.leaseEnds = leaseEnds
    }

    /// The claim's number, under which its points are written.
    public var fence: Int64 { self.rows.first?.fence ?? 0 }

    /// A heartbeat was answered: the lease holds until then.
    public mutating func renewed(leaseEnds: Double) {
        self.leaseEnds = max(self.leaseEnds, leaseEnds)
    }

    /// A heartbeat found that the claim holds nothing any more.
    public mutating func lostLease() {
        self.leaseEnds = -.infinity
    }

    /// What to do now.
    ///
    /// - Parameter now: read immediately before the step is done: it decides whether the pass may still write.
    public mutating func next(now: Double) -> Step {
        switch self.phase {
        case .reading:
            return .read
        case .embedding:
            return .embed(self.untroubled(self.present))
        case .upserting:
            let entities = self.untroubled(self.present)
            if entities.isEmpty {
                self.phase = .sweeping
                return self.next(now: now)
            }
            guard now < self.leaseEnds else { return self.abandon() }
            return .upsert(entities)
        case .sweeping:
            let present = self.untroubled(self.present.subtracting(self.swept))
            let absent = self.untroubled(Set(self.rows.map(\.entity)).subtracting(self.present))
            guard !present.isEmpty || !absent.isEmpty else {
                self.phase = .finished
                return .finish
            }
            guard now < self.leaseEnds else { return self.abandon() }
            return .sweep(present: present, absent: absent)
        case .finished:
            return .finish
        }
    }

    /// - Parameter present: the entities that stand in their tables; the others are gone.
    public mutating func read(present: Set<UUID>) {
        self.present = present
        self.phase = .embedding
    }

    /// Reading or embedding failed as a whole.
    public mutating func failedBeforeWriting(_ failure: RowFailure) {
        for row in self.rows where self.troubles[row.entity] == nil { self.troubles[row.entity] = .failed(failure) }
        self.phase = .finished
    }

    /// - Parameters:
    ///   - failures: entities that have no vectors, with the reason; all others have theirs.
    ///   - unwritten: entities of which the ledger knows no points. Where the row is fresh as well, nothing older is to be deleted.
    public mutating func embedded(failures: [UUID: RowFailure], unwritten: Set<UUID> = []) {
        for (entity, failure) in failures { self.troubles[entity] = .failed(failure) }
        self.unwritten = Set(self.rows.filter(\.isFresh).map(\.entity)).intersection(unwritten)
        self.phase = .upserting
    }

    /// - Parameter outcomes: of each entity that was to be written.
    public mutating func upserted(_ outcomes: [UUID: WriteOutcome]) {
        self.note(outcomes)
        self.swept = self.unwritten.intersection(outcomes.keys)
        self.phase = .sweeping
    }

    /// - Parameter outcomes: of each entity whose older points were to be deleted.
    public mutating func swept(_ outcomes: [UUID: WriteOutcome]) {
        self.note(outcomes)
        self.swept.formUnion(outcomes.keys)
        self.phase = .finished
    }

    /// The process is to stop: what has not been written goes back.
    public mutating func release() {
        _ = self.abandon()
    }

    /// Each row with what became of it.
    public var verdicts: [(row: ClaimedRow, verdict: Verdict)] {
        self.rows.map { row in
            (row, self.troubles[row.entity] ?? (self.swept.contains(row.entity) ? .applied : .released))
        }
    }

    /// The lease may be gone: nothing more is written. Rows that this pass wrote to are of unknown outcome for whoever is next.
    private mutating func abandon() -> Step {
        if self.phase == .sweeping {
            for entity in self.untroubled(self.present.subtracting(self.swept)) {
                self.troubles[entity] = .unknown(reason: "the lease ran out before older points were deleted")
            }
        }
        self.phase = .finished
        return .finish
    }

    private mutating func note(_ outcomes: [UUID: WriteOutcome]) {
        for (entity, outcome) in outcomes {
            switch outcome {
            case .applied: continue
            case .unknown(let reason, let wait): self.troubles[entity] = .unknown(reason: reason, retryAfter: wait)
            case .failed(let failure): self.troubles[entity] = .failed(failure)
            }
        }
    }

    /// In a fixed order, so that a pass is the same each time it is replayed.
    private func untroubled(_ entities: Set<UUID>) -> [UUID] {
        self.rows.map(\.entity).filter { entities.contains($0) && self.troubles[$0] == nil }
    }
}
