import Foundation
import Logging
import PulseModel
import Store

/// One synchronization under way: keeps the units apart, writes pages, and adds up the report.
///
/// Lives within one task; not shared. Units that go on side by side have a run each: see ``parallel(_:atOnce:_:)``.
final class SyncRun {
    /// What all runs of a synchronization share.
    private struct Surroundings: Sendable {
        let client: SourceClient
        let clock: SourceClock
        let store: any IngestionStore
        let tenant: UUID
        let integration: UUID
        let logger: Logger
        let progress: @Sendable (SyncProgress) -> Void
    }

    /// What became of one of several items.
    private struct Outcome: Sendable {
        var index: Int
        var units: [SyncReport.Unit]
        var stop: (any Error)?
    }

    private let surroundings: Surroundings
    var client: SourceClient { self.surroundings.client }
    var clock: SourceClock { self.surroundings.clock }
    private var store: any IngestionStore { self.surroundings.store }
    var tenant: UUID { self.surroundings.tenant }
    var integration: UUID { self.surroundings.integration }
    private var logger: Logger { self.surroundings.logger }
    private var progress: @Sendable (SyncProgress) -> Void { self.surroundings.progress }
    private var report = SyncReport()
    private var current: SyncReport.Unit?
    /// Whether the current unit's last page said that its pass is through.
    private var isClosed = false

    init(
        client: SourceClient,
        clock: SourceClock,
        store: any IngestionStore,
        tenant: UUID,
        integration: UUID,
        logger: Logger,
        progress: @escaping @Sendable (SyncProgress) -> Void
    ) {
        self.surroundings = Surroundings(
            client: client,
            clock: clock,
            store: store,
            tenant: tenant,
            integration: integration,
            logger: logger,
            progress: progress
        )
    }

    /// The memory of sweeps, where the store has one.
    var sweeps: (any SweepStore)? { self.store as? any SweepStore }
    var canSweep: Bool { self.sweeps != nil }

    private init(_ surroundings: Surroundings) { self.surroundings = surroundings }

    /// Does something with each item, several at once, each with a run of its own. Units are reported in the order of the items.
    ///
    /// What ends the synchronization (refused credentials, a database that takes no page, cancellation) ends the others too.
    ///
    /// - Parameter unitsEach: how many units each item has, for the progress.
    func parallel<Item: Sendable>(
        _ items: [Item],
        unitsEach: Int = 1,
        atOnce: Int,
        _ body: @escaping @Sendable (Item, SyncRun) async throws -> Void
    ) async throws {
        let surroundings = self.surroundings
        self.progress(.planned(units: items.count * unitsEach))
        @Sendable func outcome(_ index: Int) async -> Outcome {
            let run = SyncRun(surroundings)
            do {
                try await body(items[index], run)
                return Outcome(index: index, units: run.report.units, stop: nil)
            } catch {
                return Outcome(index: index, units: run.report.units, stop: error)
            }
        }
        var outcomes: [Outcome] = []
        await withTaskGroup(of: Outcome.self) { group in
            var next = 0
            while next < min(atOnce, items.count) {
                let index = next
                group.addTask { await outcome(index) }
                next += 1
            }
            while let done = await group.next() {
                outcomes.append(done)
                if done.stop != nil {
                    next = items.count
                    group.cancelAll()
                }
                guard next < items.count else { continue }
                let index = next
                group.addTask { await outcome(index) }
                next += 1
            }
        }
        // Those that were cancelled for another's sake say nothing of their own.
        let stop = outcomes.compactMap(\.stop).first { !($0 is CancellationError) } ?? outcomes.compactMap(\.stop).first
        self.report.units += outcomes.sorted { $0.index < $1.index }.flatMap(\.units)
        if let stop { throw stop }
    }

    /// Runs the whole; `body` throws only what ends it before its time.
    func run(_ body: () async throws -> Void) async -> SyncReport {
        let start = self.clock.now()
        do {
            try await body()
        } catch let stop as SyncStop {
            self.report.ending =
                switch stop {
                case .refused(let error): .refused(error)
                case .storeFailed(let message): .storeFailed(message)
                }
        } catch is CancellationError {
            self.report.ending = .cancelled
        } catch {
            self.report.ending = .storeFailed(String(describing: error))
        }
        self.report.seconds = self.clock.now().timeIntervalSince(start)
        return self.report
    }

