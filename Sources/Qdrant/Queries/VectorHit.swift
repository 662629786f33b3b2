public import Foundation

/// One point that answers a query.
public struct VectorHit: Sendable, Equatable, Identifiable {
    public var id: UUID
    /// Dense: the collection's distance, for cosine -1 to 1. Lexical: BM25's sum, unbounded.
    public var score: Float
    /// The entity whose part it is; nil where the point does not say.
    public var entity: UUID?
    /// The text that the point has under the key that was asked for; nil where there is none.
    public var label: String?

    public init(id: UUID, score: Float, entity: UUID? = nil, label: String? = nil) {
        self.id = id
        self.score = score
        self.entity = entity
        self.label = label
    }
}
