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
    let store: Store
    let qdrant: QdrantClient
    let indexes: TenantIndexes
    let providers: any ProviderResolving
    let policy: QueuePolicy
    let recorder: any OperationsRecording
    let logger: Logger

    /// - Parameter recorder: takes measurements and failures.
    public init(
        store: Store,
        qdrant: QdrantClient,
        indexes: TenantIndexes,
        providers: any ProviderResolving,
        policy: QueuePolicy = QueuePolicy(),
        recorder: any OperationsRecording = NoRecording(),
        logger: Logger
    ) {
        self.store = store
        self.qdrant = qdrant
        self.indexes = indexes
        self.providers = providers
        self.policy = policy
        self.recorder = recorder
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
            let cutting = try await self.indexes.index(of: tenant, in: target).chunker.cutting
            let bound = try await self.store.ensureLiveSpace(tenant: tenant, proposed: target, cutting: cutting)
            guard bound == target else { return try await self.run(tenant: tenant, provider: id, progress: progress) }
            return ReindexReport(end: .chosen)
        }
        if let building = try await self.store.buildingSpace(tenant: tenant)?.space, building != target {
            throw SpaceError.alreadyBuilding(space: building.space, provider: building.provider)
        }
        if live.space == target.space {
            var report = try await self.changeProvider(to: provider, of: live, tenant: tenant)
            let recutting = Recutting(store: self.store, indexes: self.indexes)
            report.queued = try await recutting.run(tenant: tenant, progress: progress) ?? 0
            report.seconds = (ContinuousClock.now - started).inSeconds
            return report
        }
        try await self.clean(tenant: tenant, progress: progress)
        // Before the tenant is bound to anything: where Qdrant or the provider is not well, nothing has been decided yet.
        _ = try await self.indexes.index(of: tenant, in: target)
        try await self.tryOut(provider, tenant: tenant)
        var report = try await self.build(target, tenant: tenant, allowedFailures: allowedFailures, progress: progress)
        try await self.clean(tenant: tenant, progress: progress)
        report.seconds = (ContinuousClock.now - started).inSeconds
        return report
    }

    /// Lets another provider of the tenant's live space make its vectors from now on, if it makes the same. What it cuts otherwise is
    /// queued by a worker, or by ``run(tenant:provider:allowedFailures:progress:)``.
    ///
    /// - Throws: as `run` does; ``ReindexError/otherSpace`` where the tenant's vectors are of another space.
    public func chooseWithinSpace(tenant: UUID, provider id: String) async throws {
        let provider = try await self.providers.provider(id)
        guard let live = try await self.store.liveSpace(tenant: tenant), live.space == provider.space.name else {
            throw ReindexError.otherSpace
        }
        _ = try await self.changeProvider(to: provider, of: live, tenant: tenant)
    }

    private func changeProvider(
        to provider: any EmbeddingProvider,
        of live: TenantSpace,
        tenant: UUID
    ) async throws -> ReindexReport {
        guard live.provider != provider.id else { return ReindexReport(end: .already) }
        try await self.compare(provider, with: live, tenant: tenant)
        try await self.store.changeProvider(tenant: tenant, space: live.space, to: provider.id)
        return ReindexReport(end: .providerChanged)
    }

    /// Gives up a space that is being built, and deletes what was copied.
    ///
    /// - Returns: whether there was one.
    public func abandon(tenant: UUID, progress: @Sendable (Progress) -> Void = { _ in }) async throws -> Bool {
        let wasBuilding = try await self.store.abandonBuilding(tenant: tenant, policy: self.policy)
        try await self.clean(tenant: tenant, progress: progress)
        return wasBuilding
    }

    /// A key that is missing, or a model's name that is wrong, is said at once.
    private func tryOut(_ provider: any EmbeddingProvider, tenant: UUID) async throws {
        do {
            _ = try await provider.embed(["A first text."], as: .document)
        } catch let error as EmbeddingError where error.kind == .configuration {
            self.recorder.record(
                LearnedFailure(
                    errorType: FailureKind.configuration.rawValue,
                    service: provider.id,
                    intent: JobKind.vectorization.intent,
                    failedQuery: "a first text, before a reindex",
                    issue: error.publicDescription,
                    subjects: [LearnedFailure.subject(ofProvider: provider.id)],
                    attempts: [LearnedFailure.Attempt(action: "wait", after: nil, reason: "nothing was copied yet")]
                ),
                tenant: tenant
            )
            throw ReindexError.blocked(reason: error.description)
        } catch is EmbeddingError {
            // What may pass is waited for, once there is something to copy.
        }
    }

    // MARK: Building

    private func build(
        _ target: TenantSpace,
        tenant: UUID,
        allowedFailures: Int?,
        progress: @escaping @Sendable (Progress) -> Void
    ) async throws -> ReindexReport {
        let (lease, building) = try await self.begin(target, tenant: tenant, progress: progress)
        let work = ReindexWork(reindex: self, target: target, tenant: tenant, lease: lease, progress: progress)
        do {
            return try await withThrowingTaskGroup(of: ReindexReport?.self) { group in
                group.addTask {
                    await lease.keepAlive()
                    return nil
                }
                group.addTask { try await work.run(building, allowedFailures: allowedFailures) }
                defer { group.cancelAll() }
                while let result = try await group.next() {
                    if let result { return result }
                }
                throw CancellationError()
            }
        } catch {
            // Not cancelled with its task: whoever goes on need not wait for the lease to run out. Where a copy's end could not be
            // told, it has to.
            if work.isAccountedFor {
                let store = self.store
                try? await Task { try await store.releaseBuilding(tenant: tenant, builder: lease.owner) }.value
            }
            throw error
        }
    }

    /// Takes the lease. One that a killed process holds is waited for.
    private func begin(
        _ target: TenantSpace,
        tenant: UUID,
        progress: @Sendable (Progress) -> Void
    ) async throws -> (Lease, BuildingSpace) {
        let (store, policy, builder) = (self.store, self.policy, UUID())
        var awaited: Date?
        while true {
            let askedAt = ContinuousClock.now
            do {
                let building = try await store.beginBuilding(tenant: tenant, space: target, builder: builder, policy: policy)
                let lease = Lease(owner: builder, duration: policy.lease, askedAt: askedAt) {
                    try await store.renewBuilding(tenant: tenant, builder: builder, lease: policy.lease)
                }
                return (lease, building)
            } catch SpaceError.held(let until) {
                // A heartbeat has come between: its holder is alive.
                if let awaited, until > awaited { throw SpaceError.held(until: until) }
                awaited = until
                let wait = max(0.05, until.timeIntervalSinceNow)
                progress(Progress(step: .waiting, done: 0, total: Int(wait.rounded(.up)), rate: 0))
                try await Task.sleep(for: .seconds(min(wait, 1)))
            }
        }
    }
}