    /// Runs one unit; its failure is recorded and stays its own.
    ///
    /// - Returns: what `body` returned, nil where the unit failed.
    func unit<T>(_ name: String, _ body: () async throws -> T) async throws -> T? {
        let start = self.clock.now()
        self.current = SyncReport.Unit(name: name)
        self.isClosed = false
        self.progress(.began(unit: name))
        var value: T?
        var stop: (any Error)?
        do {
            let result = try await body()
            try await self.close(name)
            value = result
        } catch let error as ConnectorError {
            self.current?.failure = error
            if error.kind == .authentication || error.isChangedShape { stop = SyncStop.refused(error) }
        } catch let error as SyncStop {
            if case .storeFailed(let message) = error {
                self.current?.failure = ConnectorError(.transient, unit: name, message: "the page was not stored: \(message)")
            }
            stop = error
        } catch {
            // Cancellation: the unit goes on from its checkpoint next time, and nobody need know.
            stop = error
        }
        let costs = await self.client.takeCosts(of: name)
        for note in costs.notes { self.note(note) }
        var unit = self.current ?? SyncReport.Unit(name: name)
        self.current = nil
        unit.requests = costs.requests
        unit.bytes = costs.bytes
        unit.waits = costs.waits
        unit.seconds = self.clock.now().timeIntervalSince(start)
        self.report.units.append(unit)
        self.progress(.ended(unit: name, failure: unit.failure))
        if let failure = unit.failure { await self.record(failure, of: name) }
        if let stop { throw stop }
        return value
    }

    /// Says that the unit is through where none of its pages did: a checkpoint also clears the failure of an earlier sync.
    private func close(_ unit: String) async throws {
        guard !self.isClosed else { return }
        let stored = try await self.checkpoint(unit)
        var page = IngestionPage(fetchedAt: self.clock.now())
        page.checkpoint = Checkpoint(unit: unit, cursor: nil, watermark: stored?.watermark)
        _ = try await self.commit(page)
    }

    private func commit(_ page: IngestionPage) async throws -> IngestionResult {
        do {
            return try await self.store.write(page, tenant: self.tenant, integration: self.integration)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw SyncStop.storeFailed(String(describing: error))
        }
    }

    private func record(_ failure: ConnectorError, of unit: String) async {
        self.logger.warning(
            "a unit failed",
            metadata: ["unit": "\(unit)", "kind": "\(failure.kind.rawValue)", "message": "\(failure.message)"]
        )
        do {
            try await self.store.recordFailure(
                tenant: self.tenant,
                integration: self.integration,
                unit: unit,
                kind: failure.kind.rawValue,
                message: failure.message
            )
        } catch {
            self.logger.error("a failure could not be recorded", metadata: ["unit": "\(unit)", "error": "\(error)"])
        }
    }

    /// Something worth saying that is no failure; each text once per unit.
    func note(_ text: String) {
        if self.current?.notes.contains(text) == false { self.current?.notes.append(text) }
    }

    func checkpoint(_ unit: String) async throws -> Checkpoint? {
        do {
            return try await self.store.checkpoint(tenant: self.tenant, integration: self.integration, unit: unit)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw SyncStop.storeFailed(String(describing: error))
        }
    }

    /// Names of the units that begin so and whose last pass came to its end without a failure.
    func completeUnits(_ prefix: String) async throws -> Set<String> {
        try await self.storing {
            try await self.store.completeUnits(prefix, tenant: self.tenant, integration: self.integration)
        }
    }

    /// Asks the database; its trouble ends the synchronization, for no page could be written either.
    func storing<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let error as CancellationError {
            throw error
        } catch {
            throw SyncStop.storeFailed(String(describing: error))
        }
    }

    /// The repositories of these ids that stand in the database, in the order of the ids.
    func repositories(_ ids: [String]) async throws -> [Repository] {
        try await self.storing {
            try await self.store.repositories(ids, tenant: self.tenant, integration: self.integration)
        }
    }

    /// Those of these ids of issues that stand in the database.
    func standingIssues(_ ids: [String]) async throws -> Set<String> {
        guard !ids.isEmpty else { return [] }
        return try await self.storing {
            try await self.store.standingIssues(ids, tenant: self.tenant, integration: self.integration)
        }
    }

    /// Ids of the repository's releases that stand and that no page has brought since `time`.
    func releases(of repository: Repository, notSeenSince time: Date) async throws -> [String] {
        try await self.storing {
            try await self.store.releases(
                of: repository.id,
                notSeenSince: time,
                tenant: self.tenant,
                integration: self.integration
            )
        }
    }

    /// An object as it was kept last; nil where none is kept.
    func kept(_ kind: String, _ stableID: String) async throws -> JSONValue? {
        let text = try await self.storing {
            try await self.store.keptRecord(kind, stableID, tenant: self.tenant, integration: self.integration)
        }
        return text.flatMap { try? JSONParser.parse($0) }
    }

    func write(_ page: IngestionPage) async throws {
        let result = try await self.commit(page)
        self.isClosed = page.checkpoint?.unit == self.current?.name && page.checkpoint?.cursor == nil
        let counts = page.rowCounts
        let rows = counts.values.reduce(0, +)
        guard var unit = self.current else { return }
        unit.pages += 1
        unit.result += result
        unit.rows.merge(counts, uniquingKeysWith: +)
        self.current = unit
        self.progress(
            .page(unit: unit.name, rows: rows, rowsSoFar: unit.rows.values.reduce(0, +), written: result.written)
        )
    }
}
