/// What a provider takes in one request.
public struct EmbeddingLimits: Sendable, Equatable {
    /// Texts a request.
    public var items: Int
    /// Tokens a text; longer texts are chunked.
    public var tokensPerItem: Int
    /// Tokens a request, over all texts.
    public var tokensPerRequest: Int?
    /// Bytes of a request's body.
    public var bytesPerRequest: Int?
    /// Requests in flight at once.
    public var concurrency: Int

    public init(items: Int, tokensPerItem: Int, tokensPerRequest: Int? = nil, bytesPerRequest: Int? = nil, concurrency: Int = 4) {
        self.items = items
        self.tokensPerItem = tokensPerItem
        self.tokensPerRequest = tokensPerRequest
        self.bytesPerRequest = bytesPerRequest
        self.concurrency = concurrency
    }
}
