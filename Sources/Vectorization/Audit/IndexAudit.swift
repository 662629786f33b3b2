import Embedding
public import Foundation
import PulseModel
public import Qdrant
public import Store

/// Proves that what is in the sources' rows is in the index, once, for its tenant only; or says where it is not.
///
/// Each entity's document is made anew and compared, chunk by chunk, with the ledger and with the points themselves; then all points
/// are walked for those that no row accounts for. Pages keep the memory flat. What is in the queue is on its way and not compared.
/// What differs is looked at twice, so that work that goes on meanwhile is not taken for a fault.
public struct IndexAudit: Sendable {
    /// How differences are mended.
    enum Mending {
        case nothing
        /// Of the live space: by the queue.
        case queue
        /// Of a space that is being built: by another copy.
        case copies
    }

    enum Fault: String { case missing, surplus, stale, foreign }

    let store: Store
    let indexes: TenantIndexes
    let qdrant: QdrantClient

    static let page = 200
    static let pointsPerPage = 1_000
    private static let saveEvery = Duration.seconds(1)
    /// How long a page of a fan-out may be in another worker's hands.
    private static let fanOutPatience = Duration.seconds(30)
    /// Audits of one that find the tenant moved each time.
    private static let moves = 3

    public init(store: Store, indexes: TenantIndexes, qdrant: QdrantClient) {
        self.store = store
        self.indexes = indexes
        self.qdrant = qdrant
    }

    /// Where a reindex switches meanwhile, it begins anew in the space that is live then.
    ///
    /// - Parameters:
    ///   - repair: queues what is missing or stale, deletes points that belong to nothing, and brings the collection to its layout.
    ///   - resume: goes on where an audit that was interrupted has been, with what it has found; begins anew where none was, and
    ///     where one that is to repair would leave as it is what the other has only looked at.
    ///   - progress: entities compared so far.
    /// - Throws: ``AuditError``, `EmbeddingError`, `QdrantError`, or what the database says.
    public func run(
        tenant: UUID,
        repair: Bool,
        resume: Bool = false,
        progress: @Sendable (Int) -> Void = { _ in }
    ) async throws -> AuditReport {
        for move in 0..<Self.moves {
            do {
                return try await self.compareLiveSpace(
                    of: tenant,
                    repair: repair,
                    resume: resume && move == 0,
                    progress: progress
                )
            } catch AuditError.tenantMoved {}
        }
        throw AuditError.tenantMoved
    }

    private func compareLiveSpace(
        of tenant: UUID,
        repair: Bool,
        resume: Bool,
        progress: @Sendable (Int) -> Void
    ) async throws -> AuditReport {
        guard let live = try await self.store.liveSpace(tenant: tenant) else { return AuditReport() }
        try await self.finishFanOuts(of: tenant)
        var position = AuditPosition()
        if resume, let state = try await self.store.auditCheckpoint(tenant: tenant, space: live.space),
            let saved = try? JSONDecoder().decode(AuditPosition.self, from: Data(state.utf8)), saved.repairs || !repair
        {
            position = saved
        }
        position.repairs = repair
        // A look changes nothing: a collection that is missing is said to be, not made.
        let index = try await self.indexes.index(of: tenant, in: live, ensuring: false)
        try await self.compareCollection(of: index, in: &position.report, repair: repair)
        let report = try await self.run(
            tenant: tenant,
            index: index,
            mending: repair ? .queue : .nothing,
            from: position,
            savingIn: live.space,
            progress: progress
        )
        try await self.requireLive(AuditScope(tenant: tenant, index: index, mending: repair ? .queue : .nothing))
        try await self.store.dropAuditCheckpoint(tenant: tenant)
        return report
    }

    /// What a change reaches beyond its transaction is on its way as well; once all of it is queued, it is visible as such.
    func finishFanOuts(of tenant: UUID) async throws {
        var waiting = ContinuousClock.now
        while try await self.store.isFanningOut(tenant: tenant) {
            if try await self.store.fanOut(tenant: tenant) {
                waiting = .now
            } else {
                guard ContinuousClock.now - waiting < Self.fanOutPatience else { return }
                try await Task.sleep(for: .milliseconds(50))
            }
            try Task.checkCancellation()
        }
    }

