public import Embedding
public import Foundation
public import Logging
public import PulseModel
public import Qdrant
public import Store

/// Answers questions across a tenant's Jira and GitHub.
public struct SearchService: Sendable {
    private let store: Store
    private let qdrant: QdrantClient
    let providers: any ProviderResolving
    private let recorder: any OperationsRecording
    let logger: Logger

    /// - Parameter recorder: takes how long searches take and which fail.
    public init(
        store: Store,
        qdrant: QdrantClient,
        providers: any ProviderResolving,
        recorder: any OperationsRecording = NoRecording(),
        logger: Logger
    ) {
        self.store = store
        self.qdrant = qdrant
        self.providers = providers
        self.recorder = recorder
        self.logger = logger
    }

    /// How often the lists are asked for where a few entities fill them.
    private static let rounds = 4
    /// What ranking needs of a chunk; the rest is asked for only of the hits that are shown, for texts are long and candidates many.
    private static let ranked = PayloadSelection.only([
        PointKey.entity, PayloadKey.table, PayloadKey.externalID, PayloadKey.title,
    ])
    /// What a hit shows besides.
    private static let shown = PayloadSelection.only([PayloadKey.text, PayloadKey.url])

    /// - Throws: ``SearchError``.
    public func search(_ request: SearchRequest, tenant: UUID) async throws(SearchError) -> SearchAnswer {
        let meter = SearchMeter(mode: request.mode, recorder: self.recorder, tenant: tenant)
        do throws(SearchError) {
            let answer = try await self.answer(to: request, tenant: tenant, meter: meter)
            meter.answered(isDegraded: answer.degraded != nil)
            return answer
        } catch {
            meter.failed(error)
            throw error
        }
    }

    private func answer(to request: SearchRequest, tenant: UUID, meter: SearchMeter) async throws(SearchError) -> SearchAnswer {
        if let fault = request.fault { throw SearchError.invalid(fault) }
        let started = ContinuousClock.now
        do {
            let names = Self.names(in: request)
            let outset = try await self.store.searchOutset(tenant: tenant, keys: names.keys, pullRequests: names.pullRequests)
            guard var space = outset.space else { throw SearchError.nothingIndexed }
            while true {
                let result: Result<SearchAnswer, any Error>
                let now: TenantSpace?
                do {
                    let end = try await self.answer(request, tenant: tenant, in: space, named: outset.named, meter: meter)
                    (result, now) = (.success(end.answer), end.space)
                } catch {
                    (result, now) = (.failure(error), try await self.store.liveSpace(tenant: tenant))
                }
                // Where the tenant has moved meanwhile, the space that it left may have been emptied under the search.
                if let now, now.space != space.space {
                    space = now
                    continue
                }
                var answer = try result.get()
                let elapsed = started.duration(to: .now).components
                answer.milliseconds =
                    ((Double(elapsed.seconds) * 1_000 + Double(elapsed.attoseconds) * 1e-15) * 100).rounded() / 100
                return answer
            }
        } catch let error as SearchError {
            throw error
        } catch let error as QdrantError {
            throw error.kind == .notFound ? SearchError.nothingIndexed : SearchError.unavailable(error.description)
        } catch {
            throw SearchError.unavailable("\(error)")
        }
    }

    /// - Returns: the answer, and the space that the tenant searches at its end.
    private func answer(
        _ request: SearchRequest,
        tenant: UUID,
        in space: TenantSpace,
        named: [NamedEntity],
        meter: SearchMeter
    ) async throws -> (answer: SearchAnswer, space: TenantSpace?) {
        let vectors = self.qdrant.vectors(tenant: tenant, collection: space.collection, space: space.space)
        let question = try await self.question(request, space: space, meter: meter)
        let keyed = try await self.keyHits(named, vectors: vectors, request: request)
        let asked = ContinuousClock.now
        let found = try await self.hits(of: question, request: request, vectors: vectors, besides: Set(keyed.map(\.entity)))
        let chosen = found.hits.prefix(max(0, request.limit - keyed.count))
        let entities = Array(Set((keyed + chosen.map(\.hit)).map(\.entity)))
        async let end = self.store.searchEnd(tenant: tenant, of: entities)
        let shown = try await vectors.payloads(ids: chosen.map(\.point), payload: Self.shown)
        meter.found(seconds: (ContinuousClock.now - asked) / .seconds(1))
        var hits = Array(keyed.prefix(request.limit))
        let snippet = Snippet(query: request.query)
        hits += chosen.map { found in
            var hit = found.hit
            // A chunk may have gone meanwhile; its title stays.
            let payload = shown[found.point] ?? [:]
            hit.snippet = snippet.of(payload[PayloadKey.text]?.stringValue ?? hit.title, title: hit.title)
            hit.url = payload[PayloadKey.url]?.stringValue
            return hit
        }
        let (now, linked) = try await end
        for index in hits.indices {
            hits[index].linked = (linked[hits[index].entity] ?? []).prefix(5).map { entity in
                SearchHit.Linked(
                    table: entity.table,
                    externalID: entity.externalID,
                    title: EntityDocument.clean(entity.title),
                    url: entity.url
                )
            }
        }
        return (SearchAnswer(hits: hits, degraded: found.degraded, milliseconds: 0), now)
    }

