import Foundation
import Logging
import PulseModel
import Qdrant
import Store

/// No text is paid for twice: vectors come from the index, from what earlier passes could not write, and only then from a provider.
extension PassDriver {
    /// How long a database that is away is waited for, so that what was paid for is not lost.
    private static let patience = Duration.seconds(60)

    /// Fills in the vectors that can be had without a provider.
    ///
    /// A ledger's word is checked against the point itself, which a later claim may have overwritten. A pass that died or that got no
    /// clear answer has left no word, but perhaps the points themselves.
    ///
    /// - Throws: where Qdrant is away: better not to pay for vectors that cannot be written.
    func findVectors(_ hashes: [ContentHash], index: TenantIndex, tenant: UUID, work: inout Work) async throws {
        let before = ContinuousClock.now
        let known = try await self.store.knownVectors(
            tenant: tenant,
            space: index.space.space,
            hashes: hashes,
            entities: Array(work.fresh)
        )
        work.databaseSeconds += (ContinuousClock.now - before).seconds
        work.unwritten = work.fresh.subtracting(known.written)
        var points = known.points
        for entity in work.doubtful {
            for (number, hash) in (work.documents[entity]?.hashes ?? []).enumerated() {
                points[hash, default: []].append(EntityKey.pointID(entity: entity, chunk: number))
            }
        }
        let length = index.provider.space.dimensions
        work.vectors = known.kept.filter { $0.value.count == length && Self.canBeWritten($0.value) }
        work.kept = Set(work.vectors.keys)
        points = points.filter { work.vectors[$0.key] == nil }
        guard !points.isEmpty else { return }
        let expected = Dictionary(points.flatMap { hash, ids in ids.map { ($0, hash.description) } }) { first, _ in first }
        do {
            let vectors = try await index.vectors.retrieveDense(whose: PayloadKey.contentHash, is: expected)
            let found = points.compactMapValues { ids in ids.lazy.compactMap { vectors[$0] }.first }
            work.vectors.merge(found) { kept, _ in kept }
        } catch let error as QdrantError where error.kind == .invalidAnswer || error.kind == .notFound {
            return
        }
    }

    /// Whether Qdrant takes the vector. One that it does not is worth nothing, whatever was paid for it: kept, it would be taken
    /// again and refused again for ever.
    static func canBeWritten(_ vector: [Float]) -> Bool {
        vector.allSatisfy(\.isFinite) && vector.contains { $0 != 0 }
    }

    /// Ends the pass: keeps what was paid for and not written, then completes the rows.
    ///
    /// Not cancelled with its task: what Qdrant has is to be written down. A database that restarts is waited for while the lease
    /// lasts; where something was paid for that would be lost, for a minute at least.
    func finish(_ passes: [FinishedPass], work: Work, tenant: UUID) async throws -> FinishSummary {
        let written = Set(passes.filter { $0.verdict == .applied }.flatMap { work.documents[$0.row.entity]?.hashes ?? [] })
        let space = work.scope?.space.space
        let unwritten = work.vectors.filter {
            work.paid.contains($0.key) && !written.contains($0.key) && Self.canBeWritten($0.value)
        }
        let wait = DatabaseWait(lease: self.lease)
        let task = Task { [self] in
            if let space, !unwritten.isEmpty {
                do {
                    try await wait.run(forAtLeast: Self.patience) {
                        try await self.store.keep(unwritten, tenant: tenant, space: space)
                    }
                } catch {
                    self.logger.warning(
                        "vectors that were paid for are lost",
                        metadata: ["count": "\(unwritten.count)", "error": "\(error)"]
                    )
                }
            }
            let summary = try await wait.run { try await self.finish(passes, in: space, tenant: tenant) }
            let used = work.kept.intersection(written)
            // Where it fails, upkeep clears them.
            if let space, !used.isEmpty { try? await self.store.discardKept(Array(used), tenant: tenant, space: space) }
            return summary
        }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            wait.end()
        }
    }

    private func finish(_ passes: [FinishedPass], in space: String?, tenant: UUID) async throws -> FinishSummary {
        if let building = self.building {
            return try await self.store.finishCopies(
                passes,
                tenant: tenant,
                space: building.space,
                builder: self.lease.owner,
                policy: self.policy
            )
        }
        return try await self.store.finish(passes, in: space, owner: self.lease.owner, tenant: tenant, policy: self.policy)
    }
}
