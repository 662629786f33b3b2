public import Foundation

/// One point that answers a query.
public struct VectorHit: Sendable, Equatable, Identifiable {
    public var id: UUID
    /// Dense: the collection's distance, for cosine -1 to 1. Lexical: BM25's sum, unbounded.
    public var score: Float
    public var payload: [String: QdrantValue]

    public init(id: UUID, score: Float, payload: [String: QdrantValue]) {
        self.id = id
        self.score = score
        self.payload = payload
    }
}
