/// The two ranked lists of a ``HybridQuery``, best first; how they are weighed against each other is the caller's to decide.
public struct HybridHits: Sendable, Equatable {
    public var dense: [VectorHit]
    public var lexical: [VectorHit]
    /// How near those are by meaning that only the lexical half has found; see ``HybridQuery/compared``.
    public var compared: [VectorHit]

    public init(dense: [VectorHit] = [], lexical: [VectorHit] = [], compared: [VectorHit] = []) {
        self.dense = dense
        self.lexical = lexical
        self.compared = compared
    }
}
