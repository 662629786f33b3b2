/// The default provider: all-MiniLM-L6-v2 in this process.
///
/// Documents and queries are embedded alike. Texts beyond 256 tokens are embedded by their first 256; chunk them before.
public struct OnDeviceProvider: EmbeddingProvider {
    public let id: String
    public let space = VectorSpace(name: "all-minilm-l6-v2", dimensions: MiniLMShape.width)
    /// Two requests at a time keep the cores busy while one of them is being prepared.
    public let limits = EmbeddingLimits(items: 64, tokensPerItem: MiniLMShape.maximumTokens, concurrency: 2)
    private let model: OnDeviceModel

    public init(model: OnDeviceModel, id: String = "on-device") {
        self.id = id
        self.model = model
    }

    /// Exact; counts the two tokens that the model puts around each text.
    public var tokenCounter: any TokenCounting { self.model.tokenizer }

    public func embed(_ texts: [String], as task: EmbeddingTask) async throws -> EmbeddingBatch {
        try await self.model.embed(texts, as: task)
    }
}
