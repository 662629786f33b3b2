/// The life of one queue row as a pure value: the specification that the SQL in `Store` follows.
///
/// Tests hold the two against each other, and drive this one through many thousand interleavings of workers, crashes and late
/// writes. Times are numbers of the caller's own unit; fences and generations come from one sequence.
public struct QueueRow: Sendable, Equatable {
    public enum Status: String, Sendable { case pending, processing, failed }

    public var status = Status.pending
    public var generation: Int64
    /// Whether the entity is new: the change that began the row brought it, as did all later ones.
    public var isInsert: Bool
    public var fence: Int64?
    public var owner: Int?
    public var leaseUntil = 0.0
    public var availableAt: Double
    /// A write of unknown outcome may land until then.
    public var settleAfter: Double?
    public var attempts = 0
    public var crashes = 0
    public var failure: FailureKind?

    /// A change enters an empty place.
    public init(generation: Int64, now: Double, isInsert: Bool = false) {
        self.generation = generation
        self.isInsert = isInsert
        self.availableAt = now
    }

    /// A further change: a row that is being worked off keeps its holder, who will find the raised generation.
    public mutating func enqueue(generation: Int64, now: Double, isInsert: Bool = false) {
        self.generation = generation
        self.isInsert = self.isInsert && isInsert
        guard self.status != .processing else { return }
        if self.status == .failed {
            self.crashes = 0
            self.availableAt = now
        } else if self.failure != .rateLimited {
            // A row that changes often keeps its place; what a limit asks to wait is waited.
            self.availableAt = min(self.availableAt, now)
        }
        if self.failure != .rateLimited { self.failure = nil }
        self.status = .pending
        self.attempts = 0
    }

    /// A holder whose completion was refused: what it wrote may still land, and may undo what its successor did.
    public mutating func enqueueAgain(generation: Int64, now: Double, policy: QueueTimes) {
        self.enqueue(generation: generation, now: now)
        self.settleAfter = max(self.settleAfter ?? now, now + policy.writeDeadline)
    }

    /// The lease ran out: its holder crashed or stalls, and may still be writing.
    public mutating func expire(now: Double, policy: QueueTimes) {
        guard self.status == .processing, self.leaseUntil < now else { return }
        self.crashes += 1
        self.owner = nil
        self.availableAt = now
        self.settleAfter = now + policy.writeDeadline
        let gaveUp = self.crashes >= policy.failAfterCrashes
        self.status = gaveUp ? .failed : .pending
        self.failure = gaveUp ? .crash : nil
    }

    /// Whether the row stands for a new entity, and no pass has held it yet; asked before it is claimed.
    public var isFresh: Bool { self.isInsert && self.fence == nil && self.settleAfter == nil }

    /// - Returns: whether the pass that begins may complete the row; nil where the row cannot be claimed.
    public mutating func claim(owner: Int, fence: Int64, now: Double, policy: QueueTimes) -> Bool? {
        guard self.status == .pending, self.availableAt <= now else { return nil }
        self.status = .processing
        self.owner = owner
        self.fence = fence
        self.leaseUntil = now + policy.lease
        return self.settleAfter.map { $0 <= now } ?? true
    }

    public enum Completion: Sendable, Equatable {
        /// The row is done and goes.
        case done
        /// It stays, waiting or failed.
        case kept
        /// The lease is another's: the holder must enqueue the row again.
        case refused
    }

    /// The end of a pass.
    ///
    /// - Parameters:
    ///   - generation: as the claim gave it.
    ///   - settled: as the claim gave it.
    ///   - delay: how long a failed row waits.
    public mutating func finish(
        owner: Int,
        generation: Int64,
        settled: Bool,
        verdict: Verdict,
        delay: Double,
        now: Double,
        policy: QueueTimes
    ) -> Completion {
        guard self.status == .processing, self.owner == owner else { return .refused }
        let changed = self.generation != generation
        self.owner = nil
        self.status = .pending
        self.availableAt = now
        self.failure = nil
        switch verdict {
        case .applied:
            self.attempts = 0
            self.crashes = 0
            if changed { return .kept }
            if settled { return .done }
            self.availableAt = max(now, self.settleAfter ?? now)
        case .released:
            break
        case .unknown:
            // No fault of the row: it costs no attempt.
            self.settleAfter = now + policy.writeDeadline
            if !changed { self.availableAt = now + delay }
            self.failure = .unavailable
        case .failed(let failure):
            if changed { return .kept }
            self.failure = failure.kind
            switch failure.kind {
            case .rateLimited, .unavailable, .configuration:
                self.availableAt = now + delay
            case .transient:
                self.attempts += 1
                self.availableAt = now + delay
                if self.attempts >= policy.attempts { self.status = .failed }
            case .content, .crash:
                self.status = .failed
            }
        }
        return .kept
    }
}

/// ``QueuePolicy`` in the unit of ``QueueRow``.
public struct QueueTimes: Sendable, Equatable {
    public var lease: Double
    public var writeDeadline: Double
    public var attempts: Int
    public var failAfterCrashes: Int

    public init(lease: Double, writeDeadline: Double, attempts: Int, failAfterCrashes: Int) {
        self.lease = lease
        self.writeDeadline = writeDeadline
        self.attempts = attempts
        self.failAfterCrashes = failAfterCrashes
    }
}
