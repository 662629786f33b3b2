public import Embedding
public import Foundation
public import Logging
public import PulseModel
public import Qdrant
public import Store

/// Moves a tenant to another vector space while the one that it leaves goes on being written and searched.
///
/// Every entity is copied into the new space, then those that changed meanwhile, until none is left; the copies are proved against
/// the rows; one transaction, which completions of the queue wait for, makes the new space the live one. A copy never passes through
/// the queue, so a provider that fails holds up nobody. What a killed process has copied stands, and the next one goes on from it.
public struct Reindex: Sendable {
    /// How far it is, for a person.
    public struct Progress: Sendable {
        public enum Step: String, Sendable { case copying, proving, waiting, cleaning }
        public var step: Step
        public var done: Int
        public var total: Int
        public var rate: Double
    }

    let store: Store
    let qdrant: QdrantClient
    let indexes: TenantIndexes
    let providers: any ProviderResolving
    let policy: QueuePolicy
    let logger: Logger

    private static let batch = 128
    private static let lanes = 2
    /// Rounds that found new changes, after which the few that are left go through the queue.
    private static let patience = 5
    private static let handedOver = 1_000

    public init(
        store: Store,
        qdrant: QdrantClient,
        indexes: TenantIndexes,
        providers: any ProviderResolving,
        policy: QueuePolicy = QueuePolicy(),
        logger: Logger
    ) {
        self.store = store
        self.qdrant = qdrant
        self.indexes = indexes
        self.providers = providers
        self.policy = policy
        self.logger = logger
    }

