/// The two ranked lists of a ``HybridQuery``, best first; how they are weighed against each other is the caller's to decide.
public struct HybridHits: Sendable, Equatable {
    public var dense: [VectorHit]
    public var lexical: [VectorHit]

    public init(dense: [VectorHit] = [], lexical: [VectorHit] = []) {
        self.dense = dense
        self.lexical = lexical
    }
}