    // MARK: Candidates

    /// A hit before it is shown, and the point that it comes from.
    private struct Found {
        var point: UUID
        var hit: SearchHit
    }

    /// The best hits besides those that are known already.
    ///
    /// One entity of very many chunks, or one issue of very many changes, may fill the lists: then they are asked for again without
    /// it.
    private func hits(
        of question: Question,
        request: SearchRequest,
        vectors: TenantVectors,
        besides known: Set<UUID>
    ) async throws -> (hits: [Found], degraded: String?) {
        var question = question
        var hits: [Found] = []
        var seen = known
        // All changes of one issue say almost the same: the best of them stands for the others.
        var seenChanges: Set<String> = []
        for _ in 0..<Self.rounds {
            let (candidates, isFull) = try await self.candidates(&question, request: request, vectors: vectors, besides: seen)
            for candidate in candidates {
                guard let hit = Self.hit(of: candidate) else { continue }
                switch request.grouping {
                case .entity:
                    guard seen.insert(hit.entity).inserted else { continue }
                    if hit.table == .changelogs { guard seenChanges.insert(hit.title).inserted else { continue } }
                case .none: guard !known.contains(hit.entity) else { continue }
                }
                hits.append(Found(point: candidate.hit.id, hit: hit))
                // The best come first: no later one can take a place.
                if known.count + hits.count >= request.limit { break }
            }
            if request.grouping == .none || !isFull || known.count + hits.count >= request.limit { break }
        }
        hits.sort { $0.hit.score == $1.hit.score ? $0.hit.entity < $1.hit.entity : $0.hit.score > $1.hit.score }
        return (hits, question.degraded)
    }

    /// The lists of all parts, fused.
    ///
    /// - Returns: the chunks, best first, and whether there may be more.
    private func candidates(
        _ question: inout Question,
        request: SearchRequest,
        vectors: TenantVectors,
        besides excluded: Set<UUID>
    ) async throws -> (candidates: [Fusion.Candidate], isFull: Bool) {
        var filter = request.filter.pointFilter
        if !excluded.isEmpty {
            filter.conditions.append(
                .keywordNot(key: PointKey.entity, anyOf: excluded.map { $0.uuidString.lowercased() }.sorted())
            )
        }
        // Chunks of one entity stand for one hit.
        let query = HybridQuery(
            limit: max(ScoreScale.reach, request.limit * 4),
            filter: filter,
            payload: Self.ranked
        )
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
            }
        )
    }

    // MARK: Keys

    private static func names(in request: SearchRequest) -> (keys: [String], pullRequests: [PullRequestReference]) {
        guard request.mode != .semantic else { return ([], []) }
        return (WorkItemKey.all(in: request.query), PullRequestReference.all(in: request.query))
    }

    /// What the query names stands first, whatever else it says, as far as the filter lets it pass.
    private func keyHits(_ named: [NamedEntity], vectors: TenantVectors, request: SearchRequest) async throws -> [SearchHit] {
        guard !named.isEmpty else { return [] }
        var filter = request.filter.pointFilter
        filter.conditions += [
            .keyword(key: PointKey.entity, anyOf: named.map { $0.entity.uuidString.lowercased() }),
            .integer(key: PayloadKey.chunk, anyOf: [0]),
        ]
        let page = try await vectors.scroll(limit: 100, filter: filter)
        let texts = Dictionary(
            page.points.compactMap { point in
                point.entity.map { ($0, point.payload[PayloadKey.text]?.stringValue ?? "") }
            }
        ) { first, _ in first }
        let snippet = Snippet(query: request.query)
        return named.compactMap { entity in
            // Without a filter, what is named is found before it is indexed.
            guard request.filter.isEmpty || texts[entity.entity] != nil else { return nil }
            let title = EntityDocument.clean("\(entity.externalID) \(entity.title)")
            return SearchHit(
                table: entity.table,
                externalID: entity.externalID,
                entity: entity.entity,
                title: title,
                snippet: snippet.of(texts[entity.entity] ?? title, title: title),
                url: entity.url,
                score: 1,
                reason: SearchHit.Reason(key: true),
                linked: []
            )
        }
    }

    /// Without what is asked for later: the snippet and the address.
    private static func hit(of candidate: Fusion.Candidate) -> SearchHit? {
        let payload = candidate.hit.payload
        guard let entity = payload[PointKey.entity]?.uuidValue,
            let table = payload[PayloadKey.table]?.stringValue.flatMap(EntityTable.init(rawValue:)),
            let externalID = payload[PayloadKey.externalID]?.stringValue
        else { return nil }
        return SearchHit(
            table: table,
            externalID: externalID,
            entity: entity,
            title: payload[PayloadKey.title]?.stringValue ?? externalID,
            snippet: "",
            url: nil,
            score: candidate.score,
            reason: SearchHit.Reason(dense: candidate.dense, lexical: candidate.lexical),
            linked: []
        )
    }
}
