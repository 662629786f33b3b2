public import Resilience

/// Embeds any number of texts through one provider: packs them into requests, sends several at once, and splits a request that is
/// refused until the culprit stands alone, so that no text fails for its neighbour.
///
/// A failure that may pass is tried again twice at once; then it is the caller's, as the failure of that request's texts. A request
/// that is refused for want of budget waits as long as it is asked to and goes again, as it is, and that is no try: only where the
/// wait is longer than its patience is it given back. Once the provider says that it is misconfigured or out of budget for longer,
/// what was not sent yet is not sent, and fails the same way.
public struct SplittingEmbedder: Sendable {
    /// How often a text that is too long is halved.
    private static let deepestHalving = 5

    public let provider: any EmbeddingProvider
    /// Between the tries of one request.
    public let backoff: Backoff
    /// Tries of one request after the first.
    public let retries: Int
    /// How long a request that is refused for want of budget waits in all, before it is given back.
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

    /// What one packed request brought.
    private struct Part: Sendable {
        var results: [Result<[Float], EmbeddingError>] = []
        var tokens = 0
        var requests = 0
        /// Positions within the part.
        var pooled: [Int] = []
        /// Why nothing more should be sent.
        var stop: EmbeddingError?

        mutating func append(_ other: Part) {
            self.pooled += other.pooled.map { $0 + self.results.count }
            self.results += other.results
            self.tokens += other.tokens
            self.requests += other.requests
            self.stop = self.stop ?? other.stop
        }
    }

    /// - Throws: `CancellationError` only; whatever else goes wrong is a result.
    public func embed(_ texts: [String], as task: EmbeddingTask) async throws -> EmbeddingOutcome {
        let clock = ContinuousClock()
        let start = clock.now
        let batches = BatchPacker(limits: self.provider.limits).pack(texts, counter: self.provider.tokenCounter)
        var parts = [Part?](repeating: nil, count: batches.count)
        try await withThrowingTaskGroup(of: (Int, Part).self) { group in
            var next = 0
            var stop: EmbeddingError?
            while next < batches.count || !group.isEmpty {
                if next < batches.count, next < max(1, self.provider.limits.concurrency), stop == nil {
                    self.add(batches[next], number: next, of: texts, as: task, to: &group)
                    next += 1
                    continue
                }
                guard let (number, part) = try await group.next() else { break }
                parts[number] = part
                stop = stop ?? part.stop
                if stop == nil, next < batches.count {
                    self.add(batches[next], number: next, of: texts, as: task, to: &group)
                    next += 1
                } else if let stop {
                    for unsent in next..<batches.count {
                        parts[unsent] = Part(results: batches[unsent].indices.map { _ in .failure(stop) })
                    }
                    next = batches.count
                }
            }
        }
        var whole = Part()
        for part in parts { whole.append(part ?? Part()) }
        return EmbeddingOutcome(
            results: whole.results,
            tokens: whole.tokens,
            requests: whole.requests,
            seconds: (clock.now - start).seconds,
            pooled: whole.pooled
        )
    }

    private func add(
        _ batch: BatchPacker.Batch,
        number: Int,
        of texts: [String],
        as task: EmbeddingTask,
        to group: inout ThrowingTaskGroup<(Int, Part), any Error>
    ) {
        let slice = Array(texts[batch.indices])
        group.addTask { (number, try await self.part(slice, as: task, halvings: 0)) }
    }

    private func part(_ texts: [String], as task: EmbeddingTask, halvings: Int) async throws -> Part {
        var part = Part()
        do throws(EmbeddingError) {
            let batch = try await self.request(texts, as: task, requests: &part.requests)
            part.results = batch.vectors.map { .success($0) }
            let counter = self.provider.tokenCounter
            part.tokens = batch.tokens ?? texts.reduce(0) { $0 + counter.count($1) }
        } catch {
            try Task.checkCancellation()
            // One text may be what makes a model answer nonsense: its neighbours must not suffer for it.
            if error.kind == .splittable || error.kind == .invalidAnswer, texts.count > 1 {
                try await self.split(texts, as: task, into: &part)
            } else if error.isTooLong, texts.count == 1, halvings < Self.deepestHalving, texts[0].count > 1 {
                try await self.halve(texts[0], as: task, halvings: halvings, into: &part)
            } else {
                var error = error
                // Nothing is left to split: the one text is the culprit.
                if error.kind == .splittable { error.kind = .content }
                part.results = texts.map { _ in .failure(error) }
                if error.kind == .configuration || error.kind == .rateLimited { part.stop = error }
            }
        }
        return part
    }

