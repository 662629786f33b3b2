/// One entity that is still to be copied into a space that is being built, as a pure value: the specification that the SQL in `Store`
/// follows, as ``QueueRow`` is that of the queue.
///
/// One builder at a time works the backlog off, under a lease of the space; so there is no claim of single rows.
public struct BacklogRow: Sendable, Equatable {
    public var generation: Int64
    public var availableAt: Double
    /// A copy of unknown outcome may land until then.
    public var settleAfter: Double?
    public var attempts = 0
    /// Given up: it goes through the queue once the space is live.
    public var failed = false

    public init(generation: Int64, now: Double) {
        self.generation = generation
        self.availableAt = now
    }

    /// The queue has completed a change of the entity in the live space.
    public mutating func note(generation: Int64, now: Double) {
        self.generation = generation
        self.attempts = 0
        self.failed = false
        self.availableAt = min(self.availableAt, now)
    }

    /// A builder that lost the space has to report a copy: what it wrote may still land, and may undo what its successor did.
    public mutating func noteAgain(generation: Int64, now: Double, policy: QueueTimes) {
        self.note(generation: generation, now: now)
        self.settleAfter = max(self.settleAfter ?? now, now + policy.writeDeadline)
    }

    /// Whether a copy that begins now may end it.
    public func isSettled(now: Double) -> Bool { self.settleAfter.map { $0 <= now } ?? true }

    /// The end of a copy.
    ///
    /// - Parameters:
    ///   - generation: as it was when the copy began, and so `settled`.
    ///   - delay: how long a failed one waits.
    /// - Returns: whether it is done, and goes.
    public mutating func finish(
        generation: Int64,
        settled: Bool,
        verdict: Verdict,
        delay: Double,
        now: Double,
        policy: QueueTimes
    ) -> Bool {
        let changed = self.generation != generation
        self.availableAt = now
        switch verdict {
        case .applied:
            self.attempts = 0
            if changed { return false }
            if settled { return true }
            self.availableAt = max(now, self.settleAfter ?? now)
        case .released:
            break
        case .unknown:
            // No fault of the entity: it costs no attempt.
            self.settleAfter = now + policy.writeDeadline
            if !changed { self.availableAt = now + delay }
        case .failed(let failure):
            if changed { return false }
            switch failure.kind {
            case .rateLimited, .unavailable, .configuration:
                self.availableAt = now + delay
            case .transient:
                self.attempts += 1
                self.availableAt = now + delay
                self.failed = self.attempts >= policy.attempts
            case .content, .crash:
                self.failed = true
            }
        }
        return false
    }
}
