import Embedding
public import Foundation
public import Logging
public import PulseModel
import Qdrant
public import ServiceLifecycle
public import Store

/// Works the vectorization queue off. Any number of them, in any number of processes, share one queue.
public struct VectorizationWorker: Service {
    let store: Store
    let indexes: TenantIndexes
    private let reporter: RunReporter
    private let policy: QueuePolicy
    private let batch: Int
    private let fillsRequests: Bool
    private let lanes: Int
    let logger: Logger
    private let underway = TextsUnderway()
    private let turns = WriteTurns()

    /// Two write while the others read, embed, are being written down or stand ready: with fewer, Qdrant waits for Pulse.
    private static let lanesPerTenant = 6
    private static let usualBatch = 128
    /// How long a process may go on with what it has read of a provider or a secret: two seconds, and some for the reading.
    private static let trust = Duration.seconds(3)

    /// - Parameters:
    ///   - batch: rows a claim; nil is 128, or what it takes to fill the requests to the tenant's provider.
    ///   - lanes: claims at once, of which a tenant has six at most, and all tenants with a provider of their own half.
    public init(
        store: Store,
        indexes: TenantIndexes,
        reporter: RunReporter,
        policy: QueuePolicy = QueuePolicy(),
        batch: Int? = nil,
        lanes: Int = 8,
        logger: Logger
    ) {
        self.store = store
        self.indexes = indexes
        self.reporter = reporter
        self.policy = policy
        self.batch = max(1, batch ?? Self.usualBatch)
        self.fillsRequests = batch == nil
        self.lanes = max(1, lanes)
        self.logger = logger
    }

    /// Works until the process is told to stop; what has been claimed is finished or released first.
    public func run() async throws {
        let claimants = Claimants(lanesPerTenant: Self.lanesPerTenant, lanesOfOwners: self.lanes / 2, batch: self.batch)
        let wakeUp = WakeUp()
        let changes = WakeUp()
        await withDiscardingTaskGroup { group in
            group.addTask {
                await withDiscardingTaskGroup { later in
                    for await mended in self.store.queueChanges().cancelOnGracefulShutdown() {
                        if let mended { later.addTask { await self.retryMended(mended, wakeUp, claimants: claimants) } }
                        wakeUp.signal()
                        changes.signal()
                    }
                    later.cancelAll()
                }
                // Shutting down: whoever waits for work is to go.
                wakeUp.signal()
                changes.signal()
            }
            group.addTask { await self.verifyIndexes() }
            group.addTask { await self.queueOutdated() }
            group.addTask { await self.fanOut(changes) }
            group.addTask { await self.watchProviders(wakeUp, claimants: claimants) }
            group.addTask { await self.followCutting() }
            for _ in 0..<self.lanes { group.addTask { await self.serve(wakeUp, claimants: claimants) } }
            group.addTask { await self.reportEachSecond(closingAfter: .seconds(5)) }
        }
    }

    /// Works until no row of the tenant waits.
    ///
    /// - Throws: ``EmbeddingError`` of kind `configuration` where a person must mend something first; else where the database
    ///   cannot be reached. What has been claimed is released where the task is cancelled.
    public func drain(tenant: UUID) async throws -> DrainReport {
        let started = ContinuousClock.now
        try await self.store.hasten(tenant: tenant)
        _ = try await self.store.enqueueOutdated(tenant: tenant)
        await self.recut(tenant, settling: Self.trust)
        while try await self.store.fanOut(tenant: tenant) {}
        let claimants = Claimants(lanesPerTenant: Self.lanesPerTenant, batch: self.batch)
        let wakeUp = WakeUp()
        var report = try await withThrowingTaskGroup(of: DrainReport?.self) { group in
            group.addTask {
                await self.reportEachSecond(closingAfter: .seconds(3_600))
                return nil
            }
            let lanes = min(self.lanes, Self.lanesPerTenant)
            for _ in 0..<lanes { group.addTask { try await self.drainLane(tenant: tenant, claimants: claimants, wakeUp) } }
            var total = DrainReport()
            var ended = 0
            for try await lane in group {
                if let lane { total += lane }
                ended += 1
                if ended == lanes { break }
            }
            group.cancelAll()
            return total
        }
        await self.reporter.settle(after: .zero)
        report.seconds = started.duration(to: .now).inSeconds
        return report
    }

