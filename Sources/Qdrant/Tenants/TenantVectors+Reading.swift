import FloatJSON
public import Foundation
import UUIDText

extension TenantVectors {
    /// The dense vectors of those of `ids` that are there and the tenant's; the others are left out.
    public func retrieveDense(ids: [UUID]) async throws -> [UUID: [Float]] {
        try await self.retrieveDense(ids: ids, accepting: { _, _ in true }, key: PointKey.space)
    }

    /// The dense vectors of those points that are there, the tenant's, and carry the expected text under `key`.
    ///
    /// A point may have been overwritten since somebody noted what it holds.
    ///
    /// - Parameter expected: the text of each point.
    public func retrieveDense(whose key: String, is expected: [UUID: String]) async throws -> [UUID: [Float]] {
        try await self.retrieveDense(ids: Array(expected.keys), accepting: { expected[$0] == $1 }, key: key)
    }

    @concurrent
    private func retrieveDense(
        ids: [UUID],
        accepting isExpected: @Sendable (UUID, String) -> Bool,
        key: String
    ) async throws -> [UUID: [Float]] {
        let operation = QdrantOperation.read("retrieve vectors from `\(self.collection)`")
        var found: [UUID: [Float]] = [:]
        for start in stride(from: 0, to: ids.count, by: Self.pointsPerRetrieval) {
            let some = ids[start..<min(start + Self.pointsPerRetrieval, ids.count)]
            let body = try operation.body(capacity: 128 + some.count * 40) { json throws(FloatJSONError) in
                json.object { json in
                    json.key("ids")
                    json.array { json in
                        for id in some { json.string(id.qdrantText) }
                    }
                    json.key("with_payload")
                    PayloadSelection.only([PointKey.space, key]).write(to: &json)
                    json.key("with_vector")
                    json.array { json in json.string(VectorName.dense) }
                }
            }
            let answer = try await self.client.send(.post, self.path("/points"), body: body, for: operation)
            do {
                let ids = try FloatScanner.strings(in: answer, at: "result[*].id")
                let tenants = try FloatScanner.strings(in: answer, at: "result[*].payload.tenant_id")
                let spaces = try FloatScanner.strings(in: answer, at: "result[*].payload.space")
                let texts = try FloatScanner.strings(
                    in: answer,
                    at: JSONPath(steps: [.key("result"), .every, .key("payload"), .key(key)])
                )
                let vectors = try FloatScanner.vectors(in: answer, at: "result[*].vector.dense")
                for index in ids.indices where tenants[index] == self.tenantText && spaces[index] == self.space {
                    guard let id = UUID(text: ids[index]), isExpected(id, texts[index]) else { continue }
                    found[id] = vectors[index]
                }
            } catch {
                throw QdrantError(unreadable: "\(error)", operation: operation)
            }
        }
        return found
    }

    /// The tenant's nearest points, by meaning and by words, in one request.
    ///
    /// - Throws: ``QdrantError``; kind `rejected` where the lexical half is asked of a server before 1.19, which would weigh
    ///   words by all tenants' texts.
    public func query(_ query: HybridQuery) async throws -> HybridHits {
        let operation = QdrantOperation.read("search `\(self.collection)`")
        let lexical = query.lexical.flatMap { $0.isEmpty ? nil : $0 }
        if let lexical {
            try await self.client.require(.firstWithCorpus, for: "search `\(self.collection)` by words of one tenant only")
            if let fault = lexical.fault { throw QdrantError(.rejected, operation: operation.phrase, message: fault) }
        }
        guard query.limit > 0, query.dense != nil || lexical != nil else { return HybridHits() }
        let body = try operation.body(capacity: 2_048 + (query.dense?.count ?? 0) * 12) { json throws(FloatJSONError) in
            try json.object { json throws(FloatJSONError) in
                json.key("searches")
                try json.array { json throws(FloatJSONError) in
                    if let dense = query.dense { try self.writeSearch(query, dense: dense, to: &json) }
                    if let lexical { try self.writeSearch(query, lexical: lexical, to: &json) }
                }
            }
        }
        struct Answer: Decodable { var points: [VectorHit] }
        let answers: [Answer] = try await self.client.result(.post, self.path("/points/query/batch"), body: body, for: operation)
        guard answers.count == (query.dense == nil ? 0 : 1) + (lexical == nil ? 0 : 1) else {
            throw QdrantError(unreadable: "it did not answer each query", operation: operation)
        }
        for hit in answers.flatMap(\.points) { try self.requireOwn(hit.payload, for: operation) }
        return HybridHits(
            dense: query.dense == nil ? [] : answers[0].points,
            lexical: lexical == nil ? [] : answers[answers.count - 1].points
        )
    }

