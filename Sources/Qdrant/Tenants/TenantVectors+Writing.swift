import FloatJSON
public import Foundation

extension TenantVectors {
    /// Inserts points, or overwrites those that are this tenant's and of generation `fence` or older. Each is written with
    /// generation `fence`.
    ///
    /// Points that exist and do not meet the condition stay as they are; that is success. The points go out in bodies of limited
    /// size, one after the other; when an error is thrown some of them may stand. Doing it again is right.
    ///
    /// - Parameter mayWrite: asked immediately before each body is sent; where it says no, the rest is not sent.
    /// - Throws: ``QdrantError``; kind `rejected` before anything is sent where a vector is empty, all zero or not finite; kind
    ///   `unknownOutcome` where `mayWrite` said no; kind `rateLimited` where the server takes no request of this size, however few
    ///   points it holds: of ``QdrantError/refused`` entities only, where others could be written.
    @concurrent
    public func upsert(
        _ points: [VectorPoint],
        onlyIfGenerationAtMost fence: Int64,
        mayWrite: @Sendable () -> Bool = { true }
    ) async throws {
        guard !points.isEmpty else { return }
        let operation = QdrantOperation.write("upsert points into `\(self.collection)`")
        try await self.client.require(.firstWithConditionalUpsert, for: operation.phrase)
        for point in points {
            if let fault = point.fault { throw QdrantError(.rejected, operation: operation.phrase, message: fault) }
        }
        let writer = PointWriter(scope: self, operation: operation)
        var sending = Sending()
        var start = 0
        while start < points.count {
            // Only what goes out together is encoded together.
            let encoded = try writer.encoded(points[start...], generation: fence)
            try await sending.send(encoded[...], from: start) { run in
                let body = try writer.upsertBody(run, fence: fence)
                guard mayWrite() else {
                    throw QdrantError(.unknownOutcome, operation: operation.phrase, message: "it was stopped before all was sent")
                }
                try operation.requireCompleted(
                    try await self.client.send(.put, self.path("/points" + self.writeQuery), content: body, for: operation)
                )
            }
            start += encoded.count
        }
        try sending.finish { points[$0].entity }
    }

    /// Brings many entities to their generations: upserts the points of each as ``upsert(_:onlyIfGenerationAtMost:)`` does, then
    /// deletes what is older of it. An entity without points is deleted, its own generation included.
    ///
    /// Entities share requests, within which Qdrant applies one operation after the other; the operations are independent: an
    /// error says nothing about which of them stand. Doing it again is right.
    @concurrent
    public func replace(_ entities: [EntityReplacement]) async throws {
        guard !entities.isEmpty else { return }
        let operation = QdrantOperation.write("replace entities in `\(self.collection)`")
        try await self.client.require(.firstWithConditionalUpsert, for: operation.phrase)
        let limit = self.client.configuration.maximumRequestBytes
        let operations = try entities.flatMap { try self.operations(for: $0, limit: limit, operation: operation) }
        for run in PointWriter.runs(operations, limit: limit) {
            let size = run.reduce(64) { $0 + $1.count + 1 }
            let body = try operation.body(capacity: size) { json throws(FloatJSONError) in
                json.object { json in
                    json.key("operations")
                    json.array { json in
                        for operation in run { json.encoded(operation) }
                    }
                }
            }
            let answer = try await self.client.send(
                .post,
                self.path("/points/batch" + self.writeQuery),
                body: body,
                for: operation
            )
            try operation.requireCompleted(answer, count: run.count)
        }
    }

