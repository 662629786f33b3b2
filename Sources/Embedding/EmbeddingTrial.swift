/// What a provider makes of two sentences and of a question, tried before anything depends on it.
public struct EmbeddingTrial: Sendable {
    public var sentences: EmbeddingBatch
    /// Of the sentences.
    public var duration: Duration

    private static let sentences = ["Customers were charged twice after a time-out.", "A retry repeated the payment."]
    private static let question = "Why were customers charged twice?"

    /// Services may take documents and refuse queries, whose requests a provider file makes otherwise: both are asked.
    ///
    /// - Throws: ``EmbeddingError``, whose message says which of the two failed, or what else the provider throws.
    public init(of provider: any EmbeddingProvider) async throws {
        let started = ContinuousClock.now
        self.sentences = try await Self.embed(Self.sentences, as: .document, with: provider)
        self.duration = ContinuousClock.now - started
        _ = try await Self.embed([Self.question], as: .query, with: provider)
    }

    private static func embed(
        _ texts: [String],
        as task: EmbeddingTask,
        with provider: any EmbeddingProvider
    ) async throws -> EmbeddingBatch {
        do {
            let batch = try await provider.embed(texts, as: task)
            guard batch.vectors.count == texts.count else {
                throw EmbeddingError(
                    .invalidAnswer,
                    provider: provider.id,
                    message: "it returned \(batch.vectors.count) vectors for \(texts.count) texts"
                )
            }
            return batch
        } catch var error as EmbeddingError {
            error.message = "embedding a \(task.rawValue) failed: \(error.message)"
            throw error
        }
    }
}
