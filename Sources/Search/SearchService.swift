public import Embedding
public import Foundation
public import Logging
public import PulseModel
public import Qdrant
public import Store

/// Answers questions across a tenant's Jira and GitHub.
public struct SearchService: Sendable {
    let store: Store
    private let qdrant: QdrantClient
    let providers: any ProviderResolving
    private let recorder: any OperationsRecording
    private let remembered = RememberedSpaces()
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
            let outset = try await self.outset(of: tenant, names: names)
            var space = outset.space
            while true {
                let result: Result<SearchAnswer, any Error>
                let now: TenantSpace?
                do {
                    let end = try await self.answer(request, tenant: tenant, in: space, named: outset.named, meter: meter)
                    (result, now) = (.success(end.answer), end.space)
                } catch {
                    (result, now) = (.failure(error), try await self.store.liveSpace(tenant: tenant))
                }
                self.remembered.remember(now, of: tenant)
                // Where the tenant has moved meanwhile, the space that it left may have been emptied under the search.
                if let now, now != space {
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
            if error.kind == .notFound { throw SearchError.nothingIndexed }
            self.log(error)
            throw SearchError.unavailable(error.publicDescription)
        } catch {
            self.log(error)
            throw SearchError.unavailable(FailureText.withoutHosts("\(error)"))
        }
    }

    /// Where the search begins, and what it names.
    private func outset(
        of tenant: UUID,
        names: (keys: [String], pullRequests: [PullRequestReference])
    ) async throws -> (space: TenantSpace, named: [NamedEntity]) {
        if names.keys.isEmpty, names.pullRequests.isEmpty, let space = self.remembered.space(of: tenant) { return (space, []) }
        let outset = try await self.store.searchOutset(tenant: tenant, keys: names.keys, pullRequests: names.pullRequests)
        guard let space = outset.space else { throw SearchError.nothingIndexed }
        return (space, outset.named)
    }

    /// Writes all of an error's text into the log, of which who searches is told a part.
    private func log(_ error: any Error) {
        guard !Task.isCancelled else { return }
        self.logger.warning("a search could not be answered", metadata: ["error": "\(error)"])
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
        var page = SearchPage(request: request, keyed: keyed)
        let filling = try await self.fill(&page, with: question, vectors: vectors, tenant: tenant)
        meter.found(seconds: (ContinuousClock.now - asked) / .seconds(1))
        var end = filling.end
        // A chunk that is gone may have gone with its space: which one the tenant searches is asked after it was seen.
        if end == nil || page.hasGone || !page.hits.allSatisfy({ filling.linked.contains($0.entity) }) {
            let entities = page.hits.map { ($0.entity, $0.table) }
            end = try await self.store.searchEnd(tenant: tenant, of: Dictionary(entities) { first, _ in first })
        }
        page.link((end?.linked ?? [:]).mapValues { $0.prefix(5).map(SearchHit.Linked.init) })
        return (SearchAnswer(hits: page.hits, degraded: filling.degraded, milliseconds: 0), end?.space)
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
}
