/// A provider for which others of the same vector space stand in while it cannot be used.
///
/// They do so where it is misconfigured, out of budget, or left alone after many failures; for a query, which somebody waits for,
/// already where it fails once. None does whose vectors differ: see ``SpaceProbe``; nor for a text that is beyond its limit, which it would
/// take in parts only, while the provider itself takes it whole: that text waits.
public struct FallbackProvider: EmbeddingProvider {
    /// Finds a provider by its id, without its own fallbacks.
    public typealias Resolve = @Sendable (String) async throws(EmbeddingError) -> any EmbeddingProvider

    private let primary: any EmbeddingProvider
    private let others: [String]
    private let probe: SpaceProbe
    private let resolve: Resolve

    /// - Parameter others: ids, in the order in which they are tried.
    public init(_ primary: any EmbeddingProvider, others: [String], probe: SpaceProbe, resolve: @escaping Resolve) {
        self.primary = primary
        self.others = others
        self.probe = probe
        self.resolve = resolve
    }

    public var id: String { self.primary.id }
    public var space: VectorSpace { self.primary.space }
    public var limits: EmbeddingLimits { self.primary.limits }
    public var tokenCounter: any TokenCounting { self.primary.tokenCounter }

    public func embed(_ texts: [String], as task: EmbeddingTask) async throws -> EmbeddingBatch {
        do {
            let batch = try await self.primary.embed(texts, as: task)
            // Nobody's own: the answer is not held up for it.
            Task { [probe, primary] in await probe.note(primary) }
            return batch
        } catch var error as EmbeddingError where Self.callsForOthers(error, task: task) {
            var tooLong: Int?
            for id in self.others {
                try Task.checkCancellation()
                do {
                    let other = try await self.resolve(id)
                    if let objection = await self.probe.objection(to: other, for: self.primary) {
                        error.message += "; no fallback: \(objection)"
                        continue
                    }
                    let limit = other.limits.tokensPerItem
                    let beyond = texts.count { other.tokenCounter.count($0) > limit }
                    guard beyond == 0 else {
                        error.message += "; no fallback: \(id) takes \(limit) tokens a text"
                        tooLong = min(beyond, tooLong ?? beyond)
                        continue
                    }
                    return try await Self.embed(texts, as: task, with: other)
                } catch let failure as EmbeddingError {
                    // What the other says of a text holds for this one too: same model.
                    if failure.kind == .splittable || failure.kind == .content { throw failure }
                    error.message += "; no fallback: \(failure)"
                    error.hosts += failure.hosts
                }
            }
            throw tooLong.map { Self.waiting(error, of: texts.count, tooLong: $0) } ?? error
        }
    }

    /// Where only some of the texts are too long for who could stand in, they are to be told from the others; what is left of them
    /// waits for the provider, and nothing else does. Where a person must mend the provider first, that is said of them too.
    private static func waiting(_ error: EmbeddingError, of count: Int, tooLong: Int) -> EmbeddingError {
        var waiting = error
        guard tooLong == count else {
            waiting.kind = .splittable
            return waiting
        }
        waiting.isOfTheseTexts = true
        if error.kind != .configuration {
            waiting.kind = .transient
            waiting.isLeftAlone = true
            waiting.cause = error.description
        }
        return waiting
    }

    private static func callsForOthers(_ error: EmbeddingError, task: EmbeddingTask) -> Bool {
        switch error.kind {
        case .configuration, .rateLimited: true
        case .transient: error.isLeftAlone || task == .query
        case .invalidAnswer: task == .query
        case .splittable, .content: false
        }
    }

    /// Packed to the other's limits, which may be narrower.
    private static func embed(
        _ texts: [String],
        as task: EmbeddingTask,
        with other: any EmbeddingProvider
    ) async throws -> EmbeddingBatch {
        var whole = EmbeddingBatch(vectors: [], tokens: 0)
        for batch in BatchPacker(limits: other.limits).pack(texts, counter: other.tokenCounter) {
            let part = try await other.embed(Array(texts[batch.indices]), as: task)
            whole.vectors += part.vectors
            whole.tokens = whole.tokens.flatMap { sum in part.tokens.map { sum + $0 } }
        }
        return whole
    }
}
