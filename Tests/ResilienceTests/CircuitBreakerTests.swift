import Resilience
import Testing

struct CircuitBreakerTests {
    private static let steady = Backoff(base: .seconds(10), maximum: .seconds(40), jitter: 0)

    private func opened() -> CircuitBreaker {
        var breaker = CircuitBreaker(threshold: 3, cooling: Self.steady)
        for _ in 0..<3 {
            _ = breaker.admit(at: .zero)
            breaker.failed(at: .zero, random: 0.5)
        }
        return breaker
    }

    @Test("A closed circuit passes requests until the threshold of failures in a row")
    func opens() {
        var breaker = CircuitBreaker(threshold: 3, cooling: Self.steady)
        for _ in 0..<2 {
            #expect(breaker.admit(at: .zero) == .pass)
            breaker.failed(at: .zero, random: 0.5)
        }
        #expect(breaker.state == .closed(failures: 2))
        #expect(breaker.admit(at: .zero) == .pass)
        breaker.failed(at: .zero, random: 0.5)
        #expect(breaker.state == .open(until: .seconds(10)))
        #expect(breaker.admit(at: .seconds(4)) == .refuse(retryAfter: .seconds(6)))
    }

    @Test("Before it opens it is known that the next failure opens it; a probe's failure does so too")
    func opensNext() {
        var breaker = CircuitBreaker(threshold: 2, cooling: Self.steady)
        #expect(!breaker.opensAtNextFailure)
        breaker.failed(at: .zero, random: 0.5)
        #expect(breaker.opensAtNextFailure)
        breaker.failed(at: .zero, random: 0.5)
        #expect(!breaker.opensAtNextFailure, "it is open")
        _ = breaker.admit(at: .seconds(10))
        #expect(breaker.opensAtNextFailure)
    }

    @Test("A success between failures starts the count anew")
    func successResets() {
        var breaker = CircuitBreaker(threshold: 2, cooling: Self.steady)
        for _ in 0..<10 {
            breaker.failed(at: .zero, random: 0.5)
            breaker.succeeded()
        }
        #expect(breaker.admit(at: .zero) == .pass)
    }

    @Test("After cooling exactly one probe passes, and its success closes the circuit")
    func probeCloses() {
        var breaker = self.opened()
        #expect(breaker.admit(at: .seconds(10)) == .probe)
        #expect(breaker.admit(at: .seconds(11)) == .refuse(retryAfter: .seconds(9)))
        breaker.succeeded()
        #expect(breaker.state == .closed(failures: 0))
        #expect(breaker.admit(at: .seconds(11)) == .pass)
    }

    @Test("A failed probe opens the circuit for longer, up to the maximum")
    func probeFails() {
        var breaker = self.opened()
        var now = Duration.seconds(10)
        for expected in [20, 40, 40] {
            #expect(breaker.admit(at: now) == .probe)
            breaker.failed(at: now, random: 0.5)
            #expect(breaker.state == .open(until: now + .seconds(expected)))
            now += .seconds(expected)
        }
    }

    @Test("A probe that is never reported does not shut the circuit for ever")
    func lostProbe() {
        var breaker = self.opened()
        #expect(breaker.admit(at: .seconds(10)) == .probe)
        #expect(breaker.admit(at: .seconds(20)) == .probe)
    }

    @Test("A straggler's success does not close an open circuit")
    func straggler() {
        var breaker = self.opened()
        breaker.succeeded()
        #expect(breaker.state == .open(until: .seconds(10)))
    }
}