    /// - Parameter wakeUp: of all lanes: what one has ended may be the last that another waits for.
    private func drainLane(tenant: UUID, claimants: Claimants, _ wakeUp: WakeUp) async throws -> DrainReport {
        var total = DrainReport()
        while true {
            try Task.checkCancellation()
            if let report = try await self.workOnce(tenant: tenant, claimants: claimants) {
                wakeUp.signal()
                total.add(report)
                if report.summary.done == 0, let reason = report.reasons[FailureKind.configuration.rawValue] {
                    throw DrainError(reason: reason)
                }
                continue
            }
            // Asked before the rows are counted: whoever ends a fan-out has queued its last rows by then.
            let isFanningOut = try await self.store.isFanningOut(tenant: tenant)
            let backlog = try await self.store.backlog(tenant: tenant)
            guard backlog.open > 0 else {
                guard isFanningOut else {
                    wakeUp.signal()
                    return total
                }
                // A change that came meanwhile may reach many; its pages may be in another process's hands.
                if try await !self.store.fanOut(tenant: tenant) { await wakeUp.wait(atMost: .milliseconds(50)) }
                continue
            }
            if backlog.pending > 0, try await self.store.isVectorizationPaused(tenant: tenant) {
                throw DrainError(
                    reason: "vectorization is paused; `pulse jobs resume vectorization_job` lets it go on, "
                        + "after an emergency stop `pulse jobs start-orchestrator`"
                )
            }
            // Rows that wait for a time, or that another worker holds.
            let wait = backlog.nextAt.map { $0.timeIntervalSinceNow } ?? 0.2
            await wakeUp.wait(atMost: .seconds(min(max(wait, 0.05), 1)))
        }
    }

