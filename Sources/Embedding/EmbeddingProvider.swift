/// Turns texts into vectors: the on-device model, or a remote service described by a JSON file.
public protocol EmbeddingProvider: Sendable {
    /// The file's `id`: `openai`, `on-device`.
    var id: String { get }
    var space: VectorSpace { get }
    var limits: EmbeddingLimits { get }
    /// How this provider counts tokens, exactly or by estimate; never less than the truth may be for `limits` to hold.
    var tokenCounter: any TokenCounting { get }

    /// Embeds `texts`, which respect ``limits``.
    ///
    /// - Returns: one vector a text, in order, each of ``VectorSpace/dimensions`` finite numbers and not all zero.
    /// - Throws: ``EmbeddingError``, or `CancellationError`.
    func embed(_ texts: [String], as task: EmbeddingTask) async throws -> EmbeddingBatch
}

/// What the vectors are for; many models treat the two differently.
public enum EmbeddingTask: String, Sendable, CaseIterable {
    case document
    case query
}

/// Vectors of one request.
public struct EmbeddingBatch: Sendable, Equatable {
    public var vectors: [[Float]]
    /// As the provider billed them; nil where it does not say.
    public var tokens: Int?

    public init(vectors: [[Float]], tokens: Int?) {
        self.vectors = vectors
        self.tokens = tokens
    }
}

/// Counts the tokens of a text.
public protocol TokenCounting: Sendable {
    func count(_ text: String) -> Int
}