    /// The members of a batch that bring one entity to its generation: upserts of at most `limit` bytes, then the deletion.
    private func operations(for entity: EntityReplacement, limit: Int, operation: QdrantOperation) throws -> [[UInt8]] {
        let writer = PointWriter(scope: self, operation: operation)
        let encoded = try entity.points.map { point in
            var point = point
            point.entity = entity.entity
            return try writer.point(point, generation: entity.generation)
        }
        var operations = try PointWriter.runs(encoded, limit: limit).map { run in
            try operation.body(capacity: run.reduce(512) { $0 + $1.count + 1 }) { json throws(FloatJSONError) in
                json.object { json in
                    json.key("upsert")
                    writer.upsert(run, fence: entity.generation, to: &json)
                }
            }
        }
        let through = entity.points.isEmpty ? entity.generation : Self.before(entity.generation)
        if let through {
            operations.append(
                try operation.body { json throws(FloatJSONError) in
                    json.object { json in
                        json.key("delete")
                        self.writeDeletion(of: [entity.entity], generationAtMost: through, to: &json)
                    }
                }
            )
        }
        return operations
    }

    /// Deletes the points of `entities` that are older than a generation.
    public func deletePoints(entities: [UUID], generationBelow fence: Int64) async throws {
        guard let through = Self.before(fence) else { return }
        try await self.deletePoints(entities: entities, generationAtMost: through)
    }

    /// Deletes the points of `entities` up to a generation, that included.
    ///
    /// - Throws: ``QdrantError``; kind `rateLimited` of ``QdrantError/refused`` entities only, where those of all others were deleted.
    public func deletePoints(entities: [UUID], generationAtMost fence: Int64) async throws {
        let operation = QdrantOperation.write("delete points from `\(self.collection)`")
        var sending = Sending()
        for start in stride(from: 0, to: entities.count, by: Self.entitiesPerDeletion) {
            try await sending.send(entities[start..<min(start + Self.entitiesPerDeletion, entities.count)]) { some in
                let body = try operation.body(capacity: 512 + some.count * 40) { json throws(FloatJSONError) in
                    self.writeDeletion(of: some, generationAtMost: fence, to: &json)
                }
                try await self.delete(body, operation)
            }
        }
        try sending.finish { entities[$0] }
    }

    /// Deletes those of the points that are the tenant's and of this space.
    public func deletePoints(ids: [UUID]) async throws {
        let operation = QdrantOperation.write("delete points from `\(self.collection)`")
        for start in stride(from: 0, to: ids.count, by: Self.entitiesPerDeletion) {
            let some = Array(ids[start..<min(start + Self.entitiesPerDeletion, ids.count)])
            let body = try operation.body(capacity: 512 + some.count * 40) { json throws(FloatJSONError) in
                json.object { json in
                    json.key("filter")
                    self.writeFilter([.ids(some)], to: &json)
                }
            }
            try await self.delete(body, operation)
        }
    }

    /// Deletes every point of the tenant in this space.
    ///
    /// - Parameter fence: leaves points of greater generations alone.
    public func deleteAll(generationAtMost fence: Int64? = nil) async throws {
        let operation = QdrantOperation.write("delete a tenant's points from `\(self.collection)`")
        let body = try operation.body { json throws(FloatJSONError) in
            json.object { json in
                json.key("filter")
                self.writeFilter(
                    fence.map { [.integerRange(key: PointKey.generation, from: nil, through: $0)] } ?? [],
                    to: &json
                )
            }
        }
        try await self.delete(body, operation)
    }

    func delete(_ body: [UInt8], _ operation: QdrantOperation) async throws {
        let path = self.path("/points/delete" + self.writeQuery)
        try operation.requireCompleted(try await self.client.send(.post, path, body: body, for: operation))
    }

    /// `{"filter": …}`
    private func writeDeletion(of entities: some Collection<UUID>, generationAtMost fence: Int64, to json: inout JSONByteWriter) {
        json.object { json in
            json.key("filter")
            self.writeFilter(
                [
                    .keyword(key: PointKey.entity, anyOf: entities.map(\.qdrantText)),
                    .integerRange(key: PointKey.generation, from: nil, through: fence),
                ],
                to: &json
            )
        }
    }

    /// The generation before; nil before the first that there can be.
    private static func before(_ generation: Int64) -> Int64? {
        generation > .min ? generation - 1 : nil
    }

    private static let entitiesPerDeletion = 1_000
}
