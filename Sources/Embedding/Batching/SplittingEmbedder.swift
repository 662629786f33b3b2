public import Resilience

/// Embeds any number of texts through one provider: packs them into requests, sends several at once, and splits a request that is
/// refused until the culprit stands alone, so that no text fails for its neighbour.
///
/// A failure that may pass is tried again twice at once; then it is the caller's, as the failure of that request's texts, unless the
/// service answers that it failed, as by 500, and takes a harmless text: then the request is split as well. A request that is refused
/// for want of budget waits as long as it is asked to and goes again, as it is, and that is no try: it is given back where that would
/// be later than its patience after the first refusal. Once the provider says that it is misconfigured or out of budget for longer, or
/// where it is found to take no text at all, what was not sent yet is not sent, and fails the same way; unless another stands in for it
/// that takes all but a few texts.
public struct SplittingEmbedder: Sendable {
    public let provider: any EmbeddingProvider
    /// Between the tries of one request.
    public let backoff: Backoff
    /// Tries of one request after the first.
    public let retries: Int
    /// From the first time that a request is refused for want of budget until it is given back.
    public let patience: Duration

    public init(
        provider: any EmbeddingProvider,
        backoff: Backoff = Backoff(base: .milliseconds(200), maximum: .seconds(2)),
        retries: Int = 2,
        patience: Duration = .seconds(10)
    ) {
        self.provider = provider
        self.backoff = backoff
        self.retries = max(0, retries)
        self.patience = patience
    }

    /// - Throws: `CancellationError` only; whatever else goes wrong is a result.
    public func embed(_ texts: [String], as task: EmbeddingTask) async throws -> EmbeddingOutcome {
        let clock = ContinuousClock()
        let start = clock.now
        let batches = BatchPacker(limits: self.provider.limits).pack(texts, counter: self.provider.tokenCounter)
        let call = EmbeddingCall(embedder: self, task: task, texts: texts.count)
        var parts = [EmbeddingCall.Part?](repeating: nil, count: batches.count)
        try await withThrowingTaskGroup(of: (Int, EmbeddingCall.Part).self) { group in
            func add(_ number: Int) {
                let slice = Array(texts[batches[number].indices])
                group.addTask { (number, try await call.part(slice)) }
            }
            var next = 0
            var stop: EmbeddingError?
            while next < batches.count || !group.isEmpty {
                if next < batches.count, next < max(1, self.provider.limits.concurrency), stop == nil {
                    add(next)
                    next += 1
                    continue
                }
                guard let (number, part) = try await group.next() else { break }
                parts[number] = part
                stop = stop ?? part.stop
                if stop == nil, next < batches.count {
                    add(next)
                    next += 1
                } else if let stop {
                    for unsent in next..<batches.count {
                        parts[unsent] = EmbeddingCall.Part(results: batches[unsent].indices.map { _ in .failure(stop) })
                    }
                    next = batches.count
                }
            }
        }
        var whole = EmbeddingCall.Part()
        for part in parts { whole.append(part ?? EmbeddingCall.Part()) }
        return EmbeddingOutcome(
            results: whole.blamed.results,
            tokens: whole.tokens,
            requests: whole.requests,
            seconds: (clock.now - start).seconds,
            pooled: whole.pooled
        )
    }
}
