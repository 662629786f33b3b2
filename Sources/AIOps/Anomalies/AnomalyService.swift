import Foundation
public import Logging
public import ServiceLifecycle
public import Store

/// Looks for anomalies of each tenant that something was measured of, every minute.
public struct AnomalyService: Service {
    private let store: Store
    private let watch: AnomalyWatch
    private let interval: Duration
    private let logger: Logger

    public init(store: Store, watch: AnomalyWatch, interval: Duration = .seconds(60), logger: Logger) {
        self.store = store
        self.watch = watch
        self.interval = interval
        self.logger = logger
    }

    public func run() async throws {
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            let interval = self.interval
            _ = try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }
            guard !Task.isCancelled, !Task.isShuttingDownGracefully else { return }
            do {
                // Twice the interval: a look that was late misses nobody. Who is measured no more is left to the upkeep.
                for tenant in try await self.store.measuredTenants(since: Date() - 2 * (interval / .seconds(1))) {
                    let report = try await self.watch.look(tenant: tenant)
                    guard report.opened > 0 || report.resolved > 0 else { continue }
                    self.logger.info(
                        "anomalies have changed",
                        metadata: ["tenant": "\(tenant)", "opened": "\(report.opened)", "resolved": "\(report.resolved)"]
                    )
                }
            } catch {
                if Task.isCancelled { return }
                self.logger.warning("anomalies cannot be looked for; trying again", metadata: ["error": "\(error)"])
            }
        }
    }
}
