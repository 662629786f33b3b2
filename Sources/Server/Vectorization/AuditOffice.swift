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
    private let heartbeat: Duration
    private let logger: Logger
    private let orders: AsyncStream<Order>
    private let order: AsyncStream<Order>.Continuation
    /// The tenants of those that run or wait for a place, by the audit's id.
    private var open: [UUID: UUID] = [:]

    /// - Parameter heartbeat: how often the audits that run or wait are said to be alive; well below the two minutes after which one
    ///   that is silent counts as ended.
    init(store: Store, auditing: any Auditing, heartbeat: Duration = .seconds(20), logger: Logger) {
        self.store = store
        self.auditing = auditing
        self.heartbeat = heartbeat
        self.logger = logger
        (self.orders, self.order) = AsyncStream.makeStream()
    }

    /// - Returns: nil where one of the tenant is running.
    func begin(tenant: UUID, repair: Bool, by: String) async throws -> AuditRun? {
        guard let run = try await self.store.beginAudit(tenant: tenant, repair: repair, by: by) else { return nil }
        self.open[run.id] = tenant
        self.order.yield(Order(tenant: tenant, run: run))
        return run
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.beat() }
                for _ in 0..<Self.sideBySide {
                    // What waits when the process is told to stop comes out of the stream as well, and is written off.
                    group.addTask { for await order in self.orders { await self.work(off: order) } }
                }
            }
        }
    }

    private func beat() async {
        while (try? await Task.sleep(for: self.heartbeat)) != nil {
            for (id, tenant) in self.open { _ = try? await self.store.beatAudit(id, tenant: tenant) }
        }
    }

    private func work(off order: Order) async {
        await self.audit(order)
        self.open[order.run.id] = nil
    }

    private nonisolated func audit(_ order: Order) async {
        let (store, id, tenant) = (self.store, order.run.id, order.tenant)
        var (report, failure): (String?, String?)
        do {
            // It may have waited through a time without PostgreSQL, and been closed: then nobody asks for it any more.
            guard try await store.beatAudit(id, tenant: tenant) else { return }
            let outcome = try await self.auditing.audit(tenant: tenant, repair: order.run.repair)
            report = String(decoding: try JSONEncoder().encode(outcome), as: UTF8.self)
        } catch let refusal as AuditRefusal {
            failure = refusal.reason
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
