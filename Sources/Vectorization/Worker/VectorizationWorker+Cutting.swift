import Foundation
import Logging
import Store

extension VectorizationWorker {
    /// How often it is looked for a provider that was changed over the API or at a terminal.
    private static let beat = Duration.seconds(5)
    /// How long after a file has changed its chunks are compared: by then every process has read it, and cuts its way.
    private static let settling = Duration.seconds(10)
    /// How often it is looked for what a process that was killed has left of a comparison.
    private static let fullLook = Duration.seconds(600)

    /// Queues what the tenants' providers cut otherwise than before. What fails is looked at again.
    func followCutting() async {
        var news = ProviderNews()
        var due: [(providers: Set<String>, at: ContinuousClock.Instant)] = []
        var nextFullLook = ContinuousClock.now + Self.fullLook
        for await _ in Ticks(every: Self.beat).cancelOnGracefulShutdown() {
            let now = ContinuousClock.now
            let definitions = await self.indexes.definitions()
            let changed = news.take(definitions)
            if !changed.isEmpty { due.append((changed, now + Self.settling)) }
            if now >= nextFullLook {
                due.append((Set(definitions.map(\.id)), now))
                nextFullLook = now + Self.fullLook
            }
            let ready = due.filter { $0.at <= now }.reduce(into: Set<String>()) { $0.formUnion($1.providers) }
            do {
                var tenants = Set(try await self.store.tenantsToRecut())
                if !ready.isEmpty { tenants.formUnion(try await self.indexes.tenants(of: ready).map(\.tenant)) }
                due.removeAll { $0.at <= now }
                for tenant in tenants where !Task.isCancelled { await self.recut(tenant) }
            } catch {
                self.logger.debug("chunks cannot be compared now", metadata: ["error": "\(error)"])
            }
        }
    }

    func recut(_ tenant: UUID, settling: Duration = .zero) async {
        let metadata: Logger.Metadata = ["tenant": "\(tenant.uuidString.lowercased())"]
        do {
            let recutting = Recutting(store: self.store, indexes: self.indexes)
            guard let queued = try await recutting.run(tenant: tenant, settling: settling), queued > 0 else { return }
            self.logger.notice(
                "the provider cuts texts otherwise than before; what that changes is queued",
                metadata: metadata.merging(["entities": "\(queued)"]) { $1 }
            )
        } catch {
            self.logger.debug("chunks cannot be compared now", metadata: metadata.merging(["error": "\(error)"]) { $1 })
        }
    }
}
