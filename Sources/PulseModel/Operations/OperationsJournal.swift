public import Foundation
import Synchronization

/// What the AI's work has said of itself and what is not yet written: bounded, and never in the way of the work.
///
/// Where the database stays away, the oldest measurements go first, and how many went is counted. Failures are kept once per
/// fingerprint, so that a storm of one failure takes one place.
public final class OperationsJournal: OperationsRecording {
    /// What is to be written of one tenant.
    public struct Entries: Sendable, Equatable {
        public var measurements: [PerformanceMeasurement] = []
        public var failures: [LearnedFailure] = []
        /// Subjects of work that has gone through.
        public var successes: Set<String> = []
        /// Measurements that were thrown away since the last time.
        public var dropped = 0

        public init() {}

        var isEmpty: Bool { self == Entries() }
    }

    private struct State {
        /// The oldest first, from `head` on.
        var measurements: [(tenant: UUID, measurement: PerformanceMeasurement)] = []
        var head = 0
        var failures: [UUID: [String: LearnedFailure]] = [:]
        var failureCount = 0
        var successes: [UUID: Set<String>] = [:]
        var dropped: [UUID: Int] = [:]

        var count: Int { self.measurements.count - self.head }

        mutating func dropOldest(beyond capacity: Int) {
            while self.count > capacity {
                self.dropped[self.measurements[self.head].tenant, default: 0] += 1
                self.head += 1
            }
            // Only once as much is behind the head as before it: each measurement is moved once on average.
            if self.head > 0, self.head >= capacity {
                self.measurements.removeFirst(self.head)
                self.head = 0
            }
        }
    }

    private let capacity: Int
    private let price: @Sendable (_ provider: String) -> Double?
    private let state = Mutex(State())

    private static let mostFailures = 1_000
    private static let mostSuccesses = 2_000

    /// - Parameters:
    ///   - capacity: measurements that may wait.
    ///   - price: US dollars that a provider takes for a million tokens; nil where it is not known.
    public init(capacity: Int = 20_000, price: @escaping @Sendable (_ provider: String) -> Double? = { _ in nil }) {
        self.capacity = max(1, capacity)
        self.price = price
    }

    // MARK: Recording

    public func record(_ measurements: [PerformanceMeasurement], tenant: UUID) {
        let all = measurements.flatMap { [$0] + self.cost(of: $0) }.filter(\.value.isFinite)
        self.state.withLock { state in
            state.measurements += all.map { (tenant, $0) }
            state.dropOldest(beyond: self.capacity)
        }
    }

    public func record(_ failure: LearnedFailure, tenant: UUID) {
        self.state.withLock { state in Self.add(failure, of: tenant, to: &state) }
    }

    public func recordSuccess(of subjects: [String], tenant: UUID) {
        self.state.withLock { state in
            // What is left out here is found by the upkeep.
            for subject in subjects where state.successes[tenant, default: []].count < Self.mostSuccesses {
                state.successes[tenant, default: []].insert(subject)
            }
        }
    }

    private static func add(_ failure: LearnedFailure, of tenant: UUID, to state: inout State) {
        // A success from before the failure must not end it.
        state.successes[tenant]?.subtract(failure.subjects)
        if state.failures[tenant]?[failure.fingerprint]?.add(failure) != nil { return }
        guard state.failureCount < Self.mostFailures else { return }
        state.failures[tenant, default: [:]][failure.fingerprint] = failure
        state.failureCount += 1
    }

    private func cost(of measurement: PerformanceMeasurement) -> [PerformanceMeasurement] {
        guard measurement.metric == .embeddingTokens, let provider = measurement.labels["provider"],
            let price = self.price(provider)
        else { return [] }
        return [
            PerformanceMeasurement(
                .embeddingCost,
                measurement.value * price / 1_000_000,
                service: measurement.service,
                run: measurement.run,
                at: measurement.at,
                labels: measurement.labels
            )
        ]
    }

    // MARK: Writing

    /// Measurements that wait.
    public var waiting: Int { self.state.withLock { $0.count } }

    /// Takes out all that waits, by tenant.
    public func take() -> [UUID: Entries] {
        let state = self.state.withLock { state in
            let taken = state
            state = State()
            return taken
        }
        var entries: [UUID: Entries] = [:]
        for (tenant, measurement) in state.measurements[state.head...] {
            entries[tenant, default: Entries()].measurements.append(measurement)
        }
        for (tenant, failures) in state.failures {
            entries[tenant, default: Entries()].failures = failures.values.sorted { $0.fingerprint < $1.fingerprint }
        }
        for (tenant, successes) in state.successes { entries[tenant, default: Entries()].successes = successes }
        for (tenant, dropped) in state.dropped { entries[tenant, default: Entries()].dropped = dropped }
        return entries
    }

    /// Puts back what could not be written, before what has come meanwhile.
    public func putBack(_ entries: Entries, tenant: UUID) {
        self.state.withLock { state in
            let later = state.measurements[state.head...]
            state.measurements = entries.measurements.map { (tenant, $0) } + later
            state.head = 0
            state.dropped[tenant, default: 0] += entries.dropped
            state.dropOldest(beyond: self.capacity)
            let meanwhile = state.successes[tenant] ?? []
            let failed = Set((state.failures[tenant] ?? [:]).values.flatMap(\.subjects))
            for failure in entries.failures { Self.add(failure, of: tenant, to: &state) }
            // What has gone through since the failure was taken out ends it still.
            let successes = meanwhile.union(entries.successes.subtracting(failed))
            state.successes[tenant] = successes.isEmpty ? nil : Set(successes.prefix(Self.mostSuccesses))
        }
    }
}
