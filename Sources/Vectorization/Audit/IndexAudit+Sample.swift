public import Foundation
import PulseModel
import Store

extension IndexAudit {
    /// What comparing a few entities came to.
    public struct Sample: Sendable, Equatable {
        /// Entities that were compared; those in the queue are on their way and were not.
        public var sampled = 0
        public var tables: [AuditReport.Table] = []
        /// Entities that were queued to mend the differences.
        public var repaired = 0

        public init() {}
    }

    /// Compares a few entities of each table, taken at random, with the ledger and their points, and queues those that differ.
    ///
    /// Many light looks find what a rare whole audit would, without its cost.
    ///
    /// - Parameter count: entities altogether, at least one a table.
    public func sample(tenant: UUID, count: Int) async throws -> Sample {
        var sample = Sample()
        // Before the first vectorization there is nothing to compare with.
        guard let live = try await self.store.liveSpace(tenant: tenant) else { return sample }
        let index = try await self.indexes.index(of: tenant, in: live)
        let scope = AuditScope(tenant: tenant, index: index, mending: .queue)
        func page(of table: EntityTable, after: UUID?, limit: Int) async throws -> [AuditedEntity] {
            try await self.store.auditPage(tenant: tenant, space: scope.space, table: table, after: after, limit: limit)
        }
        let share = max(1, count / EntityTable.allCases.count)
        for table in EntityTable.allCases {
            try Task.checkCancellation()
            // Ids are spread evenly, so that those from a random one on are a random choice.
            var entities = try await page(of: table, after: UUID(), limit: share)
            if entities.count < share {
                let first = try await page(of: table, after: nil, limit: share - entities.count)
                let known = Set(entities.map(\.entity))
                entities += first.filter { !known.contains($0.entity) }
            }
            guard !entities.isEmpty else { continue }
            var result = AuditReport.Table(table: table)
            result.rows = entities.count { $0.isPresent }
            let findings = try await self.confirmedFaults(of: entities, table: table, scope: scope)
            do {
                sample.repaired += try await self.note(findings, in: &result, scope: scope)
            } catch AuditError.tenantMoved {
                // The next sample is of the space that the tenant is in now.
                return sample
            }
            sample.sampled += entities.count { !$0.isQueued && !$0.isFailed }
            sample.tables.append(result)
        }
        return sample
    }
}