    private func writeSearch(_ query: HybridQuery, dense: [Float], to json: inout JSONByteWriter) throws(FloatJSONError) {
        try json.object { json throws(FloatJSONError) in
            json.key("query")
            try json.floats(dense)
            json.key("using")
            json.string(VectorName.dense)
            if let minimum = query.minimumDenseScore {
                json.key("score_threshold")
                try json.float(minimum)
            }
            if query.exact {
                json.key("params")
                json.object { json in
                    json.key("exact")
                    json.bool(true)
                }
            }
            self.writeSearchEnd(query, to: &json)
        }
    }

    private func writeSearch(_ query: HybridQuery, lexical: SparseVector, to json: inout JSONByteWriter) throws(FloatJSONError) {
        try json.object { json throws(FloatJSONError) in
            json.key("query")
            try lexical.write(to: &json)
            json.key("using")
            json.string(VectorName.lexical)
            json.key("params")
            json.object { json in
                json.key("idf")
                json.object { json in
                    // How rare a word is, is counted among the tenant's points, whatever else the query filters by.
                    json.key("corpus")
                    self.writeFilter([], to: &json)
                }
            }
            self.writeSearchEnd(query, to: &json)
        }
    }

    private func writeSearchEnd(_ query: HybridQuery, to json: inout JSONByteWriter) {
        json.key("filter")
        self.writeFilter(query.filter.conditions, to: &json)
        json.key("limit")
        json.integer(query.limit)
        json.key("with_payload")
        query.payload.write(to: &json)
    }

    /// One page of the tenant's points in order of their ids.
    ///
    /// - Parameters:
    ///   - start: the ``ScrollPage/next`` of the page before; nil begins.
    ///   - limit: points a page at most.
    public func scroll(
        from start: UUID? = nil,
        limit: Int,
        filter: PointFilter = .all,
        payload: PayloadSelection = .all,
        withVector: Bool = false
    ) async throws -> ScrollPage {
        let operation = QdrantOperation.read("list points of `\(self.collection)`")
        let body = try operation.body { json throws(FloatJSONError) in
            json.object { json in
                if let start {
                    json.key("offset")
                    json.string(start.qdrantText)
                }
                json.key("limit")
                json.integer(max(1, limit))
                json.key("filter")
                self.writeFilter(filter.conditions, to: &json)
                json.key("with_payload")
                payload.write(to: &json)
                json.key("with_vector")
                if withVector { json.array { json in json.string(VectorName.dense) } } else { json.bool(false) }
            }
        }
        struct Answer: Decodable {
            var points: [StoredPoint]
            var next: UUID?

            enum CodingKeys: String, CodingKey {
                case points
                case next = "next_page_offset"
            }
        }
        let answer: Answer = try await self.client.result(.post, self.path("/points/scroll"), body: body, for: operation)
        for point in answer.points { try self.requireOwn(point.payload, for: operation) }
        return ScrollPage(points: answer.points, next: answer.next)
    }

    /// How many of the tenant's points a filter names, exactly.
    public func count(_ filter: PointFilter = .all) async throws -> Int {
        let operation = QdrantOperation.read("count points of `\(self.collection)`")
        let body = try operation.body { json throws(FloatJSONError) in
            json.object { json in
                json.key("filter")
                self.writeFilter(filter.conditions, to: &json)
                json.key("exact")
                json.bool(true)
            }
        }
        struct Answer: Decodable { var count: Int }
        let answer: Answer = try await self.client.result(.post, self.path("/points/count"), body: body, for: operation)
        return answer.count
    }

    /// How many of the tenant's points carry each value of a keyword key, exactly; the most frequent values first to stay.
    ///
    /// - Parameter limit: values at most.
    public func counts(by key: String, filter: PointFilter = .all, limit: Int = 1_000) async throws -> [String: Int] {
        let operation = QdrantOperation.read("count points of `\(self.collection)` by \(key)")
        let body = try operation.body { json throws(FloatJSONError) in
            json.object { json in
                json.key("key")
                json.string(key)
                json.key("limit")
                json.integer(max(1, limit))
                json.key("filter")
                self.writeFilter(filter.conditions, to: &json)
                json.key("exact")
                json.bool(true)
            }
        }
        struct Answer: Decodable {
            struct Hit: Decodable {
                var value: String
                var count: Int
            }
            var hits: [Hit]
        }
        let answer: Answer = try await self.client.result(.post, self.path("/facet"), body: body, for: operation)
        return Dictionary(answer.hits.map { ($0.value, $0.count) }) { $0 + $1 }
    }

    private static let pointsPerRetrieval = 256
}
