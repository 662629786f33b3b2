/// Stops asking a service that keeps failing, and asks again one request at a time.
///
/// A pure value: time is a duration since any fixed origin, and the caller reports how each admitted request ended.
public struct CircuitBreaker: Sendable, Equatable {
    public enum State: Sendable, Equatable {
        /// Requests pass; so many failed in a row.
        case closed(failures: Int)
        /// Nothing passes before that time.
        case open(until: Duration)
        /// One request is out to see whether the service is back; should it never be reported, another may go at that time.
        case probing(until: Duration)
    }

    public enum Admission: Sendable, Equatable {
        case pass
        /// Pass, and the fate of this request decides whether the circuit closes.
        case probe
        case refuse(retryAfter: Duration)
    }

    /// Failures in a row that open the circuit.
    public let threshold: Int
    /// How long the circuit stays open, growing with each probe that fails.
    public let cooling: Backoff
    public private(set) var state: State = .closed(failures: 0)
    private var openings = 0

    public init(
        threshold: Int = 5,
        cooling: Backoff = Backoff(base: .seconds(5), maximum: .seconds(120), jitter: 0.2)
    ) {
        self.threshold = max(1, threshold)
        self.cooling = cooling
    }

    /// Whether one more failure keeps others from asking.
    public var opensAtNextFailure: Bool {
        switch self.state {
        case .closed(let failures): failures + 1 >= self.threshold
        case .probing: true
        case .open: false
        }
    }

    /// Whether a request may go now. Each admitted request must be followed by ``succeeded()`` or ``failed(at:random:)``.
    public mutating func admit(at now: Duration) -> Admission {
        switch self.state {
        case .closed:
            return .pass
        case .open(let until) where now < until, .probing(let until) where now < until:
            return .refuse(retryAfter: until - now)
        case .open, .probing:
            self.state = .probing(until: now + self.cooling.delay(after: max(1, self.openings), random: 0.5))
            return .probe
        }
    }

    /// The service answered, be it with a refusal of the request's content.
    public mutating func succeeded() {
        // A straggler from before the opening proves nothing about now.
        if case .open = self.state { return }
        self.state = .closed(failures: 0)
        self.openings = 0
    }

    /// The service did not answer, or answered that it cannot.
    ///
    /// - Parameter random: uniform in 0..<1; spreads the probes of many processes.
    public mutating func failed(at now: Duration, random: Double) {
        switch self.state {
        case .closed(let failures):
            if failures + 1 < self.threshold {
                self.state = .closed(failures: failures + 1)
            } else {
                self.open(at: now, random: random)
            }
        case .probing:
            self.open(at: now, random: random)
        case .open:
            break
        }
    }

    private mutating func open(at now: Duration, random: Double) {
        self.openings += 1
        self.state = .open(until: now + self.cooling.delay(after: self.openings, random: random))
    }
}
