import Foundation
import Resilience
import Synchronization

/// Of which integrations this process has deliveries in hand, and whose sources it leaves alone because they were asked in vain.
final class DeliveriesUnderway: Sendable {
    /// What ails a source.
    struct Trouble: Sendable {
        var error: ConnectorError
        /// Times in a row that it was asked in vain.
        var failures: Int
        /// Until then it is not asked.
        var until: ContinuousClock.Instant
    }

    private struct State {
        var integrations: Set<UUID> = []
        var troubles: [UUID: Trouble] = [:]
    }

    private let state = Mutex(State())
    private let backoff: Backoff
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameter backoff: how long a source is left alone that was asked in vain.
    init(backoff: Backoff, now: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.backoff = backoff
        self.now = now
    }

    var integrations: Set<UUID> { self.state.withLock { $0.integrations } }

    func begin(_ integration: UUID) { self.state.withLock { _ = $0.integrations.insert(integration) } }

    func end(_ integration: UUID) { self.state.withLock { _ = $0.integrations.remove(integration) } }

    /// Why the integration's source is not asked now; nil where it is.
    func trouble(of integration: UUID) -> Trouble? {
        self.state.withLock { $0.troubles[integration] }.flatMap { $0.until > self.now() ? $0 : nil }
    }

    /// The source was asked in vain, once more.
    func failed(_ integration: UUID, _ error: ConnectorError) -> Trouble {
        let asked = error.retryAt.map { Duration.seconds($0.timeIntervalSinceNow) } ?? .zero
        return self.state.withLock { state in
            let failures = (state.troubles[integration]?.failures ?? 0) + 1
            let pause = max(asked, self.backoff.delay(after: failures, random: .random(in: 0..<1)))
            let trouble = Trouble(error: error, failures: failures, until: self.now() + pause)
            state.troubles[integration] = trouble
            return trouble
        }
    }

    func succeeded(_ integration: UUID) { self.state.withLock { $0.troubles[integration] = nil } }

    /// How long the source is yet left alone.
    func rest(of trouble: Trouble) -> Duration { max(.zero, trouble.until - self.now()) }
}
