import FloatJSON
import Foundation

extension TenantVectors {
    /// The tenant's nearest points, by meaning and by words, in one request.
    ///
    /// - Throws: ``QdrantError``; kind `rejected` where the lexical half is asked of a server before 1.19, which would weigh
    ///   words by all tenants' texts.
    public func query(_ query: HybridQuery, label: String? = nil) async throws -> HybridHits {
        try await self.query([query], label: label).first ?? HybridHits()
    }

    /// The same of several questions, still in one request.
    ///
    /// - Parameter label: a payload key whose text comes with each hit. More is had by ``payloads(ids:payload:)``, of those hits that
    ///   are wanted: hits are many, and most of them are ranked and forgotten.
    /// - Returns: the hits of each, in their order.
    public func query(_ queries: [HybridQuery], label: String? = nil) async throws -> [HybridHits] {
        let operation = QdrantOperation.read("search `\(self.collection)`")
        let searches = queries.map(HybridSearches.init)
        for lexical in searches.compactMap(\.lexical) {
            try await self.client.require(.firstWithCorpus, for: "search `\(self.collection)` by words of one tenant only")
            if let fault = lexical.fault { throw QdrantError(.rejected, operation: operation.phrase, message: fault) }
        }
        let count = searches.reduce(0) { $0 + $1.count }
        guard count > 0 else { return searches.map { _ in HybridHits() } }
        let capacity = searches.reduce(256) { $0 + 2_048 + ($1.dense?.count ?? 0) * 12 }
        let body = try operation.body(capacity: capacity) { json throws(FloatJSONError) in
            try json.object { json throws(FloatJSONError) in
                json.key("searches")
                try json.array { json throws(FloatJSONError) in
                    for (query, searches) in zip(queries, searches) {
                        if let dense = searches.dense { try self.writeSearch(query, dense: dense, label: label, to: &json) }
                        if let lexical = searches.lexical {
                            try self.writeSearch(query, lexical: lexical, label: label, to: &json)
                        }
                    }
                }
            }
        }
        let bytes = try await self.client.send(.post, self.path("/points/query/batch"), body: body, for: operation)
        let read = try self.read(operation) { () throws(FloatJSONError) in
            try PointReading.batches(in: bytes, of: self.tenantText, label: label)
        }
        guard read.foreign == 0 else { throw Self.foreignPoint(operation) }
        var answers = read.hits[...]
        guard answers.count == count else {
            throw QdrantError(unreadable: "it did not answer each query", operation: operation)
        }
        return searches.map { searches in
            HybridHits(
                dense: searches.dense == nil ? [] : answers.popFirst() ?? [],
                lexical: searches.lexical == nil ? [] : answers.popFirst() ?? []
            )
        }
    }

    /// The halves of a query that are to be asked.
    private struct HybridSearches {
        var dense: [Float]?
        var lexical: SparseVector?

        var count: Int { (self.dense == nil ? 0 : 1) + (self.lexical == nil ? 0 : 1) }

        init(_ query: HybridQuery) {
            guard query.limit > 0 else { return }
            self.dense = query.dense
            self.lexical = query.lexical.flatMap { $0.isEmpty ? nil : $0 }
        }
    }

    private func writeSearch(
        _ query: HybridQuery,
        dense: [Float],
        label: String?,
        to json: inout JSONByteWriter
    ) throws(FloatJSONError) {
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
            self.writeSearchEnd(query, label: label, to: &json)
        }
    }

    private func writeSearch(
        _ query: HybridQuery,
        lexical: SparseVector,
        label: String?,
        to json: inout JSONByteWriter
    ) throws(FloatJSONError) {
        try json.object { json throws(FloatJSONError) in
            json.key("query")
            try lexical.write(to: &json)
            json.key("using")
            json.string(VectorName.lexical)
            self.writeCorpus(to: &json)
            self.writeSearchEnd(query, label: label, to: &json)
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

    private func writeSearchEnd(_ query: HybridQuery, label: String?, to json: inout JSONByteWriter) {
        json.key("filter")
        self.writeFilter(query.filter.conditions, to: &json)
        json.key("limit")
        json.integer(query.limit)
        json.key("with_payload")
        PayloadSelection.only([PointKey.entity] + (label.map { [$0] } ?? [])).write(to: &json)
    }
}
