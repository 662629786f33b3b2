public import Foundation

/// A point as it stands in the index.
public struct StoredPoint: Sendable, Equatable, Identifiable {
    public var id: UUID
    public var payload: [String: QdrantValue]
    /// Where it was asked for. Normalized to length one in collections compared by cosine.
    public var dense: [Float]?

    public init(id: UUID, payload: [String: QdrantValue], dense: [Float]? = nil) {
        self.id = id
        self.payload = payload
        self.dense = dense
    }

    public var entity: UUID? { self.payload[PointKey.entity]?.uuidValue }
    public var generation: Int64? { self.payload[PointKey.generation]?.integerValue }
}
