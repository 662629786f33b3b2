import Foundation
import PulseModel
import Qdrant
import Store

extension IndexAudit {
    private static let examples = 5

    /// Counts the faults and, where asked to, mends them.
    ///
    /// - Returns: how many entities were mended or are on their way.
    /// - Throws: ``AuditError``, `QdrantError`, or what the database says.
    func note(_ findings: Findings, in result: inout AuditReport.Table, scope: AuditScope) async throws -> Int {
        let faults = findings.faults
        guard !faults.isEmpty else { return 0 }
        try await self.requireLive(scope)
        for (entity, fault) in faults.sorted(by: { $0.key.uuidString < $1.key.uuidString }) {
            switch fault {
            case .missing: result.missing += 1
            case .surplus: result.surplus += 1
            case .stale: result.stale += 1
            case .foreign: result.foreign += 1
            }
            if result.examples.count < Self.examples {
                result.examples.append("\(fault.rawValue) \(entity.uuidString.lowercased())")
            }
        }
        guard scope.mending != .nothing else { return 0 }
        // An upsert leaves alone what is another tenant's; and what has no name of its own nothing would ever overwrite.
        try await scope.index.vectors.deleteMisplaced(findings.misplaced)
        if !findings.misnamed.isEmpty { try await scope.index.vectors.deletePoints(ids: findings.misnamed) }
        // Rows, deleted ones included, go through the queue: it knows what stands against what.
        let entities = faults.keys.sorted { $0.uuidString < $1.uuidString }
        let queued =
            scope.mending == .queue
            ? try await self.store.enqueue(tenant: scope.tenant, table: result.table, entities: entities)
            : try await self.store.copyAgain(entities, tenant: scope.tenant, space: scope.space, table: result.table)
        guard queued < entities.count else { return queued }
        // Whoever writes them from here on has a greater number, and is left alone.
        let fence = try await self.store.nextFence()
        let known = Set(
            try await self.store.audited(entities, tenant: scope.tenant, space: scope.space, table: result.table)
                .filter { $0.isPresent || $0.isQueued || $0.isFailed }.map(\.entity)
        )
        let orphans = entities.filter { !known.contains($0) }
        if !orphans.isEmpty {
            _ = try await scope.index.vectors.ifThere { try await $0.deletePoints(entities: orphans, generationAtMost: fence) }
            try await self.store.forget(orphans, tenant: scope.tenant, space: scope.space, upTo: fence)
        }
        return queued + orphans.count
    }
}
