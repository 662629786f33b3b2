import Foundation
import PulseModel
import Synchronization

/// Which tenants a process leaves out of its next claim: those that have lanes enough, and those that rest because all of their rows
/// failed; and how much of the others it claims at once.
///
/// A provider that hangs takes a share of the lanes, never all of them, nor do those together that tenants have defined for themselves;
/// one that is away is asked again after 1 s, 2 s … 60 s.
final class Claimants: Sendable {
    private struct State {
        var lanes: [UUID: Int] = [:]
        var resting: [UUID: (until: ContinuousClock.Instant, failures: Int)] = [:]
        var sizes: [UUID: Int] = [:]
        /// Tenants with a provider of their own, and when that was found out.
        var owners: Set<UUID> = []
        var learned: ContinuousClock.Instant?
        /// Claims under way, of which nobody knows yet whose rows they bring.
        var claims = 0
    }

    private static let longestRest = Duration.seconds(300)
    /// How long it is trusted which tenants have a provider of their own.
    private static let trust = Duration.seconds(2)

    private let lanesPerTenant: Int
    private let lanesOfOwners: Int
    private let batch: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - lanesOfOwners: of all tenants together that have a provider of their own; nil for as many as there are.
    ///   - batch: rows a claim, as long as a tenant's provider is not known.
    init(lanesPerTenant: Int, lanesOfOwners: Int? = nil, batch: Int) {
        self.lanesPerTenant = max(1, lanesPerTenant)
        self.lanesOfOwners = max(1, lanesOfOwners ?? .max)
        self.batch = max(1, batch)
    }

    /// Rows a claim, of tenants whose provider takes other numbers of texts.
    var sizes: [UUID: Int] { self.state.withLock { $0.sizes } }

    /// The tenants to leave out now.
    var excluded: Set<UUID> { self.state.withLock { self.excluded($0) } }

    private func excluded(_ state: State) -> Set<UUID> {
        let now = ContinuousClock.now
        var excluded = Set(state.lanes.filter { $0.value >= self.lanesPerTenant }.keys)
            .union(state.resting.filter { $0.value.until > now }.keys)
        // Whatever is being claimed may be an owner's.
        let taken = state.lanes.reduce(state.claims) { $0 + (state.owners.contains($1.key) ? $1.value : 0) }
        if taken >= self.lanesOfOwners { excluded.formUnion(state.owners) }
        return excluded
    }

    /// Whether it is to be found out anew which tenants have a provider of their own.
    var ownersAreDue: Bool {
        let now = ContinuousClock.now
        return self.lanesOfOwners < .max && self.state.withLock { $0.learned.map { now - $0 > Self.trust } ?? true }
    }

    func learn(owners: Set<UUID>) {
        self.state.withLock { state in
            state.owners = owners
            state.learned = .now
        }
    }

    /// When the first of the resting tenants may be asked again.
    var nextWake: Duration? {
        let now = ContinuousClock.now
        return self.state.withLock { $0.resting.values.map { $0.until - now }.filter { $0 > .zero }.min() }
    }

    /// Claims rows, and takes a lane for the tenant whose they are.
    ///
    /// - Parameter rows: the claim, which is told whom to leave out.
    func claim(_ rows: (_ except: Set<UUID>) async throws -> [ClaimedRow]) async rethrows -> [ClaimedRow] {
        let except = self.state.withLock { state in
            let excluded = self.excluded(state)
            state.claims += 1
            return excluded
        }
        var claimed: [ClaimedRow] = []
        defer {
            self.state.withLock { state in
                state.claims -= 1
                if let tenant = claimed.first?.tenant { state.lanes[tenant, default: 0] += 1 }
            }
        }
        claimed = try await rows(except)
        return claimed
    }

    /// Gives the tenant's lane back.
    func end(_ tenant: UUID) {
        self.state.withLock { state in
            state.lanes[tenant, default: 1] -= 1
            if state.lanes[tenant] == 0 { state.lanes[tenant] = nil }
        }
    }

    /// What the tenant's rows waited for may have been mended: it rests no longer.
    func wake(_ tenant: UUID) { self.state.withLock { $0.resting[tenant] = nil } }

    /// A pass ended: a tenant of which nothing could be done rests. Passes that were under way together meet one trouble: those that
    /// end while it rests make it rest no longer, unless they were asked to wait.
    ///
    /// - Returns: for how long; nil where it goes on, or rests as long as it did.
    func note(_ report: PassReport) -> Duration? {
        let troubles = ["unavailable", "rate_limited", "configuration", "unknown_outcome"]
        let isStuck = report.summary.done == 0 && troubles.contains { report.failures[$0] != nil }
        return self.state.withLock { state in
            if let limits = report.limits {
                let size = ClaimSize.rows(limits: limits, dimensions: report.dimensions, usual: self.batch)
                state.sizes[report.tenant] = size == self.batch ? nil : size
            }
            guard isStuck else {
                state.resting[report.tenant] = nil
                return nil
            }
            let now = ContinuousClock.now
            let last = state.resting[report.tenant]
            if let last, last.until > now {
                let asked = now + min(report.retryAfter ?? .zero, Self.longestRest)
                guard asked > last.until else { return nil }
                state.resting[report.tenant]?.until = asked
                return asked - now
            }
            let failures = (last?.failures ?? 0) + 1
            let backoff = Duration.seconds(min(60, 1 << min(failures - 1, 6)))
            let rest = min(max(backoff, report.retryAfter ?? .zero), Self.longestRest)
            state.resting[report.tenant] = (now + rest, failures)
            return rest
        }
    }
}
