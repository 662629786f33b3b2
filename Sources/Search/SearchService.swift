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
    private let providers: any ProviderResolving
    private let recorder: any OperationsRecording
    private let logger: Logger

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

    /// Chunks that each half puts forward, at least.
    private static let candidates = 120
    /// How often the lists are asked for where a few entities fill them.
    private static let rounds = 4
    /// Of those that only words have found, how many are compared by meaning as well.
    private static let compared = 60

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
            guard var space = try await self.store.liveSpace(tenant: tenant) else { throw SearchError.nothingIndexed }
            while true {
                let result: Result<SearchAnswer, any Error>
                do {
                    result = .success(try await self.answer(request, tenant: tenant, in: space, meter: meter))
                } catch {
                    result = .failure(error)
                }
                // Where the tenant has moved meanwhile, the space that it left may have been emptied under the search.
                if let now = try await self.store.liveSpace(tenant: tenant), now.space != space.space {
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

    private func answer(
        _ request: SearchRequest,
        tenant: UUID,
        in space: TenantSpace,
        meter: SearchMeter
    ) async throws -> SearchAnswer {
        let vectors = self.qdrant.vectors(tenant: tenant, collection: space.collection, space: space.space)
        async let named = self.namedEntities(request, tenant: tenant)
        let question = try await self.question(request, space: space, meter: meter)
        let keyed = try await self.keyHits(await named, vectors: vectors, request: request)
        let asked = ContinuousClock.now
        let found = try await self.hits(of: question, request: request, vectors: vectors, besides: Set(keyed.map(\.entity)))
        meter.found(seconds: (ContinuousClock.now - asked) / .seconds(1))
        var hits = Array((keyed + found.hits).prefix(request.limit))
        let linked = try await self.store.linkedEntities(tenant: tenant, of: Array(Set(hits.map(\.entity))))
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
        return SearchAnswer(hits: hits, degraded: found.degraded, milliseconds: 0)
    }

    // MARK: Candidates

    /// A query as the index understands it.
    private struct Question {
        var dense: [Float]?
        var lexical: SparseVector?
        var lexicalWeight: Double
        /// Why a half is missing that should be there.
        var degraded: String?
        /// Of the first list of words; later ones are measured by it too.
        var bestLexical: Double?
    }

    /// Where the provider is away the words answer alone.
    private func question(_ request: SearchRequest, space: TenantSpace, meter: SearchMeter) async throws -> Question {
        let isIdentifier = LexicalTokens.looksLikeIdentifier(request.query)
        var question = Question(lexicalWeight: isIdentifier ? Fusion.Weight.identifier : Fusion.Weight.prose)
        if request.mode != .lexical {
            do {
                question.dense = try await self.vector(of: request.query, space: space, meter: meter)
            } catch let error as EmbeddingError {
                // By meaning alone was asked for, and cannot be had.
                if request.mode == .semantic { throw SearchError.unavailable(error.description) }
                self.logger.warning(
                    "a query could not be embedded",
                    metadata: ["provider": "\(error.provider)", "error": "\(error.message)"]
                )
                question.degraded = "by words only: \(error.description)"
            }
        }
        if request.mode != .semantic {
            let words = LexicalVector.query(request.query)
            if !words.isEmpty { question.lexical = SparseVector(indices: words.indices, values: words.values) }
        }
        return question
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
    ) async throws -> (hits: [SearchHit], degraded: String?) {
        var question = question
        var hits: [SearchHit] = []
        var seen = known
        // All changes of one issue say almost the same: the best of them stands for the others.
        var seenChanges: Set<String> = []
        for _ in 0..<Self.rounds {
            let (candidates, isFull) = try await self.candidates(&question, request: request, vectors: vectors, besides: seen)
            for candidate in candidates {
                guard let hit = Self.hit(of: candidate, query: request.query) else { continue }
                switch request.grouping {
                case .entity:
                    guard seen.insert(hit.entity).inserted else { continue }
                    if hit.table == .changelogs { guard seenChanges.insert(hit.title).inserted else { continue } }
                case .none: guard !known.contains(hit.entity) else { continue }
                }
                hits.append(hit)
            }
            if request.grouping == .none || !isFull || known.count + hits.count >= request.limit { break }
        }
        return (hits.sorted { ($1.score, $0.entity.uuidString) < ($0.score, $1.entity.uuidString) }, question.degraded)
    }

    /// Both lists, fused.
    ///
    /// - Returns: the chunks, best first, and whether there may be more.
    private func candidates(
        _ question: inout Question,
        request: SearchRequest,
        vectors: TenantVectors,
        besides excluded: Set<UUID>
    ) async throws -> (candidates: [Fusion.Candidate], isFull: Bool) {
        guard question.dense != nil || question.lexical != nil else { return ([], false) }
        var filter = request.filter.pointFilter
        if !excluded.isEmpty {
            filter.conditions.append(
                .keywordNot(key: PointKey.entity, anyOf: excluded.map { $0.uuidString.lowercased() }.sorted())
            )
        }
        var query = HybridQuery(
            dense: question.dense,
            lexical: question.lexical,
            limit: max(Self.candidates, request.limit * 8),
            filter: filter
        )
        var hits: HybridHits
        do {
            hits = try await vectors.query(query)
        } catch let error as QdrantError where error.kind == .rejected && query.lexical != nil && query.dense != nil {
            query.lexical = nil
            question.lexical = nil
            question.degraded = "by meaning only: \(error.message)"
            hits = try await vectors.query(query)
        }
        let isFull = hits.dense.count >= query.limit || hits.lexical.count >= query.limit
        if let dense = question.dense { try await Self.addMeaning(to: &hits, query: dense, vectors: vectors) }
        let best = question.bestLexical ?? hits.lexical.map { Double($0.score) }.max() ?? 0
        question.bestLexical = best
        return (Fusion.fuse(hits, lexicalWeight: question.lexicalWeight, bestLexical: best), isFull)
    }

    /// Gives what only its words have found its cosine too: a guess would put it before what is truly alike.
    private static func addMeaning(to hits: inout HybridHits, query: [Float], vectors: TenantVectors) async throws {
        let known = Set(hits.dense.map(\.id))
        let unknown = hits.lexical.prefix(Self.compared).filter { !known.contains($0.id) }
        guard !unknown.isEmpty else { return }
        let found = try await vectors.retrieveDense(ids: unknown.map(\.id))
        for hit in unknown {
            guard let vector = found[hit.id] else { continue }
            hits.dense.append(VectorHit(id: hit.id, score: Self.cosine(query, vector), payload: hit.payload))
        }
    }

    private static func cosine(_ a: [Float], _ b: [Float]) -> Float {
        var (dot, first, second) = (Float(0), Float(0), Float(0))
        for (x, y) in zip(a, b) {
            dot += x * y
            first += x * x
            second += y * y
        }
        let length = (first * second).squareRoot()
        return length > 0 ? dot / length : 0
    }

    private func vector(of query: String, space: TenantSpace, meter: SearchMeter) async throws -> [Float] {
        let provider = try await self.providers.provider(space.provider)
        guard provider.space.name == space.space else {
            throw EmbeddingError(
                .configuration,
                provider: provider.id,
                message: "its file declares the space \(provider.space.name), but the tenant's vectors are of \(space.space)"
            )
        }
        let started = ContinuousClock.now
        let batch = try await provider.embed([query], as: .query)
        meter.embedded(
            by: provider.id,
            seconds: (ContinuousClock.now - started) / .seconds(1),
            tokens: batch.tokens ?? provider.tokenCounter.count(query)
        )
        guard let vector = batch.vectors.first else {
            throw EmbeddingError(.invalidAnswer, provider: provider.id, message: "it gave no vector for the query")
        }
        return vector
    }

    // MARK: Keys

    private func namedEntities(_ request: SearchRequest, tenant: UUID) async throws -> [NamedEntity] {
        guard request.filter.isEmpty, request.mode != .semantic else { return [] }
        return try await self.store.entities(
            tenant: tenant,
            keys: WorkItemKey.all(in: request.query),
            pullRequests: PullRequestReference.all(in: request.query)
        )
    }

    /// What the query names stands first, whatever else it says.
    private func keyHits(_ named: [NamedEntity], vectors: TenantVectors, request: SearchRequest) async throws -> [SearchHit] {
        guard !named.isEmpty else { return [] }
        let page = try await vectors.scroll(
            limit: 100,
            filter: PointFilter([
                .keyword(key: PointKey.entity, anyOf: named.map { $0.entity.uuidString.lowercased() }),
                .integer(key: PayloadKey.chunk, anyOf: [0]),
            ])
        )
        let texts = Dictionary(
            page.points.compactMap { point in
                point.entity.map { ($0, point.payload[PayloadKey.text]?.stringValue ?? "") }
            }
        ) { first, _ in first }
        return named.map { entity in
            let title = EntityDocument.clean("\(entity.externalID) \(entity.title)")
            return SearchHit(
                table: entity.table,
                externalID: entity.externalID,
                entity: entity.entity,
                title: title,
                snippet: Snippet.of(texts[entity.entity] ?? title, title: title, query: request.query),
                url: entity.url,
                score: 1,
                reason: SearchHit.Reason(key: true),
                linked: []
            )
        }
    }

    private static func hit(of candidate: Fusion.Candidate, query: String) -> SearchHit? {
        let payload = candidate.hit.payload
        guard let entity = payload[PointKey.entity]?.uuidValue,
            let table = payload[PayloadKey.table]?.stringValue.flatMap(EntityTable.init(rawValue:)),
            let externalID = payload[PayloadKey.externalID]?.stringValue
        else { return nil }
        let title = payload[PayloadKey.title]?.stringValue ?? externalID
        return SearchHit(
            table: table,
            externalID: externalID,
            entity: entity,
            title: title,
            snippet: Snippet.of(payload[PayloadKey.text]?.stringValue ?? "", title: title, query: query),
            url: payload[PayloadKey.url]?.stringValue,
            score: max(0, min(1, candidate.score)),
            reason: SearchHit.Reason(dense: candidate.dense, lexical: candidate.lexical),
            linked: []
        )
    }
}
