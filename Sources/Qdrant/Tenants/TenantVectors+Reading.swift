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
        let bytes = try await self.client.send(.post, self.path("/points/scroll"), body: body, for: operation)
        let page = try self.read(operation) { () throws(FloatJSONError) in try PointReading.page(in: bytes) }
        for point in page.points { try self.requireOwn(point.payload, for: operation) }
        return page
    }

    /// The payloads of those of `ids` that are there and the tenant's, in this space; the others are left out.
    public func payloads(ids: [UUID], payload: PayloadSelection = .all) async throws -> [UUID: [String: QdrantValue]] {
        guard !ids.isEmpty else { return [:] }
        let operation = QdrantOperation.read("retrieve points of `\(self.collection)`")
        let body = try operation.body(capacity: 128 + ids.count * 40) { json throws(FloatJSONError) in
            json.object { json in
                json.key("ids")
                json.array { json in
                    for id in ids { json.string(id.qdrantText) }
                }
                json.key("with_payload")
                payload.adding(PointKey.space).write(to: &json)
                json.key("with_vector")
                json.bool(false)
            }
        }
        let bytes = try await self.client.send(.post, self.path("/points"), body: body, for: operation)
        let points = try self.read(operation) { () throws(FloatJSONError) in try PointReading.points(in: bytes) }
        var found: [UUID: [String: QdrantValue]] = [:]
        for point in points
        where point.payload[PointKey.tenant]?.stringValue == self.tenantText
            && point.payload[PointKey.space]?.stringValue == self.space
        {
            found[point.id] = point.payload
        }
        return found
    }

    func read<Value>(_ operation: QdrantOperation, _ body: () throws(FloatJSONError) -> Value) throws -> Value {
        do throws(FloatJSONError) {
            return try body()
        } catch {
            throw QdrantError(unreadable: "\(error)", operation: operation)
        }
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