    private func split(_ texts: [String], as task: EmbeddingTask, into part: inout Part) async throws {
        let middle = texts.count / 2
        part.append(try await self.part(Array(texts[..<middle]), as: task, halvings: 0))
        if let stop = part.stop {
            part.append(Part(results: texts[middle...].map { _ in .failure(stop) }))
        } else {
            part.append(try await self.part(Array(texts[middle...]), as: task, halvings: 0))
        }
    }

    /// Embeds both halves of a text that is too long; its vector is their mean, weighted by length, and as long as they are.
    private func halve(_ text: String, as task: EmbeddingTask, halvings: Int, into part: inout Part) async throws {
        let (left, right) = Self.halves(text)
        let first = try await self.part([left], as: task, halvings: halvings + 1)
        part.requests += first.requests
        part.tokens += first.tokens
        part.stop = first.stop
        guard case .success(let a)? = first.results.first else {
            part.results = first.results
            return
        }
        let second = try await self.part([right], as: task, halvings: halvings + 1)
        part.requests += second.requests
        part.tokens += second.tokens
        part.stop = second.stop
        guard case .success(let b)? = second.results.first else {
            part.results = second.results
            return
        }
        part.results = [
            Self.mean(a, b, share: Float(left.utf8.count) / Float(text.utf8.count)).map { .success($0) } ?? first.results[0]
        ]
        part.pooled = [0]
    }

    /// At the white space nearest to the middle, within its neighbourhood.
    static func halves(_ text: String) -> (String, String) {
        let count = text.count
        var cut = text.index(text.startIndex, offsetBy: count / 2)
        let limit = text.index(cut, offsetBy: min(200, count - count / 2 - 1))
        if let space = text[cut..<limit].firstIndex(where: \.isWhitespace) { cut = space }
        return (String(text[..<cut]), String(text[cut...]))
    }

    /// Nil where the vectors cancel each other out.
    private static func mean(_ a: [Float], _ b: [Float], share: Float) -> [Float]? {
        func length(_ vector: [Float]) -> Float { vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        let mean = zip(a, b).map { $0 * share + $1 * (1 - share) }
        let wanted = length(a) * share + length(b) * (1 - share)
        let found = length(mean)
        guard found > 1e-6, wanted.isFinite else { return nil }
        return mean.map { $0 * (wanted / found) }
    }

    private func request(_ texts: [String], as task: EmbeddingTask, requests: inout Int) async throws(EmbeddingError)
        -> EmbeddingBatch
    {
        var attempt = 1
        var refusals = 0
        var waited = Duration.zero
        while true {
            requests += 1
            let failure: EmbeddingError
            do {
                let batch = try await self.provider.embed(texts, as: task)
                if batch.vectors.count == texts.count { return batch }
                failure = EmbeddingError(
                    .invalidAnswer,
                    provider: self.provider.id,
                    message: "it gave \(batch.vectors.count) vectors to \(texts.count) texts"
                )
            } catch {
                failure =
                    error as? EmbeddingError
                    ?? EmbeddingError(.transient, provider: self.provider.id, message: "it failed: \(type(of: error))")
            }
            guard !Task.isCancelled else { throw failure }
            let wait: Duration
            switch failure.kind {
            case .rateLimited:
                refusals += 1
                wait = failure.retryAfter ?? self.backoff.delay(after: refusals, random: .random(in: 0..<1))
                waited += wait
                guard waited <= self.patience else { throw failure }
            case .transient, .invalidAnswer:
                // A wait that the provider asks for is the caller's to keep, where it is long.
                wait = failure.retryAfter ?? self.backoff.delay(after: attempt, random: .random(in: 0..<1))
                guard attempt <= self.retries, wait <= self.backoff.maximum * 2 else { throw failure }
                attempt += 1
            case .configuration, .splittable, .content:
                throw failure
            }
            do {
                try await Task.sleep(for: wait)
            } catch {
                throw failure
            }
        }
    }
}
