public import Foundation
public import Logging
public import PulseModel
public import ServiceLifecycle
public import Store

/// Works the vectorization queue off. Any number of them, in any number of processes, share one queue.
public struct VectorizationWorker: Service {
    private let store: Store
    private let indexes: TenantIndexes
    private let reporter: RunReporter
    private let policy: QueuePolicy
    private let batch: Int
    private let lanes: Int
    private let logger: Logger

    /// - Parameters:
    ///   - batch: rows a claim.
    ///   - lanes: claims at once; while one waits for Qdrant, the other embeds.
    public init(
        store: Store,
        indexes: TenantIndexes,
        reporter: RunReporter,
        policy: QueuePolicy = QueuePolicy(),
        batch: Int = 128,
        lanes: Int = 2,
        logger: Logger
    ) {
        self.store = store
        self.indexes = indexes
        self.reporter = reporter
        self.policy = policy
        self.batch = max(1, batch)
        self.lanes = max(1, lanes)
        self.logger = logger
    }

    /// Works until the process is told to stop; what has been claimed is finished or released first.
    public func run() async throws {
        await withDiscardingTaskGroup { group in
            let wakeUp = WakeUp()
            group.addTask {
                for await _ in self.store.queueChanges().cancelOnGracefulShutdown() { wakeUp.signal() }
                // Shutting down: whoever waits for work is to go.
                wakeUp.signal()
            }
            for _ in 0..<self.lanes { group.addTask { await self.serve(wakeUp) } }
            group.addTask {
                for await _ in Ticks(every: .seconds(1)).cancelOnGracefulShutdown() {
                    await self.reporter.settle(after: .seconds(5))
                }
            }
        }
    }

    /// Works until no row waits, of `tenant` or of all.
    ///
    /// - Returns: the rows that were given up meanwhile, by the time all is done.
    /// - Throws: where the database cannot be reached.
    public func drain(tenant: UUID? = nil) async throws -> DrainReport {
        let started = ContinuousClock.now
        let total = try await withThrowingTaskGroup(of: DrainReport.self) { group in
            for _ in 0..<self.lanes { group.addTask { try await self.drainLane(tenant: tenant) } }
            var total = DrainReport()
            for try await lane in group { total += lane }
            return total
        }
        await self.reporter.settle(after: .zero)
        var report = total
        report.seconds = started.duration(to: .now).inSeconds
        return report
    }

    private func drainLane(tenant: UUID?) async throws -> DrainReport {
        var total = DrainReport()
        while true {
            try Task.checkCancellation()
            let reports = try await self.workOnce(tenant: tenant)
            for report in reports { total.add(report) }
            guard reports.isEmpty else { continue }
            let backlog = try await self.store.backlog(tenant: tenant)
            guard backlog.open > 0 else { return total }
            // Rows that wait for a time, or that another worker holds.
            let wait = backlog.nextAt.map { $0.timeIntervalSinceNow } ?? 0.2
            try await Task.sleep(for: .seconds(min(max(wait, 0.05), 1)))
            await self.reporter.settle(after: .seconds(3_600))
        }
    }

    private func serve(_ wakeUp: WakeUp) async {
        var failures = 0
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                let reports = try await self.workOnce(tenant: nil)
                failures = 0
                guard reports.isEmpty else { continue }
                let next = try await self.store.backlog().nextAt.map { $0.timeIntervalSinceNow } ?? 5
                await wakeUp.wait(atMost: .seconds(min(max(next, 0.05), 5)))
            } catch is CancellationError {
                return
            } catch {
                if Task.isCancelled { return }
                // The database is away: rows are safe where they are, or wait for their lease to run out.
                failures += 1
                self.logger.warning("the queue cannot be worked off; trying again", metadata: ["error": "\(error)"])
                let delay = PassDriver.backoff.delay(after: min(failures, 4), random: .random(in: 0..<1))
                await wakeUp.wait(atMost: delay)
            }
        }
    }

    /// Claims once and works the claim off.
    ///
    /// - Returns: a report a tenant; empty where nothing could be claimed.
    private func workOnce(tenant: UUID?) async throws -> [PassReport] {
        let askedAt = ContinuousClock.now
        let owner = UUID()
        let rows = try await self.store.claim(owner: owner, limit: self.batch, policy: self.policy, tenant: tenant)
        guard !rows.isEmpty else { return [] }
        let lease = Lease(owner: owner, store: self.store, duration: self.policy.lease, askedAt: askedAt)
        let driver = PassDriver(
            store: self.store,
            indexes: self.indexes,
            policy: self.policy,
            lease: lease,
            logger: self.logger
        )
        return try await withThrowingTaskGroup(of: PassReport?.self) { group in
            group.addTask {
                await lease.keepAlive()
                return nil
            }
            let tenants = Dictionary(grouping: rows, by: \.tenant).sorted { $0.key.uuidString < $1.key.uuidString }
            for (tenant, rows) in tenants {
                group.addTask {
                    await self.reporter.began(tenant: tenant)
                    let report = try await driver.run(rows, tenant: tenant)
                    await self.reporter.ended(report)
                    return report
                }
            }
            var reports: [PassReport] = []
            for try await report in group {
                if let report { reports.append(report) }
                if reports.count == tenants.count { break }
            }
            group.cancelAll()
            return reports
        }
    }
}
