import Foundation
import PulseModel
import Qdrant
import Store
import UUIDText

extension SearchService {
    /// How often the lists are asked for where a few entities fill them.
    private static let rounds = 4
    /// What a hit shows. Asked for only of the hits that are shown: texts are long, and candidates many.
    private static let shown = PayloadSelection.only([
        PayloadKey.externalID, PayloadKey.title, PayloadKey.text, PayloadKey.url,
    ])

    /// What is known when a page is full.
    struct Filling {
        /// Why only a part of the search could answer.
        var degraded: String?
        /// Read while the first texts were; nil where nothing was found.
        var end: (space: TenantSpace?, linked: [UUID: [NamedEntity]])?
        /// The entities that `end` was asked of.
        var linked: Set<UUID> = []
    }

    /// Fills a page with the best hits besides those that it has.
    ///
    /// One entity of very many chunks, or one issue of very many changes, may fill the lists: then they are asked for again without
    /// it.
    func fill(
        _ page: inout SearchPage,
        with question: Question,
        vectors: TenantVectors,
        tenant: UUID
    ) async throws -> Filling {
        var question = question
        var filling = Filling()
        let snippet = Snippet(query: page.request.query)
        for _ in 0..<Self.rounds {
            let (candidates, isFull) = try await self.candidates(&question, for: page, vectors: vectors)
            var waiting = candidates[...]
            while page.room > 0 {
                // Nearly always all of the first stay; after them many are asked for at once.
                let isFirst = filling.end == nil
                let some = page.fresh(&waiting, atMost: isFirst ? page.room : ScoreScale.reach)
                if some.isEmpty { break }
                let payloads: [UUID: [String: QdrantValue]]
                if isFirst {
                    var entities: [UUID: EntityTable] = [:]
                    for hit in page.hits { entities[hit.entity] = hit.table }
                    for candidate in some { if let entity = candidate.hit.entity { entities[entity] = candidate.table } }
                    filling.linked = Set(entities.keys)
                    async let end = self.store.searchEnd(tenant: tenant, of: entities)
                    payloads = try await vectors.payloads(ids: some.map(\.hit.id), payload: Self.shown)
                    filling.end = try await end
                } else {
                    payloads = try await vectors.payloads(ids: some.map(\.hit.id), payload: Self.shown)
                }
                for candidate in some { page.take(candidate, payloads[candidate.hit.id], snippet) }
            }
            if page.request.grouping == .none || !isFull || page.room == 0 { break }
        }
        page.sort()
        filling.degraded = question.degraded
        return filling
    }

    /// The lists of all parts, fused.
    ///
    /// - Returns: the chunks, best first, and whether there may be more.
    private func candidates(
        _ question: inout Question,
        for page: SearchPage,
        vectors: TenantVectors
    ) async throws -> (candidates: [Fusion.Candidate], isFull: Bool) {
        var filter = page.request.filter.pointFilter
        if !page.seen.isEmpty {
            filter.conditions.append(.keywordNot(key: PointKey.entity, anyOf: page.seen.map(\.lowercaseText).sorted()))
        }
        // Chunks of one entity stand for one hit.
        let query = HybridQuery(limit: max(ScoreScale.reach, page.request.limit * 4), filter: filter)
        var found: [HybridHits]
        do {
            found = try await Self.hits(of: question.parts, as: query, vectors: vectors)
        } catch let error as QdrantError
            where error.kind == .rejected && question.parts.contains(where: { $0.dense != nil && $0.lexical != nil })
        {
            for place in question.parts.indices { question.parts[place].lexical = nil }
            question.degraded = "by meaning only: \(error.message)"
            found = try await Self.hits(of: question.parts, as: query, vectors: vectors)
        }
        let lists = zip(question.parts, found).map { part, hits in
            Fusion.Lists(
                dense: part.dense == nil ? nil : hits.dense,
                lexical: part.lexical == nil ? nil : hits.lexical
            )
        }
        let scales = question.scales ?? lists.map(Fusion.Scales.init)
        question.scales = scales
        return (
            Fusion.fuse(lists, scales: scales, lexicalWeight: question.lexicalWeight),
            found.contains { $0.dense.count >= query.limit || $0.lexical.count >= query.limit }
        )
    }

    /// What is found of each part, in their order. Nearly all questions have one.
    private static func hits(
        of parts: [Question.Part],
        as query: HybridQuery,
        vectors: TenantVectors
    ) async throws -> [HybridHits] {
        try await vectors.query(
            parts.map { part in
                var query = query
                query.dense = part.dense
                query.lexical = part.lexical
                return query
            },
            label: PayloadKey.table
        )
    }
}