    /// - Throws: ``AuditError/tenantMoved`` where another space than the one that is compared has become the live one: the points of
    ///   the former are not written any more, and are deleted.
    func requireLive(_ scope: AuditScope) async throws {
        // Copies are made before the switch, by whoever switches.
        guard scope.mending != .copies else { return }
        guard try await self.store.liveSpace(tenant: scope.tenant)?.space == scope.space else { throw AuditError.tenantMoved }
    }

    /// The same of a space that need not be the live one, without what concerns the collection as a whole.
    ///
    /// - Parameter space: under whose name a checkpoint is kept; nil keeps none.
    func run(
        tenant: UUID,
        index: TenantIndex,
        mending: Mending,
        from start: AuditPosition = AuditPosition(),
        savingIn space: String? = nil,
        progress: @Sendable (Int) -> Void = { _ in }
    ) async throws -> AuditReport {
        let started = ContinuousClock.now
        let before = start.report.seconds
        var position = start
        var saved = ContinuousClock.now
        func save() async throws {
            position.report.seconds = before + started.duration(to: .now).inSeconds
            guard let space, ContinuousClock.now - saved > Self.saveEvery else { return }
            saved = .now
            let state = String(decoding: try JSONEncoder().encode(position), as: UTF8.self)
            try await self.store.saveAuditCheckpoint(state, tenant: tenant, space: space)
        }
        let scope = AuditScope(tenant: tenant, index: index, mending: mending)
        if position.phase == .entities {
            var compared = position.report.tables.reduce(0) { $0 + $1.rows }
            let tables = EntityTable.allCases.drop { position.table != nil && $0 != position.table }
            for table in tables {
                if position.table != table {
                    position.table = table
                    position.after = nil
                    position.report.tables.append(AuditReport.Table(table: table))
                }
                while let entities = try await self.compareNext(&position, table: table, scope: scope) {
                    compared += entities
                    progress(compared)
                    try await save()
                }
            }
            position.phase = .points
        }
        while position.phase == .points {
            try await self.walkNext(&position, scope: scope)
            if position.point == nil { position.phase = .strays }
            try await save()
        }
        if mending != .copies { try await self.findStrays(&position.report, scope: scope) }
        try await save()
        return position.report
    }

    /// - Returns: how many entities were compared; nil after the last.
    private func compareNext(_ position: inout AuditPosition, table: EntityTable, scope: AuditScope) async throws -> Int? {
        try Task.checkCancellation()
        let entities = try await self.store.auditPage(
            tenant: scope.tenant,
            space: scope.index.space.space,
            table: table,
            after: position.after,
            limit: Self.page
        )
        guard let last = entities.last, let place = position.report.tables.firstIndex(where: { $0.table == table }) else {
            return nil
        }
        let found = try await self.confirmedFaults(of: entities, table: table, scope: scope)
        position.report.tables[place].rows += entities.count { $0.isPresent }
        position.report.tables[place].queued += entities.count { $0.isQueued }
        position.report.tables[place].failed += entities.count { $0.isFailed }
        position.report.tables[place].points += found.points
        position.report.repaired += try await self.note(found, in: &position.report.tables[place], scope: scope)
        position.after = last.entity
        return entities.count
    }

    private func compareCollection(of index: TenantIndex, in report: inout AuditReport, repair: Bool) async throws {
        let layout = await self.indexes.layout(of: index)
        guard let info = try await self.qdrant.collectionInfo(index.space.collection) else {
            if repair { _ = try await self.indexes.index(of: index.vectors.tenant, in: index.space) }
            (report.drift, report.fixedSettings) = (["the collection \(index.space.collection) is missing"], [])
            return
        }
        let drift = layout.drift(from: info)
        if repair, !drift.isEmpty { _ = try await self.qdrant.mendCollection(layout) }
        report.drift = drift.filter { $0.kind != .fixedSetting }.map(\.description)
        report.fixedSettings = drift.filter { $0.kind == .fixedSetting }.map(\.description)
    }
}

/// What an audit is of.
struct AuditScope: Sendable {
    var tenant: UUID
    var index: TenantIndex
    var mending: IndexAudit.Mending

    var space: String { self.index.space.space }
}
