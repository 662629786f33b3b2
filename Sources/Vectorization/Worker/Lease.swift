import Foundation
import PulseModel
import Synchronization

/// The lease of one claim, or of a building space, on this process's monotonic clock, kept alive by heartbeats.
final class Lease: Sendable {
    private enum State {
        case held(until: ContinuousClock.Instant)
        case lost
    }

    private static let origin = ContinuousClock.now

    let owner: UUID
    private let renew: @Sendable () async throws -> Bool
    private let duration: Duration
    private let state: Mutex<State>

    /// - Parameters:
    ///   - askedAt: from before the claim was asked for, so that this clock runs out before the database's.
    ///   - renew: one heartbeat; whether the database still knows of the lease.
    init(
        owner: UUID,
        duration: Duration,
        askedAt: ContinuousClock.Instant,
        renew: @escaping @Sendable () async throws -> Bool
    ) {
        self.owner = owner
        self.renew = renew
        self.duration = duration
        self.state = Mutex(.held(until: askedAt + duration - Self.margin(of: duration)))
    }

    /// Seconds of the monotonic clock.
    static func now() -> Double { Self.seconds(.now) }

    /// Tells the pass what the heartbeats have found.
    func inform(_ pass: inout VectorizationPass) {
        switch self.state.withLock({ $0 }) {
        case .held(let until): pass.renewed(leaseEnds: Self.seconds(until))
        case .lost: pass.lostLease()
        }
    }

    /// When the lease runs out on the pass's clock, as it stands now.
    var ends: Double {
        switch self.state.withLock({ $0 }) {
        case .held(let until): Self.seconds(until)
        case .lost: -.infinity
        }
    }

    /// Renews until cancelled. A heartbeat that fails is tried again: the lease may outlive a restart of the database.
    func keepAlive() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: self.duration / 4)
            if Task.isCancelled { return }
            let askedAt = ContinuousClock.now
            guard let isHeld = try? await self.renew() else { continue }
            self.state.withLock { state in
                // Nothing held means that another process has taken the claim. A lease that this clock has seen run out stays
                // lost, whatever the database still says: some of its rows may be another's.
                guard case .held(let until) = state, isHeld, askedAt < until else {
                    state = .lost
                    return
                }
                state = .held(until: askedAt + self.duration - Self.margin(of: self.duration))
            }
        }
    }

    private static func margin(of duration: Duration) -> Duration { duration / 10 }

    private static func seconds(_ instant: ContinuousClock.Instant) -> Double {
        let elapsed = Self.origin.duration(to: instant).components
        return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    }
}
