/// A question to one tenant's points by meaning, by words, or both.
public struct HybridQuery: Sendable, Equatable {
    /// Nil leaves the dense half out.
    public var dense: [Float]?
    /// Nil or empty leaves the lexical half out.
    public var lexical: SparseVector?
    /// Hits a half at most.
    public var limit: Int
    public var filter: PointFilter
    /// Compares with every point of the tenant instead of walking the index.
    public var exact: Bool
    /// Dense hits below are left out; for cosine, -1 to 1.
    public var minimumDenseScore: Float?

    public init(
        dense: [Float]? = nil,
        lexical: SparseVector? = nil,
        limit: Int,
        filter: PointFilter = .all,
        exact: Bool = false,
        minimumDenseScore: Float? = nil
    ) {
        self.dense = dense
        self.lexical = lexical
        self.limit = limit
        self.filter = filter
        self.exact = exact
        self.minimumDenseScore = minimumDenseScore
    }
}
