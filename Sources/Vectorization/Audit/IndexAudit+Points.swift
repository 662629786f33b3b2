import Foundation
import PulseModel
import Qdrant
import Store

extension IndexAudit {
    /// One page of all points of the tenant: those whose entity neither rows nor ledger know could not be met entity by entity.
    func walkNext(_ position: inout AuditPosition, scope: AuditScope) async throws {
        try Task.checkCancellation()
        let from = position.point
        let page = try await scope.index.vectors.ifThere { vectors in
            try await vectors.scroll(from: from, limit: Self.pointsPerPage, payload: .only([PointKey.entity, PayloadKey.table]))
        }
        guard let page else {
            position.point = nil
            return
        }
        var entities: [EntityTable: Set<UUID>] = [:]
        var nameless: [UUID] = []
        for point in page.points {
            guard let entity = point.entity,
                let table = point.payload[PayloadKey.table]?.stringValue.flatMap(EntityTable.init(rawValue:))
            else {
                nameless.append(point.id)
                continue
            }
            entities[table, default: []].insert(entity)
        }
        for (table, ids) in entities.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            guard let place = position.report.tables.firstIndex(where: { $0.table == table }) else { continue }
            let unknown = try await self.unknown(ids, table: table, scope: scope)
            var findings = Findings()
            findings.faults = Dictionary(uniqueKeysWithValues: unknown.map { ($0, Fault.surplus) })
            position.report.repaired += try await self.note(findings, in: &position.report.tables[place], scope: scope)
        }
        position.report.nameless += nameless.count
        if scope.mending != .nothing, !nameless.isEmpty {
            try await scope.index.vectors.deletePoints(ids: nameless)
            position.report.repaired += nameless.count
        }
        position.point = page.next
    }

    private func unknown(_ entities: Set<UUID>, table: EntityTable, scope: AuditScope) async throws -> [UUID] {
        try await self.store.audited(
            entities.sorted { $0.uuidString < $1.uuidString },
            tenant: scope.tenant,
            space: scope.space,
            table: table
        ).filter { !$0.isPresent && !$0.isQueued && !$0.isFailed && $0.chunks.isEmpty }.map(\.entity)
    }

    /// Points of the tenant where it is not: of another space in its collection, or in a collection that only others' spaces are in.
    ///
    /// Collections that nobody is in are no part of the index: somebody may keep a copy there.
    func findStrays(_ report: inout AuditReport, scope: AuditScope) async throws {
        // Drawn before the spaces are read: what is written to a space that comes later has a greater number.
        let fence = try await self.store.nextFence()
        var spaces = Dictionary(
            try await self.store.spaces(tenant: scope.tenant).map { ($0.space.collection, $0.space.space) }
        ) { first, _ in first }
        // A space may name its collection by an alias.
        var used = Set(spaces.keys)
        for (alias, collection) in try await self.qdrant.aliases() {
            if let space = spaces[alias] { spaces[collection] = space }
            if try await self.store.isInUse(collection: alias) { used.insert(collection) }
        }
        report.strays = [:]
        for collection in try await self.qdrant.collections().sorted() {
            if !used.contains(collection), spaces[collection] == nil {
                guard try await self.store.isInUse(collection: collection) else { continue }
            }
            let vectors = self.qdrant.vectors(tenant: scope.tenant, collection: collection, space: spaces[collection] ?? "")
            guard let count = try await vectors.ifThere({ try await $0.countStrays() }), count > 0 else { continue }
            report.strays[collection] = count
            guard scope.mending != .nothing else { continue }
            _ = try await vectors.ifThere { try await $0.deleteStrays(generationAtMost: fence) }
            report.repaired += count
        }
    }
}
