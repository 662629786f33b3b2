/// A provider that cannot be made, with the reason.
struct UnusableProvider: EmbeddingProvider {
    let id: String
    let space: VectorSpace
    let limits: EmbeddingLimits
    let tokenCounter: any TokenCounting
    private let reason: EmbeddingError

    init(_ definition: ProviderDefinition, because reason: EmbeddingError) {
        self.id = definition.id
        self.space = definition.space
        self.limits = definition.limits
        self.tokenCounter = EstimatedTokenCounter(charactersPerToken: definition.charactersPerToken)
        self.reason = reason
    }

    func embed(_ texts: [String], as task: EmbeddingTask) async throws -> EmbeddingBatch { throw self.reason }
}
