import Foundation
public import Logging
public import PulseModel
public import ServiceLifecycle
public import Store

/// Writes what a journal has gathered, every few seconds, so that the work itself never waits for it.
///
/// A database that is away costs nothing but the oldest of what waits; see ``OperationsJournal``.
public struct JournalWriter: Service {
    private let journal: OperationsJournal
    private let store: Store
    private let interval: Duration
    private let logger: Logger

    public init(journal: OperationsJournal, store: Store, interval: Duration = .seconds(3), logger: Logger) {
        self.journal = journal
        self.store = store
        self.interval = interval
        self.logger = logger
    }

    /// Writes until the process is told to stop, and then once more. A task that is cancelled can write no more: what is left then,
    /// ``flush()`` writes.
    public func run() async throws {
        var hasTrouble = false
        while !Task.isShuttingDownGracefully {
            let interval = self.interval
            _ = try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }
            if Task.isCancelled { return }
            let trouble = await self.trouble()
            // Said once, not every three seconds of an outage; a cancelled write has none.
            if let trouble, !hasTrouble, !Task.isCancelled {
                self.logger.warning("measurements and failures cannot be written; they wait", metadata: ["error": "\(trouble)"])
            }
            hasTrouble = trouble != nil
        }
        await self.flush()
    }

    /// Writes all that waits.
    ///
    /// - Returns: whether all of it was written; the rest is back in the journal.
    @discardableResult
    public func flush() async -> Bool { await self.trouble() == nil }

    /// Writes all that waits, and says why some of it still does.
    private func trouble() async -> (any Error)? {
        var generator = SystemRandomNumberGenerator()
        var trouble: (any Error)?
        for (tenant, entries) in self.journal.take().sorted(by: { $0.key.uuidString < $1.key.uuidString }) {
            var rest = entries
            do {
                try await self.write(&rest, tenant: tenant, using: &generator)
            } catch let error where Self.isHopeless(error) {
                // Written again it would be refused again.
                self.logger.error("measurements or failures are refused", metadata: ["error": "\(error)"])
            } catch {
                self.logger.debug("measurements or failures wait", metadata: ["error": "\(error)"])
                self.journal.putBack(rest, tenant: tenant)
                trouble = error
            }
        }
        return trouble
    }

    /// Takes out of `entries` what is written.
    private func write(
        _ entries: inout OperationsJournal.Entries,
        tenant: UUID,
        using generator: inout some RandomNumberGenerator
    ) async throws {
        var measurements = MeasurementThinning.thin(entries.measurements, using: &generator)
        if entries.dropped > 0 {
            measurements.append(PerformanceMeasurement(.measurementsDropped, Double(entries.dropped), service: "aiops"))
        }
        try await self.store.record(measurements, tenant: tenant)
        entries.measurements = []
        entries.dropped = 0
        // Before the successes: what went through after it had failed is over.
        while let failure = entries.failures.first {
            try await self.store.remember(failure, tenant: tenant)
            entries.failures.removeFirst()
        }
        guard !entries.successes.isEmpty else { return }
        let rows = entries.successes.filter { $0.hasPrefix(LearnedFailure.rowPrefix) }
        try await self.store.resolveFailures(
            subjects: entries.successes.subtracting(rows).sorted(),
            how: "the same work went through",
            tenant: tenant
        )
        if !rows.isEmpty { try await self.store.resolveSettledRows(tenant: tenant) }
        entries.successes = []
    }

    /// Whether the database has understood and will not have it, as when the tenant is gone.
    private static func isHopeless(_ error: any Error) -> Bool { Store.isRefusal(error) }
}
