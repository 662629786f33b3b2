public import Resilience
import Synchronization

/// The circuit breaker of one provider account, shared by all that ask it from this process.
public final class ProviderCircuit: Sendable {
    private let origin = ContinuousClock.now
    private let breaker: Mutex<CircuitBreaker>

    public init(_ breaker: CircuitBreaker = CircuitBreaker()) {
        self.breaker = Mutex(breaker)
    }

    func admit() -> CircuitBreaker.Admission { self.breaker.withLock { $0.admit(at: self.now) } }

    func succeeded() { self.breaker.withLock { $0.succeeded() } }

    func failed() { self.breaker.withLock { $0.failed(at: self.now, random: .random(in: 0..<1)) } }

    private var now: Duration { ContinuousClock.now - self.origin }
}
