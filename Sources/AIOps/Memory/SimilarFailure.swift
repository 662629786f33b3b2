public import Store

/// A remembered failure beside another, and how alike the two are.
public struct SimilarFailure: Sendable, Equatable {
    public var failure: RememberedFailure
    /// 1 for the very same failure, else 0 to 1.
    public var similarity: Double

    public init(failure: RememberedFailure, similarity: Double) {
        self.failure = failure
        self.similarity = similarity
    }
}
