public import Foundation
import PulseModel
import Qdrant
import Store

extension Reindex {
    /// Deletes the points of spaces that the tenant has left, and collections that nobody uses any more.
    ///
    /// Not before nothing can land in them any more; searches that began before the switch notice it and search the new space. Any
    /// number of processes may clean at once: what is deleted is older than anything that the tenant can write when it comes back.
    public func clean(tenant: UUID, progress: @Sendable (Progress) -> Void = { _ in }) async throws {
        for retired in try await self.store.retiredSpaces(tenant: tenant) {
            while let until = try await self.store.lastWrite(
                to: retired,
                tenant: tenant,
                writeDeadline: self.policy.writeDeadline
            ) {
                let wait = max(0.05, until.timeIntervalSinceNow)
                progress(Progress(step: .waiting, done: 0, total: Int(wait.rounded(.up)), rate: 0))
                try await Task.sleep(for: .seconds(min(wait, 1)))
            }
            progress(Progress(step: .cleaning, done: 0, total: 0, rate: 0))
            let vectors = self.qdrant.vectors(
                tenant: tenant,
                collection: retired.space.collection,
                space: retired.space.space
            )
            do {
                try await vectors.deleteAll(generationAtMost: retired.fence)
            } catch let error as QdrantError where error.kind == .notFound {
                // A collection that is no more holds nothing of the tenant.
            }
            let isDropped = try await self.store.dropCollection(of: retired, tenant: tenant) {
                _ = try await self.qdrant.deleteCollection(retired.space.collection)
            }
            if isDropped { await self.indexes.forget(collection: retired.space.collection) }
            try await self.store.forgetSpace(retired, tenant: tenant)
        }
    }
}
