import FloatJSON
import Foundation

extension TenantVectors {
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
                    if let dense = query.dense, let lexical, query.compared > 0 {
                        try self.writeComparison(query, lexical: lexical, dense: dense, to: &json)
                    }
                }
            }
        }
        let bytes = try await self.client.send(.post, self.path("/points/query/batch"), body: body, for: operation)
        var answers = try self.read(operation) { () throws(FloatJSONError) in try PointReading.batches(in: bytes) }[...]
        let isCompared = query.dense != nil && lexical != nil && query.compared > 0
        guard answers.count == (query.dense == nil ? 0 : 1) + (lexical == nil ? 0 : 1) + (isCompared ? 1 : 0) else {
            throw QdrantError(unreadable: "it did not answer each query", operation: operation)
        }
        for answer in answers {
            for hit in answer { try self.requireOwn(hit.payload, for: operation) }
        }
        var hits = HybridHits()
        if query.dense != nil { hits.dense = answers.popFirst() ?? [] }
        if lexical != nil { hits.lexical = answers.popFirst() ?? [] }
        if let compared = answers.popFirst() { hits.compared = Self.compared(compared, in: hits) }
        return hits
    }

    /// Those that only the lexical half has found, with its payloads and the scores of the comparison.
    private static func compared(_ comparison: [VectorHit], in hits: HybridHits) -> [VectorHit] {
        let known = Set(hits.dense.map(\.id))
        let scores = Dictionary(comparison.map { ($0.id, $0.score) }) { first, _ in first }
        return hits.lexical.compactMap { hit in
            guard !known.contains(hit.id), let score = scores[hit.id] else { return nil }
            return VectorHit(id: hit.id, score: score, payload: hit.payload)
        }
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
            self.writeCorpus(to: &json)
            self.writeSearchEnd(query, to: &json)
        }
    }

    /// The lexical half's best, ranked by meaning: their payloads come with the lexical half.
    private func writeComparison(
        _ query: HybridQuery,
        lexical: SparseVector,
        dense: [Float],
        to json: inout JSONByteWriter
    ) throws(FloatJSONError) {
        try json.object { json throws(FloatJSONError) in
            json.key("prefetch")
            try json.object { json throws(FloatJSONError) in
                json.key("query")
                try lexical.write(to: &json)
                json.key("using")
                json.string(VectorName.lexical)
                self.writeCorpus(to: &json)
                json.key("filter")
                self.writeFilter(query.filter.conditions, to: &json)
                json.key("limit")
                json.integer(query.compared)
            }
            json.key("query")
            try json.floats(dense)
            json.key("using")
            json.string(VectorName.dense)
            json.key("filter")
            self.writeFilter([], to: &json)
            json.key("limit")
            json.integer(query.compared)
            json.key("with_payload")
            PayloadSelection.only([]).write(to: &json)
        }
    }

    /// How rare a word is, is counted among the tenant's points, whatever else the query filters by.
    private func writeCorpus(to json: inout JSONByteWriter) {
        json.key("params")
        json.object { json in
            json.key("idf")
            json.object { json in
                json.key("corpus")
                self.writeFilter([], to: &json)
            }
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
}
