import Embedding
import Foundation
import PulseModel
import Qdrant
import Store

extension IndexAudit {
    /// What is wrong with the entities of a page.
    struct Findings {
        var faults: [UUID: Fault] = [:]
        /// Points of the page's entities.
        var points = 0
        /// Points that stand under an id which is not theirs.
        var misnamed: [UUID] = []
        /// Ids under which something of another tenant or space stands.
        var misplaced: [UUID] = []
    }

    /// What differs, and still differs when it is looked at again.
    func confirmedFaults(of entities: [AuditedEntity], table: EntityTable, scope: AuditScope) async throws -> Findings {
        let first = try await self.faults(of: entities, table: table, scope: scope)
        guard !first.faults.isEmpty else { return first }
        try await self.finishFanOuts(of: scope.tenant)
        let again = try await self.store.audited(
            first.faults.keys.sorted { $0.uuidString < $1.uuidString },
            tenant: scope.tenant,
            space: scope.space,
            table: table
        )
        var second = try await self.faults(of: again, table: table, scope: scope)
        second.points = first.points
        return second
    }

    private func faults(of entities: [AuditedEntity], table: EntityTable, scope: AuditScope) async throws -> Findings {
        let settled = entities.filter { !$0.isQueued && !$0.isFailed }
        var findings = Findings()
        guard !settled.isEmpty else { return findings }
        let documents = try await self.store.documents(
            tenant: scope.tenant,
            table: table,
            entities: settled.filter(\.isPresent).map(\.entity)
        )
        let expected = await Self.chunks(of: documents, chunker: scope.index.chunker)
        let standing = try await self.points(of: settled.map(\.entity), index: scope.index, findings: &findings)
        var absent: [UUID: UUID] = [:]
        for entity in settled {
            let points = standing[entity.entity] ?? [:]
            guard let chunked = expected[entity.entity] else {
                if !points.isEmpty || !entity.chunks.isEmpty { findings.faults[entity.entity] = .surplus }
                continue
            }
            let ledger = Dictionary(entity.chunks.map { ($0.number, $0) }) { first, _ in first }
            for (number, hash) in chunked.hashes.enumerated() {
                guard let point = points[number], let entry = ledger[number] else {
                    findings.faults[entity.entity] = .missing
                    if points[number] == nil { absent[EntityKey.pointID(entity: entity.entity, chunk: number)] = entity.entity }
                    continue
                }
                let isTrue =
                    entry.hash == hash && point.generation == entry.generation
                    && chunked.isDescribed(by: point.payload, number: number)
                if !isTrue, findings.faults[entity.entity] == nil { findings.faults[entity.entity] = .stale }
            }
            if findings.faults[entity.entity] == nil, points.count > chunked.hashes.count || ledger.count > chunked.hashes.count {
                findings.faults[entity.entity] = .surplus
            }
        }
        if !absent.isEmpty {
            findings.misplaced = try await scope.index.vectors.ifThere { try await $0.misplaced(Array(absent.keys)) } ?? []
            for id in findings.misplaced { if let entity = absent[id] { findings.faults[entity] = .foreign } }
        }
        return findings
    }

    @concurrent
    private static func chunks(of documents: [EntityRow], chunker: Chunker) async -> [UUID: ChunkedEntity] {
        Dictionary(documents.map { ($0.entity, ChunkedEntity(row: $0, chunker: chunker)) }) { first, _ in first }
    }

    private struct StandingPoint {
        var generation: Int64?
        var payload: [String: QdrantValue]
    }

    private func points(
        of entities: [UUID],
        index: TenantIndex,
        findings: inout Findings
    ) async throws -> [UUID: [Int: StandingPoint]] {
        var found: [UUID: [Int: StandingPoint]] = [:]
        var start: UUID?
        repeat {
            let from = start
            let page = try await index.vectors.ifThere { vectors in
                try await vectors.scroll(
                    from: from,
                    limit: Self.pointsPerPage,
                    filter: .entities(entities),
                    payload: .only([PointKey.entity, PointKey.generation] + PayloadKey.described)
                )
            }
            for point in page?.points ?? [] {
                guard let entity = point.entity else { continue }
                let chunk = point.payload[PayloadKey.chunk]?.integerValue.flatMap { Int(exactly: $0) }
                guard let chunk, point.id == EntityKey.pointID(entity: entity, chunk: chunk) else {
                    findings.misnamed.append(point.id)
                    findings.faults[entity] = .surplus
                    continue
                }
                found[entity, default: [:]][chunk] = StandingPoint(generation: point.generation, payload: point.payload)
            }
            findings.points += page?.points.count ?? 0
            start = page?.next
        } while start != nil
        return found
    }
}

extension TenantVectors {
    /// Nil where there is no such collection.
    func ifThere<R>(_ read: (TenantVectors) async throws -> R) async throws -> R? {
        do {
            return try await read(self)
        } catch let error as QdrantError where error.kind == .notFound {
            return nil
        }
    }
}
