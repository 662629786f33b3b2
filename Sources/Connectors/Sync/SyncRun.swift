import Foundation
import Logging
import PulseModel
import Store

/// One synchronization under way: keeps the units apart, writes pages, and adds up the report.
///
/// Lives within one task; not shared.
final class SyncRun {
    let client: SourceClient
    let clock: SourceClock
    private let store: any IngestionStore
    private let tenant: UUID
    private let integration: UUID
    private let logger: Logger
    private let progress: @Sendable (SyncProgress) -> Void
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
        self.client = client
        self.clock = clock
        self.store = store
        self.tenant = tenant
        self.integration = integration
        self.logger = logger
        self.progress = progress
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
            if error.kind == .authentication { stop = SyncStop.refused(error) }
        } catch let error as SyncStop {
            if case .storeFailed(let message) = error {
                self.current?.failure = ConnectorError(.transient, unit: name, message: "the page was not stored: \(message)")
            }
            stop = error
        } catch {
            // Cancellation: the unit goes on from its checkpoint next time, and nobody need know.
            stop = error
        }
        let costs = await self.client.takeCosts()
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
