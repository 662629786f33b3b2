import Foundation
public import Logging
public import ServiceLifecycle
import Store

/// Cleans, as a part of the service, what a ``Reindex`` that was killed after its switch has left behind.
public struct RetiredSpaces: Service {
    private let reindex: Reindex
    private let every: Duration
    private let logger: Logger

    public init(_ reindex: Reindex, every: Duration = .seconds(60), logger: Logger) {
        self.reindex = reindex
        self.every = every
        self.logger = logger
    }

    public func run() async throws {
        for await _ in Ticks(every: self.every).cancelOnGracefulShutdown() {
            do {
                for tenant in try await self.reindex.store.tenantsWithRetiredSpaces() { try await self.clean(tenant) }
            } catch is CancellationError {
                return
            } catch {
                self.logger.warning("spaces that tenants have left cannot be looked for", metadata: ["error": "\(error)"])
            }
        }
    }

    /// One tenant's trouble is not the next one's.
    private func clean(_ tenant: UUID) async throws {
        do {
            try await cancelWhenGracefulShutdown { try await self.reindex.clean(tenant: tenant) }
        } catch let error as CancellationError {
            throw error
        } catch {
            self.logger.warning(
                "a space that a tenant has left cannot be cleaned yet",
                metadata: ["tenant": "\(tenant.uuidString.lowercased())", "error": "\(error)"]
            )
        }
    }
}
