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

    private enum Fault: String { case missing, surplus, stale }

    private let store: Store
    private let indexes: TenantIndexes
    private let qdrant: QdrantClient

    private static let page = 200
    private static let examples = 5

    public init(store: Store, indexes: TenantIndexes, qdrant: QdrantClient) {
        self.store = store
        self.indexes = indexes
        self.qdrant = qdrant
    }

    /// - Parameters:
    ///   - repair: queues what is missing or stale, and deletes points of entities that are no more.
    ///   - progress: entities compared so far.
    public func run(
        tenant: UUID,
        repair: Bool,
        progress: @Sendable (Int) -> Void = { _ in }
    ) async throws -> AuditReport {
        let index = try await self.indexes.index(of: tenant)
        // What a change reaches beyond its transaction is on its way as well; here it becomes visible as such.
        while try await self.store.fanOut(tenant: tenant) { try Task.checkCancellation() }
        return try await self.run(tenant: tenant, index: index, mending: repair ? .queue : .nothing, progress: progress)
    }

    /// The same of a space that need not be the live one.
    func run(
        tenant: UUID,
        index: TenantIndex,
        mending: Mending,
        progress: @Sendable (Int) -> Void = { _ in }
    ) async throws -> AuditReport {
        let started = ContinuousClock.now
        var report = AuditReport()
        report.drift = try await self.drift(of: index)
        var compared = 0
        for table in EntityTable.allCases {
            var result = AuditReport.Table(table: table)
            var after: UUID?
            while true {
                try Task.checkCancellation()
                let entities = try await self.store.auditPage(
                    tenant: tenant,
                    space: index.space.space,
                    table: table,
                    after: after,
                    limit: Self.page
                )
                guard let last = entities.last else { break }
                after = last.entity
                result.rows += entities.count { $0.isPresent }
                result.queued += entities.count { $0.isQueued }
                result.failed += entities.count { $0.isFailed }
                let faults = try await self.confirmedFaults(
                    of: entities,
                    table: table,
                    tenant: tenant,
                    index: index,
                    result: &result
                )
                report.repaired += try await self.note(faults, in: &result, tenant: tenant, index: index, mending: mending)
                compared += entities.count
                progress(compared)
            }
            report.tables.append(result)
        }
        try await self.walkPoints(tenant: tenant, index: index, mending: mending, report: &report)
        report.seconds = started.duration(to: .now).inSeconds
        return report
    }

    // MARK: Entity by entity

    /// What differs, and still differs when it is looked at again.
    private func confirmedFaults(
        of entities: [AuditedEntity],
        table: EntityTable,
        tenant: UUID,
        index: TenantIndex,
        result: inout AuditReport.Table
    ) async throws -> [UUID: Fault] {
        let (first, points) = try await self.faults(of: entities, table: table, tenant: tenant, index: index)
        result.points += points
        guard !first.isEmpty else { return [:] }
        let again = try await self.store.audited(
            first.keys.sorted { $0.uuidString < $1.uuidString },
            tenant: tenant,
            space: index.space.space,
            table: table
        )
        return try await self.faults(of: again, table: table, tenant: tenant, index: index).faults
    }

    private func faults(
        of entities: [AuditedEntity],
        table: EntityTable,
        tenant: UUID,
        index: TenantIndex
    ) async throws -> (faults: [UUID: Fault], points: Int) {
        let settled = entities.filter { !$0.isQueued && !$0.isFailed }
        guard !settled.isEmpty else { return ([:], 0) }
        let documents = try await self.store.documents(
            tenant: tenant,
            table: table,
            entities: settled.filter(\.isPresent).map(\.entity)
        )
        let expected = await Self.chunks(of: documents, chunker: index.chunker)
        let (standing, count) = try await self.points(of: settled.map(\.entity), index: index)
        var faults: [UUID: Fault] = [:]
        for entity in settled {
            let points = standing[entity.entity] ?? [:]
            guard let chunked = expected[entity.entity] else {
                if !points.isEmpty || !entity.chunks.isEmpty { faults[entity.entity] = .surplus }
                continue
            }
            let ledger = Dictionary(entity.chunks.map { ($0.number, $0) }) { first, _ in first }
            for (number, hash) in chunked.hashes.enumerated() {
                guard let point = points[number], let entry = ledger[number] else {
                    faults[entity.entity] = .missing
                    break
                }
                let isTrue =
                    entry.hash == hash && point.generation == entry.generation
                    && chunked.payload(number: number).allSatisfy { point.payload[$0.key] == $0.value }
                if !isTrue { faults[entity.entity] = .stale }
            }
            if faults[entity.entity] == nil, points.count > chunked.hashes.count || ledger.count > chunked.hashes.count {
                faults[entity.entity] = .surplus
            }
        }
        return (faults, count)
    }

    @concurrent
    private static func chunks(of documents: [EntityRow], chunker: Chunker) async -> [UUID: ChunkedEntity] {
        Dictionary(documents.map { ($0.entity, ChunkedEntity(row: $0, chunker: chunker)) }) { first, _ in first }
    }

    private struct StandingPoint {
        var generation: Int64?
        var payload: [String: QdrantValue]
    }

    private func points(
        of entities: [UUID],
        index: TenantIndex
    ) async throws -> (points: [UUID: [Int: StandingPoint]], count: Int) {
        var found: [UUID: [Int: StandingPoint]] = [:]
        var count = 0
        var start: UUID?
        repeat {
            let page = try await index.vectors.scroll(
                from: start,
                limit: 1_000,
                filter: .entities(entities),
                payload: .only([PointKey.entity, PointKey.generation] + PayloadKey.described)
            )
            for point in page.points {
                guard let entity = point.entity, let chunk = point.payload[PayloadKey.chunk]?.integerValue else { continue }
                found[entity, default: [:]][Int(chunk)] = StandingPoint(
                    generation: point.generation,
                    payload: point.payload
                )
            }
            count += page.points.count
            start = page.next
        } while start != nil
        return (found, count)
    }

    // MARK: Points without rows

    /// Points whose entity neither rows nor ledger know: nothing above could have met them.
    private func walkPoints(tenant: UUID, index: TenantIndex, mending: Mending, report: inout AuditReport) async throws {
        var start: UUID?
        repeat {
            try Task.checkCancellation()
            let page = try await index.vectors.scroll(
                from: start,
                limit: 1_000,
                payload: .only([PointKey.entity, PayloadKey.table])
            )
            var entities: [EntityTable: Set<UUID>] = [:]
            for point in page.points {
                guard let entity = point.entity,
                    let table = point.payload[PayloadKey.table]?.stringValue.flatMap(EntityTable.init(rawValue:))
                else { continue }
                entities[table, default: []].insert(entity)
            }
            for (table, ids) in entities.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                let known = try await self.store.audited(
                    ids.sorted { $0.uuidString < $1.uuidString },
                    tenant: tenant,
                    space: index.space.space,
                    table: table
                )
                let unknown = known.filter { !$0.isPresent && !$0.isQueued && !$0.isFailed && $0.chunks.isEmpty }.map(\.entity)
                guard !unknown.isEmpty, let place = report.tables.firstIndex(where: { $0.table == table }) else { continue }
                let faults = Dictionary(uniqueKeysWithValues: unknown.map { ($0, Fault.surplus) })
                report.repaired += try await self.note(
                    faults,
                    in: &report.tables[place],
                    tenant: tenant,
                    index: index,
                    mending: mending
                )
            }
            start = page.next
        } while start != nil
    }

    // MARK: Mending

    /// Counts the faults and, where asked to, mends them.
    ///
    /// - Returns: how many entities were mended or are on their way.
    private func note(
        _ faults: [UUID: Fault],
        in result: inout AuditReport.Table,
        tenant: UUID,
        index: TenantIndex,
        mending: Mending
    ) async throws -> Int {
        guard !faults.isEmpty else { return 0 }
        for (entity, fault) in faults.sorted(by: { $0.key.uuidString < $1.key.uuidString }) {
            switch fault {
            case .missing: result.missing += 1
            case .surplus: result.surplus += 1
            case .stale: result.stale += 1
            }
            if result.examples.count < Self.examples {
                result.examples.append("\(fault.rawValue) \(entity.uuidString.lowercased())")
            }
        }
        guard mending != .nothing else { return 0 }
        // Rows, deleted ones included, go through the queue: it knows what stands against what.
        let entities = faults.keys.sorted { $0.uuidString < $1.uuidString }
        let queued =
            mending == .queue
            ? try await self.store.enqueue(tenant: tenant, table: result.table, entities: entities)
            : try await self.store.copyAgain(entities, tenant: tenant, space: index.space.space, table: result.table)
        guard queued < entities.count else { return queued }
        // Whoever writes them from here on has a greater number, and is left alone.
        let fence = try await self.store.nextFence()
        let known = Set(
            try await self.store.audited(entities, tenant: tenant, space: index.space.space, table: result.table)
                .filter { $0.isPresent || $0.isQueued || $0.isFailed }.map(\.entity)
        )
        let orphans = entities.filter { !known.contains($0) }
        if !orphans.isEmpty {
            try await index.vectors.deletePoints(entities: orphans, generationAtMost: fence)
            try await self.store.forget(orphans, tenant: tenant, space: index.space.space, upTo: fence)
        }
        return queued + orphans.count
    }

    private func drift(of index: TenantIndex) async throws -> [String] {
        guard let info = try await self.qdrant.collectionInfo(index.space.collection) else {
            return ["the collection \(index.space.collection) is missing"]
        }
        return CollectionLayout(name: index.space.collection, dimensions: index.provider.space.dimensions)
            .drift(from: info).map(\.description)
    }
}
