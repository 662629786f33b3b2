import FloatJSON
import Foundation
import UUIDText

/// Reads the points of Qdrant's answers from bytes: a search reads hundreds of them, an audit millions.
enum PointReading {
    /// What a batch of queries has found.
    struct Batches {
        /// Of each query, in their order.
        var hits: [[VectorHit]] = []
        /// Hits that are not the tenant's.
        var foreign = 0
    }

    /// `result` of a batch of queries.
    ///
    /// - Parameters:
    ///   - tenant: as the points spell it.
    ///   - label: a key of the payload.
    static func batches(in bytes: [UInt8], of tenant: String, label: String?) throws(FloatJSONError) -> Batches {
        var reading = HitReading(tenant: tenant, label: label)
        return try self.result(in: bytes) { json throws(FloatJSONError) in
            var batches = Batches()
            try json.array { json throws(FloatJSONError) in
                var hits: [VectorHit] = []
                // One list is about as long as the one before.
                hits.reserveCapacity(batches.hits.last?.count ?? 0)
                try json.object { key, json throws(FloatJSONError) in
                    guard key == "points" else { return try json.skip() }
                    try json.array { json throws(FloatJSONError) in
                        let (hit, isOwn) = try reading.hit(&json)
                        hits.append(hit)
                        if !isOwn { batches.foreign += 1 }
                    }
                }
                batches.hits.append(hits)
            }
            return batches
        }
    }

    /// `result` of a scroll: a page of points.
    static func page(in bytes: [UInt8]) throws(FloatJSONError) -> ScrollPage {
        try self.result(in: bytes) { json throws(FloatJSONError) in
            var page = ScrollPage(points: [], next: nil)
            try json.object { key, json throws(FloatJSONError) in
                switch key {
                case "points": page.points = try self.points(&json)
                case "next_page_offset": page.next = try json.null() ? nil : try self.uuid(&json)
                default: try json.skip()
                }
            }
            return page
        }
    }

    /// `result` of a retrieval by ids.
    static func points(in bytes: [UInt8]) throws(FloatJSONError) -> [StoredPoint] {
        try self.result(in: bytes) { json throws(FloatJSONError) in try self.points(&json) }
    }

    // MARK: Parts

    private static func result<Value>(
        in bytes: [UInt8],
        _ read: (inout JSONByteReader) throws(FloatJSONError) -> Value
    ) throws(FloatJSONError) -> Value {
        var json = JSONByteReader(bytes)
        var value: Value?
        try json.object { key, json throws(FloatJSONError) in
            if key == "result" { value = try read(&json) } else { try json.skip() }
        }
        try json.finish()
        guard let value else { throw FloatJSONError(.missing, at: bytes.count) }
        return value
    }

    private static func points(_ json: inout JSONByteReader) throws(FloatJSONError) -> [StoredPoint] {
        var points: [StoredPoint] = []
        try json.array { json throws(FloatJSONError) in points.append(try self.point(&json)) }
        return points
    }

    private static func point(_ json: inout JSONByteReader) throws(FloatJSONError) -> StoredPoint {
        var id: UUID?
        var payload: [String: QdrantValue] = [:]
        var dense: [Float]?
        try json.object { key, json throws(FloatJSONError) in
            switch key {
            case "id": id = try self.uuid(&json)
            case "payload": payload = try self.payload(&json)
            case "vector":
                if try json.null() { return }
                try json.object { name, json throws(FloatJSONError) in
                    if name == VectorName.dense { dense = try json.floats() } else { try json.skip() }
                }
            default: try json.skip()
            }
        }
        guard let id else { throw FloatJSONError(.missing, at: 0) }
        return StoredPoint(id: id, payload: payload, dense: dense)
    }

    fileprivate static func uuid(_ json: inout JSONByteReader) throws(FloatJSONError) -> UUID {
        guard let id = try json.withString({ UUID(text: $0) }) else { throw FloatJSONError(.wrongType, at: 0) }
        return id
    }

    private static func payload(_ json: inout JSONByteReader) throws(FloatJSONError) -> [String: QdrantValue] {
        if try json.null() { return [:] }
        var payload = [String: QdrantValue](minimumCapacity: 8)
        try json.object { key, json throws(FloatJSONError) in payload[key] = try self.value(&json) }
        return payload
    }

    private static func value(_ json: inout JSONByteReader) throws(FloatJSONError) -> QdrantValue {
        switch try json.kind() {
        case .null:
            _ = try json.null()
            return .null
        case .bool: return .bool(try json.bool())
        case .string: return .string(try json.string())
        case .number:
            let number = try json.number()
            return number.whole.map { .integer(Int64($0)) } ?? .double(number.double)
        case .array:
            var values: [QdrantValue] = []
            try json.array { json throws(FloatJSONError) in values.append(try self.value(&json)) }
            return .array(values)
        case .object: return .object(try self.payload(&json))
        }
    }
}

/// Reads the hits of one answer, all of which have the same few members.
private struct HitReading {
    private enum Member {
        static let keys = JSONKeys(["id", "score", "payload"])
        static let (id, score, payload) = (0, 1, 2)
    }

    private enum PayloadMember {
        static let (entity, tenant, label) = (0, 1, 2)
    }

    private let tenant: [UInt8]
    private let payload: JSONKeys
    /// Labels are few: each is made into a text once.
    private var labels: [(bytes: [UInt8], text: String)] = []

    init(tenant: String, label: String?) {
        self.tenant = Array(tenant.utf8)
        self.payload = JSONKeys([PointKey.entity, PointKey.tenant] + (label.map { [$0] } ?? []))
    }

    mutating func hit(_ json: inout JSONByteReader) throws(FloatJSONError) -> (hit: VectorHit, isOwn: Bool) {
        var (id, score): (UUID?, Float?) = (nil, nil)
        var (entity, label): (UUID?, String?) = (nil, nil)
        var isOwn = false
        try json.object(Member.keys) { member, json throws(FloatJSONError) in
            switch member {
            case Member.id: id = try PointReading.uuid(&json)
            case Member.score: score = try json.float()
            case Member.payload:
                if try json.null() { return }
                try json.object(self.payload) { member, json throws(FloatJSONError) in
                    guard member != nil, try json.kind() == .string else { return try json.skip() }
                    switch member {
                    case PayloadMember.tenant: isOwn = try json.withString { Self.equal($0, self.tenant) }
                    case PayloadMember.entity: entity = try json.withString { UUID(text: $0) }
                    default: label = try json.withString { text throws(FloatJSONError) in try self.label(text) }
                    }
                }
            default: try json.skip()
            }
        }
        guard let id, let score else { throw FloatJSONError(.missing, at: 0) }
        return (VectorHit(id: id, score: score, entity: entity, label: label), isOwn)
    }

    private mutating func label(_ text: UnsafeRawBufferPointer) throws(FloatJSONError) -> String {
        if let known = self.labels.first(where: { Self.equal(text, $0.bytes) }) { return known.text }
        guard let made = String(validating: text, as: UTF8.self) else { throw FloatJSONError(.malformedString, at: 0) }
        self.labels.append((Array(text), made))
        return made
    }

    private static func equal(_ text: UnsafeRawBufferPointer, _ other: [UInt8]) -> Bool {
        text.count == other.count
            && other.withUnsafeBytes { other in
                guard let one = text.baseAddress, let two = other.baseAddress else { return true }
                return memcmp(one, two, text.count) == 0
            }
    }
}
