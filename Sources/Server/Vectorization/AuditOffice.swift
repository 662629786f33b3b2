import Foundation
import Logging
import ServiceLifecycle
import Store

/// Runs the audits that were asked for over the API, a few at a time, while the process lives.
actor AuditOffice: Service {
    private struct Order {
        var tenant: UUID
        var run: AuditRun
    }

    private static let sideBySide = 2
    private let store: Store
    private let auditing: any Auditing
    private let logger: Logger
    private let orders: AsyncStream<Order>
    private let order: AsyncStream<Order>.Continuation

    init(store: Store, auditing: any Auditing, logger: Logger) {
        self.store = store
        self.auditing = auditing
        self.logger = logger
        (self.orders, self.order) = AsyncStream.makeStream()
    }

    /// - Returns: nil where one of the tenant is running.
    func begin(tenant: UUID, repair: Bool, by: String) async throws -> AuditRun? {
        guard let run = try await self.store.beginAudit(tenant: tenant, repair: repair, by: by) else { return nil }
        self.order.yield(Order(tenant: tenant, run: run))
        return run
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for _ in 0..<Self.sideBySide {
                    group.addTask { for await order in self.orders { await self.audit(order) } }
                }
            }
        }
    }

    private nonisolated func audit(_ order: Order) async {
        let (store, id, tenant) = (self.store, order.run.id, order.tenant)
        var (report, failure): (String?, String?)
        do {
            let outcome = try await withThrowingTaskGroup(of: AuditOutcome?.self) { group in
                group.addTask { try await self.auditing.audit(tenant: tenant, repair: order.run.repair) }
                group.addTask {
                    while true {
                        try await Task.sleep(for: .seconds(20))
                        try? await store.beatAudit(id, tenant: tenant)
                    }
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
            report = try outcome.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
        } catch {
            self.logger.warning("an audit failed", metadata: ["audit": "\(id)", "error": "\(error)"])
            failure =
                Task.isCancelled ? "its process stopped" : "PostgreSQL or Qdrant does not answer; the service's log says why"
        }
        // The end of a stopped process's audit is written too.
        await Task { [report, failure] in
            try? await store.finishAudit(id, tenant: tenant, report: report, error: failure)
        }.value
    }
}