    /// - Parameters:
    ///   - provider: its id.
    ///   - allowedFailures: entities that may be left to the queue; nil allows one of a hundred.
    /// - Throws: ``ReindexError``, `SpaceError`, `EmbeddingError`, `QdrantError`, or what the database says.
    public func run(
        tenant: UUID,
        provider id: String,
        allowedFailures: Int? = nil,
        progress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async throws -> ReindexReport {
        let started = ContinuousClock.now
        let provider = try await self.providers.provider(id)
        let target = TenantSpace(
            space: provider.space.name,
            provider: id,
            collection: TenantIndexes.collection(of: provider.space)
        )
        guard let live = try await self.store.liveSpace(tenant: tenant) else {
            _ = try await self.indexes.index(of: tenant, in: target)
            _ = try await self.store.ensureLiveSpace(tenant: tenant, proposed: target)
            return ReindexReport(end: .chosen)
        }
        try await self.clean(tenant: tenant, progress: progress)
        if live.space == target.space {
            guard live.provider != id else { return ReindexReport(end: .already) }
            try await self.compare(provider, with: live, tenant: tenant)
            try await self.store.changeProvider(tenant: tenant, space: live.space, to: id)
            await self.indexes.forget(tenant: tenant)
            return ReindexReport(end: .providerChanged)
        }
        // Before the tenant is bound to anything: where Qdrant or the provider is not well, nothing has been decided yet.
        _ = try await self.indexes.index(of: tenant, in: target)
        var report = try await self.build(target, tenant: tenant, allowedFailures: allowedFailures, progress: progress)
        await self.indexes.forget(tenant: tenant)
        try await self.clean(tenant: tenant, progress: progress)
        report.seconds = (ContinuousClock.now - started).inSeconds
        return report
    }

    /// Gives up a space that is being built, and deletes what was copied.
    ///
    /// - Returns: whether there was one.
    public func abandon(tenant: UUID) async throws -> Bool {
        let wasBuilding = try await self.store.abandonBuilding(tenant: tenant)
        try await self.clean(tenant: tenant)
        return wasBuilding
    }

    // MARK: Building

    private func build(
        _ target: TenantSpace,
        tenant: UUID,
        allowedFailures: Int?,
        progress: @escaping @Sendable (Progress) -> Void
    ) async throws -> ReindexReport {
        let builder = UUID()
        let askedAt = ContinuousClock.now
        let (store, policy) = (self.store, self.policy)
        _ = try await store.beginBuilding(tenant: tenant, space: target, builder: builder, policy: policy)
        let lease = Lease(owner: builder, duration: policy.lease, askedAt: askedAt) {
            try await store.renewBuilding(tenant: tenant, builder: builder, lease: policy.lease)
        }
        // Somebody has come to see whether what failed before can be done now.
        try await store.retryCopies(tenant: tenant, space: target.space)
        do {
            return try await withThrowingTaskGroup(of: ReindexReport?.self) { group in
                group.addTask {
                    await lease.keepAlive()
                    return nil
                }
                group.addTask {
                    try await self.work(
                        target,
                        tenant: tenant,
                        lease: lease,
                        allowedFailures: allowedFailures,
                        progress: progress
                    )
                }
                defer { group.cancelAll() }
                while let result = try await group.next() {
                    if let result { return result }
                }
                throw CancellationError()
            }
        } catch {
            // Not cancelled with its task: whoever goes on need not wait for the lease to run out.
            try? await Task { try await store.releaseBuilding(tenant: tenant, builder: builder) }.value
            throw error
        }
    }

    private func work(
        _ target: TenantSpace,
        tenant: UUID,
        lease: Lease,
        allowedFailures: Int?,
        progress: @escaping @Sendable (Progress) -> Void
    ) async throws -> ReindexReport {
        var report = ReindexReport(end: .switched)
        var isProven = false
        var rounds = 0
        while true {
            let building = try await self.copyAll(
                target,
                tenant: tenant,
                lease: lease,
                report: &report,
                progress: progress
            )
            try await self.settle(building, progress: progress)
            if !isProven {
                isProven = try await self.prove(
                    target,
                    tenant: tenant,
                    report: &report,
                    excused: building.failed,
                    progress: progress
                )
                continue
            }
            let allowed = allowedFailures ?? max(10, building.total / 100)
            guard building.failed <= allowed else {
                let failures = try await self.store.copyFailures(tenant: tenant, space: target.space)
                throw ReindexError.tooManyFailures(
                    failed: building.failed,
                    allowed: allowed,
                    reasons: failures.map { "\($0.entities) × \($0.reason)" }
                )
            }
            rounds += 1
            let handedOver = rounds > Self.patience ? Self.handedOver : 0
            switch try await self.store.switchSpace(tenant: tenant, builder: lease.owner, handingOver: handedOver) {
            case .switched:
                report.failed = building.failed
                return report
            case .notYet:
                continue
            }
        }
    }

    /// Copies until nothing is left that can be copied.
    private func copyAll(
        _ target: TenantSpace,
        tenant: UUID,
        lease: Lease,
        report: inout ReindexReport,
        progress: @Sendable (Progress) -> Void
    ) async throws -> BuildingSpace {
        let started = ContinuousClock.now
        var copied = 0
        var troubles = 0
        while true {
            try Task.checkCancellation()
            guard let building = try await self.store.buildingSpace(tenant: tenant) else { throw SpaceError.lost }
            let total = max(building.total, building.waiting)
            let elapsed = max(0.001, (ContinuousClock.now - started).inSeconds)
            progress(
                Progress(
                    step: .copying,
                    done: total - building.waiting,
                    total: total,
                    rate: Double(copied) / elapsed
                )
            )
            guard building.waiting > 0 else { return building }
            let copies = try await self.store.copies(
                tenant: tenant,
                space: target.space,
                limit: Self.batch * Self.lanes * 4
            )
            guard !copies.isEmpty else {
                let wait = building.nextAt?.timeIntervalSinceNow ?? 0.2
                try await Task.sleep(for: .seconds(min(max(wait, 0.05), 1)))
                continue
            }
            let passes = try await self.copy(copies, into: target, tenant: tenant, lease: lease)
            for pass in passes {
                report.copied += pass.summary.done
                report.embedded += pass.embedded
                report.tokens += pass.tokens
                copied += pass.summary.done
            }
            if let reason = passes.compactMap({ $0.reasons[FailureKind.configuration.rawValue] }).first {
                throw ReindexError.blocked(reason: reason)
            }
            guard passes.allSatisfy({ $0.summary.done == 0 }) else {
                troubles = 0
                continue
            }
            // Nothing could be done at all: the provider or Qdrant is away.
            troubles += 1
            let asked = passes.compactMap(\.retryAfter).max() ?? .zero
            let wait = min(
                max(PassDriver.backoff.delay(after: min(troubles, 4), random: .random(in: 0..<1)), asked),
                .seconds(300)
            )
            self.logger.warning(
                "nothing can be copied; trying again later",
                metadata: ["in": "\(Int(wait.inSeconds)) s", "reason": "\(passes.flatMap(\.reasons.values).first ?? "")"]
            )
            try await Task.sleep(for: wait)
            try await self.store.hastenCopies(tenant: tenant, space: target.space)
        }
    }

    /// One pass a lane and batch.
    private func copy(
        _ copies: [SpaceCopy],
        into target: TenantSpace,
        tenant: UUID,
        lease: Lease
    ) async throws -> [PassReport] {
        var batches = stride(from: 0, to: copies.count, by: Self.batch).map {
            copies[$0..<min($0 + Self.batch, copies.count)]
        }[...]
        return try await withThrowingTaskGroup(of: PassReport.self) { group in
            for batch in batches.prefix(Self.lanes) {
                group.addTask { try await self.pass(batch, into: target, tenant: tenant, lease: lease) }
            }
            batches = batches.dropFirst(Self.lanes)
            var reports: [PassReport] = []
            while let report = try await group.next() {
                reports.append(report)
                if let batch = batches.popFirst() {
                    group.addTask { try await self.pass(batch, into: target, tenant: tenant, lease: lease) }
                }
            }
            return reports
        }
    }

    private func pass(
        _ copies: ArraySlice<SpaceCopy>,
        into target: TenantSpace,
        tenant: UUID,
        lease: Lease
    ) async throws -> PassReport {
        // Drawn before the rows are read, as a claim's is: of two copies of an entity the later one wins.
        let fence = try await self.store.nextFence()
        let rows = copies.enumerated().compactMap { number, copy in
            EntityTable(rawValue: copy.table).map { table in
                ClaimedRow(
                    id: number,
                    tenant: tenant,
                    integration: copy.integration,
                    table: table,
                    externalID: copy.entity.uuidString.lowercased(),
                    entity: copy.entity,
                    generation: copy.generation,
                    fence: fence,
                    attempts: copy.attempts,
                    crashes: 0,
                    settled: true
                )
            }
        }
        let driver = PassDriver(
            store: self.store,
            indexes: self.indexes,
            policy: self.policy,
            lease: lease,
            building: target,
            logger: self.logger
        )
        return try await driver.run(rows, tenant: tenant)
    }

    /// Waits until no copy of unknown outcome can land any more.
    private func settle(_ building: BuildingSpace, progress: @Sendable (Progress) -> Void) async throws {
        guard let until = building.settleAfter else { return }
        let wait = until.timeIntervalSinceNow
        guard wait > 0 else { return }
        progress(Progress(step: .waiting, done: 0, total: Int(wait.rounded(.up)), rate: 0))
        try await Task.sleep(for: .seconds(wait + 0.1))
    }

    /// Compares rows, ledger and points of the new space; what is wrong is copied again.
    ///
    /// - Parameter excused: entities that are known not to have been copied.
    /// - Returns: whether nothing was wrong.
    private func prove(
        _ target: TenantSpace,
        tenant: UUID,
        report: inout ReindexReport,
        excused: Int,
        progress: @escaping @Sendable (Progress) -> Void
    ) async throws -> Bool {
        let audit = IndexAudit(store: self.store, indexes: self.indexes, qdrant: self.qdrant)
        let index = try await self.indexes.index(of: tenant, in: target)
        let result = try await audit.run(tenant: tenant, index: index, mending: .copies) { compared in
            progress(Progress(step: .proving, done: compared, total: 0, rate: 0))
        }
        let wrong = result.tables.reduce(0) { $0 + $1.missing + $1.surplus + $1.stale }
        guard wrong > excused else { return true }
        // Once is a change that came between; more often than that is a fault that copying does not cure.
        guard report.mended == 0 || wrong < report.mended else { throw ReindexError.copiesDiffer(entities: wrong) }
        report.mended = wrong
        return false
    }
}
