import FloatJSON

/// Writes points and the operations around them as JSON, cut into bodies of limited size.
struct PointWriter {
    var scope: TenantVectors
    var operation: QdrantOperation

    /// `{"id": …, "vector": {…}, "payload": {…}}`
    func point(_ point: VectorPoint, generation: Int64) throws -> [UInt8] {
        if let fault = point.fault { throw QdrantError(.rejected, operation: self.operation.phrase, message: fault) }
        let capacity = 512 + point.dense.count * 12 + point.lexical.indices.count * 24
        return try self.operation.body(capacity: capacity) { json throws(FloatJSONError) in
            try json.object { json throws(FloatJSONError) in
                json.key("id")
                json.string(point.id.qdrantText)
                json.key("vector")
                try json.object { json throws(FloatJSONError) in
                    json.key(VectorName.dense)
                    try json.floats(point.dense)
                    if !point.lexical.isEmpty {
                        json.key(VectorName.lexical)
                        try point.lexical.write(to: &json)
                    }
                }
                json.key("payload")
                try json.object { json throws(FloatJSONError) in
                    try self.writePayload(of: point, generation: generation, to: &json)
                }
            }
        }
    }

    private func writePayload(
        of point: VectorPoint,
        generation: Int64,
        to json: inout JSONByteWriter
    ) throws(FloatJSONError) {
        json.key(PointKey.tenant)
        json.string(self.scope.tenantText)
        json.key(PointKey.space)
        json.string(self.scope.space)
        json.key(PointKey.entity)
        json.string(point.entity.qdrantText)
        json.key(PointKey.generation)
        json.integer(generation)
        for (key, value) in point.payload.sorted(by: { $0.key < $1.key }) where !PointKey.reserved.contains(key) {
            json.key(key)
            try value.write(to: &json)
        }
    }

    /// The value of an upsert: points and the condition under which those that exist are overwritten. Points that do not exist
    /// are inserted, whatever the condition.
    func upsert(_ points: some Collection<[UInt8]>, fence: Int64, to json: inout JSONByteWriter) {
        json.object { json in
            json.key("points")
            json.array { json in
                for point in points { json.encoded(point) }
            }
            json.key("update_filter")
            json.object { json in
                json.key("must")
                json.array { json in
                    self.scope.writeTenant(to: &json)
                    PointFilter.Condition.integerRange(key: PointKey.generation, from: nil, through: fence).write(to: &json)
                }
            }
        }
    }

    /// Cuts encoded items into runs of at most `limit` bytes, each of at least one item.
    static func runs(_ items: [[UInt8]], limit: Int) -> [ArraySlice<[UInt8]>] {
        var runs: [ArraySlice<[UInt8]>] = []
        var start = 0
        var size = 0
        for (index, item) in items.enumerated() {
            if index > start, size + item.count + 1 > limit {
                runs.append(items[start..<index])
                start = index
                size = 0
            }
            size += item.count + 1
        }
        if start < items.count { runs.append(items[start...]) }
        return runs
    }
}
