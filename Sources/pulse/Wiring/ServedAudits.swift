import Foundation
import Server
import Store
import Vectorization

/// Audits that are asked for over the API.
struct ServedAudits: Auditing {
    let context: Context

    func audit(tenant: UUID, repair: Bool) async throws -> AuditOutcome {
        guard try await self.context.store.liveSpace(tenant: tenant) != nil else {
            throw AuditRefusal(reason: "nothing of the tenant is indexed yet; run `pulse vectorize --drain`")
        }
        let audit = IndexAudit(store: self.context.store, indexes: self.context.indexes, qdrant: self.context.qdrant)
        let report: AuditReport
        do {
            report = try await audit.run(tenant: tenant, repair: repair) { _ in }
        } catch let error as AuditError {
            throw AuditRefusal(reason: "\(error)")
        }
        return AuditOutcome(
            tables: report.tables.map { table in
                AuditOutcome.Table(
                    table: table.table,
                    rows: table.rows,
                    points: table.points,
                    queued: table.queued,
                    failed: table.failed,
                    missing: table.missing,
                    surplus: table.surplus,
                    stale: table.stale,
                    foreign: table.foreign,
                    examples: table.examples
                )
            },
            strays: report.strays.values.reduce(0, +),
            nameless: report.nameless,
            drift: report.drift,
            fixedSettings: report.fixedSettings,
            differences: report.differences,
            repaired: report.repaired
        )
    }
}
