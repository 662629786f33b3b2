import FloatJSON
public import Foundation

/// Points that are where they should not be. Pulse writes none; hands, restored snapshots and faults may.
extension TenantVectors {
    /// How many of the tenant's points in this collection are of another space.
    public func countStrays() async throws -> Int {
        let operation = QdrantOperation.read("count foreign points of `\(self.collection)`")
        let body = try operation.body { json throws(FloatJSONError) in
            json.object { json in
                json.key("filter")
                self.writeStrays(newerThan: nil, to: &json)
                json.key("exact")
                json.bool(true)
            }
        }
        struct Answer: Decodable { var count: Int }
        let answer: Answer = try await self.client.result(.post, self.path("/points/count"), body: body, for: operation)
        return answer.count
    }

    /// Deletes them.
    ///
    /// - Parameter fence: leaves points of greater generations alone.
    public func deleteStrays(generationAtMost fence: Int64) async throws {
        let operation = QdrantOperation.write("delete foreign points from `\(self.collection)`")
        let body = try operation.body { json throws(FloatJSONError) in
            json.object { json in
                json.key("filter")
                self.writeStrays(newerThan: fence, to: &json)
            }
        }
        try await self.delete(body, operation)
    }

    /// Those of the ids under which something of another tenant or space stands.
    ///
    /// - Parameter ids: of the tenant's own points.
    public func misplaced(_ ids: [UUID]) async throws -> [UUID] {
        let operation = QdrantOperation.read("look for foreign points in `\(self.collection)`")
        struct Answer: Decodable {
            struct Payload: Decodable {
                var tenant: String?
                var space: String?

                enum CodingKeys: String, CodingKey {
                    case tenant = "tenant_id"
                    case space
                }
            }

            var id: UUID
            var payload: Payload?
        }
        var found: [UUID] = []
        for start in stride(from: 0, to: ids.count, by: 1_000) {
            let some = ids[start..<min(start + 1_000, ids.count)]
            let body = try operation.body(capacity: 128 + some.count * 40) { json throws(FloatJSONError) in
                json.object { json in
                    json.key("ids")
                    json.array { json in
                        for id in some { json.string(id.qdrantText) }
                    }
                    json.key("with_payload")
                    PayloadSelection.only([PointKey.space]).write(to: &json)
                    json.key("with_vector")
                    json.bool(false)
                }
            }
            let answers: [Answer] = try await self.client.result(.post, self.path("/points"), body: body, for: operation)
            found += answers.filter { $0.payload?.tenant != self.tenantText || $0.payload?.space != self.space }.map(\.id)
        }
        return found
    }

    /// Deletes what of another tenant or space stands under these ids; what is in its place stays.
    ///
    /// - Parameter ids: of the tenant's own points.
    public func deleteMisplaced(_ ids: [UUID]) async throws {
        guard !ids.isEmpty else { return }
        let operation = QdrantOperation.write("delete foreign points from `\(self.collection)`")
        let body = try operation.body(capacity: 512 + ids.count * 40) { json throws(FloatJSONError) in
            json.object { json in
                json.key("filter")
                json.object { json in
                    json.key("must")
                    json.array { json in PointFilter.Condition.ids(ids).write(to: &json) }
                    json.key("must_not")
                    json.array { json in self.writeFilter([], to: &json) }
                }
            }
        }
        try await self.delete(body, operation)
    }

    /// The tenant's points that are not of this space.
    private func writeStrays(newerThan fence: Int64?, to json: inout JSONByteWriter) {
        json.object { json in
            json.key("must")
            json.array { json in self.writeTenant(to: &json) }
            json.key("must_not")
            json.array { json in
                self.writeSpace(to: &json)
                if let fence {
                    // Points without a generation are older than any.
                    PointFilter.Condition.integerRange(key: PointKey.generation, from: fence + 1, through: nil).write(to: &json)
                }
            }
        }
    }
}
