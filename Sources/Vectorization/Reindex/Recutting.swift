import Embedding
import Foundation
import PulseModel
import Store

/// Queues the entities whose texts a tenant's provider cuts otherwise than the ledger says, where its file was edited or another
/// provider of the same space has taken over: chunks of before may be beyond its limits, or too short to find much by.
///
/// What has been followed is remembered with the space. One process does it; where it is killed, the next one that looks goes over
/// the ledger again.
struct Recutting: Sendable {
    private static let page = 200
    private static let lease = Duration.seconds(60)

    let store: Store
    let indexes: TenantIndexes

    /// - Parameter settling: waited for where there is something to compare, until every process has read an edited file and cuts its way.
    /// - Returns: how many entities; nil where there is nothing to follow, or another process is at it.
    func run(
        tenant: UUID,
        settling: Duration = .zero,
        progress: @Sendable (Reindex.Progress) -> Void = { _ in }
    ) async throws -> Int? {
        guard try await self.store.liveSpace(tenant: tenant) != nil else { return nil }
        let index = try await self.indexes.index(of: tenant)
        let (space, cutting, recutter) = (index.space.space, index.chunker.cutting, UUID())
        let begins = try await self.store.beginRecutting(
            tenant: tenant,
            space: space,
            cutting: cutting,
            recutter: recutter,
            lease: Self.lease
        )
        guard begins else { return nil }
        do {
            if settling > .zero { try await Task.sleep(for: settling) }
            let queued = try await self.compare(index, tenant: tenant, recutter: recutter, progress: progress)
            try await self.store.endRecutting(
                tenant: tenant,
                space: space,
                recutter: recutter,
                cutting: queued == nil ? nil : cutting
            )
            return queued
        } catch {
            let store = self.store
            // Not cancelled with its task.
            try? await Task {
                try await store.endRecutting(tenant: tenant, space: space, recutter: recutter, cutting: nil)
            }.value
            throw error
        }
    }

    /// What is in the queue is cut by whichever provider its worker has; it goes once more where it may have been the former one.
    ///
    /// - Returns: how many entities that stand in the index; nil where another process has taken over meanwhile.
    private func compare(
        _ index: TenantIndex,
        tenant: UUID,
        recutter: UUID,
        progress: @Sendable (Reindex.Progress) -> Void
    ) async throws -> Int? {
        let space = index.space.space
        let counts = try await self.store.tableCounts(tenant: tenant, space: space)
        let total = counts.reduce(0) { $0 + $1.ledgerEntities }
        let started = ContinuousClock.now
        var renewed = started
        var (queued, compared) = (0, 0)
        for table in EntityTable.allCases {
            var after: UUID?
            while true {
                try Task.checkCancellation()
                let entities = try await self.store.auditPage(
                    tenant: tenant,
                    space: space,
                    table: table,
                    after: after,
                    limit: Self.page
                )
                guard let last = entities.last else { break }
                let rows = try await self.store.documents(
                    tenant: tenant,
                    table: table,
                    entities: entities.filter(\.isPresent).map(\.entity)
                )
                let recut = await Self.recut(rows, standing: entities, chunker: index.chunker)
                if ContinuousClock.now - renewed > Self.lease / 4 {
                    guard
                        try await self.store.renewRecutting(tenant: tenant, space: space, recutter: recutter, lease: Self.lease)
                    else { return nil }
                    renewed = ContinuousClock.now
                }
                let count = try await self.store.enqueue(tenant: tenant, table: table, entities: recut.standing, priority: 9)
                _ = try await self.store.enqueue(tenant: tenant, table: table, entities: recut.underway, priority: 9)
                queued += count
                after = last.entity
                compared += entities.count
                let elapsed = max(0.001, (ContinuousClock.now - started).inSeconds)
                progress(
                    Reindex.Progress(
                        step: .comparing,
                        done: compared,
                        total: max(total, compared),
                        rate: Double(compared) / elapsed
                    )
                )
            }
        }
        try await self.store.requeueRefused(tenant: tenant)
        return queued
    }

    /// The entities whose chunks are not those of the ledger, and those that have none yet and may have been claimed by somebody who
    /// cuts them the former way. What was given up is left out.
    @concurrent
    private static func recut(
        _ rows: [EntityRow],
        standing: [AuditedEntity],
        chunker: Chunker
    ) async -> (standing: [UUID], underway: [UUID]) {
        let ledger = Dictionary(standing.map { ($0.entity, $0) }) { first, _ in first }
        var recut: (standing: [UUID], underway: [UUID]) = ([], [])
        for row in rows {
            guard let known = ledger[row.entity], !known.isFailed else { continue }
            guard !known.chunks.isEmpty else {
                recut.underway.append(row.entity)
                continue
            }
            if ChunkedEntity(row: row, chunker: chunker).hashes != known.chunks.map(\.hash) { recut.standing.append(row.entity) }
        }
        return recut
    }
}