    private func serve(_ wakeUp: WakeUp, claimants: Claimants) async {
        var failures = 0
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                let report = try await self.workOnce(tenant: nil, claimants: claimants)
                failures = 0
                guard report == nil else { continue }
                let next = try await self.store.nextAvailable().map { $0.timeIntervalSinceNow } ?? 5
                // Rows that can be had, and are not: their tenant rests or has its lanes.
                let wait = next > 0 ? Duration.seconds(min(next, 5)) : min(claimants.nextWake ?? .seconds(1), .seconds(1))
                await wakeUp.wait(atMost: max(wait, .milliseconds(50)))
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

    /// Claims rows of one tenant and works them off.
    ///
    /// - Returns: nil where nothing could be claimed.
    private func workOnce(tenant: UUID?, claimants: Claimants) async throws -> PassReport? {
        if claimants.ownersAreDue { claimants.learn(owners: try await self.store.tenantsWithOwnProvider()) }
        let askedAt = ContinuousClock.now
        let owner = UUID()
        let rows = try await claimants.claim { except in
            try await self.store.claim(
                owner: owner,
                limit: self.batch,
                policy: self.policy,
                tenant: tenant,
                except: except,
                sizes: self.fillsRequests ? claimants.sizes : [:]
            )
        }
        guard let first = rows.first else { return nil }
        defer { claimants.end(first.tenant) }
        let lease = Lease(owner: owner, duration: self.policy.lease, askedAt: askedAt) { [store, policy] in
            try await store.renew(owner: owner, lease: policy.lease) > 0
        }
        let driver = PassDriver(
            store: self.store,
            indexes: self.indexes,
            policy: self.policy,
            lease: lease,
            underway: self.underway,
            turns: self.turns,
            logger: self.logger
        )
        await self.reporter.began(tenant: first.tenant)
        let report = try await withThrowingTaskGroup(of: PassReport?.self) { group in
            group.addTask {
                await lease.keepAlive()
                return nil
            }
            group.addTask { try await driver.run(rows, tenant: first.tenant) }
            while let result = try await group.next() {
                guard let result else { continue }
                group.cancelAll()
                return result
            }
            throw CancellationError()
        }
        if let rest = claimants.note(report), !Task.isCancelled {
            self.logger.warning(
                "nothing of a tenant can be indexed; trying again later",
                metadata: [
                    "tenant": "\(first.tenant.uuidString.lowercased())", "in": "\(Int(rest.inSeconds)) s",
                    "reason": "\(report.reasons.sorted { $0.key < $1.key }.first?.value ?? "")",
                ]
            )
        }
        await self.reporter.ended(report)
        return report
    }

    /// Every collection in use is looked at once at the start, before it is written to.
    private func verifyIndexes() async {
        await self.onceAtTheStart("the collections could not be looked at") { try await self.indexes.verify() }
    }

    /// Rows whose documents an earlier release made otherwise, once at the start.
    private func queueOutdated() async {
        await self.onceAtTheStart("older documents could not be looked for") {
            let count = try await self.store.enqueueOutdated()
            if count > 0 { self.logger.info("rows of an older document are queued", metadata: ["rows": "\(count)"]) }
        }
    }

    /// Does something until it succeeds, or has failed for some minutes.
    private func onceAtTheStart(_ complaint: Logger.Message, _ work: () async throws -> Void) async {
        var failures = 0
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                return try await work()
            } catch {
                failures += 1
                guard Self.mayPass(error), failures < 10 else {
                    if !Task.isCancelled { self.logger.warning(complaint, metadata: ["error": "\(error)"]) }
                    return
                }
                try? await Task.sleep(for: PassDriver.backoff.delay(after: min(failures, 4), random: .random(in: 0..<1)))
            }
        }
    }

    private static func mayPass(_ error: any Error) -> Bool {
        (error as? QdrantError)?.isTransient ?? Store.mayPass(error)
    }

    /// Rows that wait for a person to mend their provider are tried as soon as its file has come or has changed, and when a process
    /// starts, which may have been given a secret that was missing.
    private func watchProviders(_ wakeUp: WakeUp, claimants: Claimants) async {
        var news = ProviderNews()
        // Once more a little later: a pass may have met the former state and not have ended yet.
        var due: [(providers: Set<String>, at: ContinuousClock.Instant)] = []
        for await _ in Ticks(every: .seconds(1)).cancelOnGracefulShutdown() {
            let now = ContinuousClock.now
            let changed = news.take(await self.indexes.definitions())
            if !changed.isEmpty { due += [(changed, now), (changed, now + .seconds(10))] }
            let waking = due.filter { $0.at <= now }.reduce(into: Set<String>()) { $0.formUnion($1.providers) }
            guard !waking.isEmpty else { continue }
            do {
                for (tenant, waits) in try await self.indexes.tenants(of: waking) where waits {
                    // Where another process was quicker, none of its rows is left to be hastened, and this one rests all the same.
                    try await self.store.hasten(tenant: tenant, kinds: [.configuration])
                    claimants.wake(tenant)
                    wakeUp.signal()
                }
                due.removeAll { $0.at <= now }
            } catch {
                // The lanes say so: the database is away.
                self.logger.debug("rows cannot be woken; trying again", metadata: ["error": "\(error)"])
            }
        }
    }

    /// What a tenant's rows waited for was mended: they are tried once this process knows of it, and once more for those that a pass had
    /// which began before.
    private func retryMended(_ tenant: UUID, _ wakeUp: WakeUp, claimants: Claimants) async {
        for wait in [Self.trust, .seconds(10)] {
            do {
                try await Task.sleep(for: wait)
                try await self.store.hasten(tenant: tenant, kinds: [.configuration])
            } catch {
                if Task.isCancelled { return }
                // The lanes say so: the database is away.
                self.logger.debug("rows cannot be woken", metadata: ["error": "\(error)"])
            }
            claimants.wake(tenant)
            wakeUp.signal()
        }
    }

    /// Queues page by page what changes reach that are too large for one transaction.
    private func fanOut(_ changes: WakeUp) async {
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                if try await self.store.fanOut() { continue }
            } catch {
                // The lanes say so: the database is away.
                self.logger.debug("changes cannot be fanned out; trying again", metadata: ["error": "\(error)"])
            }
            await changes.wait(atMost: .seconds(5))
        }
    }

    private func reportEachSecond(closingAfter quiet: Duration) async {
        for await _ in Ticks(every: .seconds(1)).cancelOnGracefulShutdown() { await self.reporter.settle(after: quiet) }
    }
}
