import Foundation
import PulseModel
import Qdrant
import Store

extension Reindex {
    /// Deletes the points of spaces that the tenant has left, and collections that nobody uses any more.
    ///
    /// Searches that began before the switch may still read them, so they stand for one write deadline.
    func clean(tenant: UUID, progress: @Sendable (Progress) -> Void = { _ in }) async throws {
        for retired in try await self.store.retiredSpaces(tenant: tenant) {
            let wait = retired.retiredAt.timeIntervalSinceNow + self.policy.writeDeadline.inSeconds
            if wait > 0 {
                progress(Progress(step: .waiting, done: 0, total: Int(wait.rounded(.up)), rate: 0))
                try await Task.sleep(for: .seconds(wait))
            }
            progress(Progress(step: .cleaning, done: 0, total: 0, rate: 0))
            let vectors = self.qdrant.vectors(
                tenant: tenant,
                collection: retired.space.collection,
                space: retired.space.space
            )
            do {
                try await vectors.deleteAll()
            } catch let error as QdrantError where error.kind == .notFound {
                // A collection that is no more holds nothing of the tenant.
            }
            let tenants = try await self.store.forgetSpace(tenant: tenant, space: retired.space)
            guard tenants == 0 else { continue }
            _ = try await self.qdrant.deleteCollection(retired.space.collection)
            await self.indexes.forget(collection: retired.space.collection)
        }
    }
}
