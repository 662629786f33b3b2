import Embedding
import Foundation
import PulseModel
import Store

extension Reindex {
    private static let page = 200

    /// Queues, after another provider of the same space has taken over, the entities whose texts it cuts otherwise than the ledger
    /// says: those of the one before may be beyond its limits, or too short to find much by.
    ///
    /// What is in the queue is cut by whichever provider its worker has; it goes once more where it may have been the former one.
    /// What this leaves undone where the process is killed, `pulse audit --repair` finds as stale and queues.
    ///
    /// - Returns: how many entities.
    func queueRecut(tenant: UUID, progress: @Sendable (Progress) -> Void) async throws -> Int {
        let index = try await self.indexes.index(of: tenant)
        let space = index.space.space
        let counts = try await self.store.tableCounts(tenant: tenant, space: space)
        let total = counts.reduce(0) { $0 + $1.ledgerEntities }
        let started = ContinuousClock.now
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
                queued += try await self.store.enqueue(tenant: tenant, table: table, entities: recut, priority: 9)
                after = last.entity
                compared += entities.count
                let elapsed = max(0.001, (ContinuousClock.now - started).inSeconds)
                progress(
                    Progress(step: .comparing, done: compared, total: max(total, compared), rate: Double(compared) / elapsed)
                )
            }
        }
        return queued
    }

    /// The entities whose chunks are not those of the ledger.
    @concurrent
    private static func recut(_ rows: [EntityRow], standing: [AuditedEntity], chunker: Chunker) async -> [UUID] {
        let ledger = Dictionary(standing.map { ($0.entity, $0.chunks.map(\.hash)) }) { first, _ in first }
        return rows.filter { ChunkedEntity(row: $0, chunker: chunker).hashes != ledger[$0.entity] }.map(\.entity)
    }
}
