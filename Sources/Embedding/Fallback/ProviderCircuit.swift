public import Resilience
import Synchronization

/// The circuit breaker of one provider account, shared by all that ask it from this process.
public final class ProviderCircuit: Sendable {
    private let origin = ContinuousClock.now
    private let breaker: Mutex<CircuitBreaker>
    /// The last failure that counted.
    private let lastFailure = Mutex<EmbeddingError?>(nil)

    public init(_ breaker: CircuitBreaker = CircuitBreaker()) {
        self.breaker = Mutex(breaker)
    }

    func admit() -> CircuitBreaker.Admission { self.breaker.withLock { $0.admit(at: self.now) } }

    var opensAtNextFailure: Bool { self.breaker.withLock { $0.opensAtNextFailure } }

    func succeeded() { self.breaker.withLock { $0.succeeded() } }

    func failed(_ error: EmbeddingError) {
        self.lastFailure.withLock { $0 = error }
        self.breaker.withLock { $0.failed(at: self.now, random: .random(in: 0..<1)) }
    }

    /// Why it is left alone, as far as that is known.
    var cause: EmbeddingError? { self.lastFailure.withLock { $0 } }

    private var now: Duration { ContinuousClock.now - self.origin }
}
