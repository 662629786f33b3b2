public import PulseModel

/// What the memory suggests about a failure.
public struct Suggestion: Sendable, Equatable {
    /// How likeness was told.
    public enum Comparison: String, Sendable {
        case meaning
        /// The texts could not be embedded: by the words that they share.
        case words
    }

    public var strategy: RecoveryStrategy
    /// The most similar first.
    public var similar: [SimilarFailure]
    public var comparison: Comparison

    public init(strategy: RecoveryStrategy, similar: [SimilarFailure], comparison: Comparison) {
        self.strategy = strategy
        self.similar = similar
        self.comparison = comparison
    }
}
