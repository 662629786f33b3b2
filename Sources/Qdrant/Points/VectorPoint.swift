public import Foundation

/// One chunk of an entity as it is written. Its tenant, space and generation come from the write itself.
public struct VectorPoint: Sendable, Equatable {
    public var id: UUID
    /// What the chunk belongs to; deletions name it.
    public var entity: UUID
    /// As many components as the collection's layout says, each finite, not all zero.
    public var dense: [Float]
    /// May be empty: a text without words.
    public var lexical: SparseVector
    /// Further keys; those of ``PointKey`` are replaced.
    public var payload: [String: QdrantValue]

    public init(id: UUID, entity: UUID, dense: [Float], lexical: SparseVector, payload: [String: QdrantValue] = [:]) {
        self.id = id
        self.entity = entity
        self.dense = dense
        self.lexical = lexical
        self.payload = payload
    }

    /// What makes it unfit to be stored; nil where nothing does.
    var fault: String? {
        if self.dense.isEmpty { return "point \(self.id.qdrantText) has no dense vector" }
        if !self.dense.allSatisfy(\.isFinite) { return "the vector of point \(self.id.qdrantText) is not finite" }
        if self.dense.allSatisfy({ $0 == 0 }) { return "the vector of point \(self.id.qdrantText) is all zero" }
        return self.lexical.fault.map { "point \(self.id.qdrantText): \($0)" }
    }
}
