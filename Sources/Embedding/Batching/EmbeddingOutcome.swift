/// What became of many texts.
public struct EmbeddingOutcome: Sendable {
    /// One a text, in order.
    public var results: [Result<[Float], EmbeddingError>]
    /// Tokens of the requests that succeeded: as billed, or by the provider's counter where it does not say.
    public var tokens: Int
    /// Requests made, those that failed included.
    public var requests: Int
    /// From the first request to the last answer.
    public var seconds: Double
    /// Texts longer than the provider took, whose vector is the mean over their parts.
    public var pooled: [Int]

    public init(
        results: [Result<[Float], EmbeddingError>],
        tokens: Int = 0,
        requests: Int = 0,
        seconds: Double = 0,
        pooled: [Int] = []
    ) {
        self.results = results
        self.tokens = tokens
        self.requests = requests
        self.seconds = seconds
        self.pooled = pooled
    }
}
