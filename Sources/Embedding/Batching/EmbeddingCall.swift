import Resilience
import Synchronization

/// The requests of one call of ``SplittingEmbedder/embed(_:as:)``.
///
/// A request that is refused, or answered with nonsense, is halved until the culprit stands alone. Where two texts are refused alone
/// and none was taken yet, a text is sent that any service takes: if that fares no better, it is the provider's failing, and
/// nothing more is sent. So a provider that takes nothing is found out by some log₂ n requests and not by 2 n, and no text is blamed
/// for it.
///
/// Nor is a service away that breaks on a text: where a request fails for good with an answer such as 500, and the text that any service
/// takes is taken just then, the request is halved as well.
final class EmbeddingCall: Sendable {
    /// What one packed request brought.
    struct Part: Sendable {
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

        /// The same, without blame on single texts where the provider takes none.
        var blamed: Part {
            guard let stop = self.stop, stop.isOfEveryText else { return self }
            var part = self
            part.results = part.results.map { result in
                if case .failure(let error) = result, EmbeddingCall.concernsText(error) { .failure(stop) } else { result }
            }
            return part
        }
    }

    /// How often a text that is too long is halved.
    private static let deepestHalving = 5
    /// In no way long, odd or offensive.
    static let harmlessText = "The meeting begins at nine."

    private let embedder: SplittingEmbedder
    private let task: EmbeddingTask
    private let texts: Int
    private let evidence = Mutex((someWereTaken: false, refusedAlone: 0, isAway: false))

    /// - Parameter texts: of the whole call.
    init(embedder: SplittingEmbedder, task: EmbeddingTask, texts: Int) {
        self.embedder = embedder
        self.task = task
        self.texts = texts
    }

    private var provider: any EmbeddingProvider { self.embedder.provider }

    /// Whether the error may be the doing of a text.
    private static func concernsText(_ error: EmbeddingError) -> Bool {
        switch error.kind {
        case .splittable, .content, .invalidAnswer: true
        case .transient, .rateLimited, .configuration: false
        }
    }

    /// - Parameters:
    ///   - isHalf: whether it is part of a request that failed.
    ///   - halvings: how often the text, where it is one, was halved.
    func part(_ texts: [String], isHalf: Bool = false, halvings: Int = 0) async throws -> Part {
        var part = Part()
        do throws(EmbeddingError) {
            let batch = try await self.request(texts, isHalf: isHalf, requests: &part.requests)
            part.results = batch.vectors.map { .success($0) }
            let counter = self.provider.tokenCounter
            part.tokens = batch.tokens ?? texts.reduce(0) { $0 + counter.count($1) }
            self.evidence.withLock { $0.someWereTaken = true }
        } catch {
            try Task.checkCancellation()
            // One text may be what makes a model answer nonsense: its neighbours must not suffer for it.
            if error.kind == .splittable || error.kind == .invalidAnswer, texts.count > 1 {
                try await self.split(texts, into: &part)
            } else if error.isTooLong, texts.count == 1, halvings < Self.deepestHalving, texts[0].count > 1 {
                try await self.halve(texts[0], halvings: halvings, into: &part)
            } else if error.mayBeOfText, self.texts > 1, try await self.isUp(requests: &part.requests) {
                if texts.count > 1 {
                    try await self.split(texts, into: &part)
                } else {
                    var error = error
                    error.othersAreTaken = true
                    try await self.fail(texts, with: error, into: &part)
                }
            } else {
                try await self.fail(texts, with: error, into: &part)
            }
        }
        return part
    }

    /// Whether the harmless text is taken now. Where it once was not, nobody is asked again: the service is away.
    private func isUp(requests: inout Int) async throws -> Bool {
        guard self.evidence.withLock({ !$0.isAway }) else { return false }
        requests += 1
        do {
            _ = try await self.provider.embed([Self.harmlessText], as: self.task)
        } catch {
            try Task.checkCancellation()
            self.evidence.withLock { $0.isAway = true }
            return false
        }
        self.evidence.withLock { $0.someWereTaken = true }
        return true
    }

    private func fail(_ texts: [String], with error: EmbeddingError, into part: inout Part) async throws {
        var error = error
        // Nothing is left to split: the one text is the culprit.
        if error.kind == .splittable { error.kind = .content }
        if let verdict = try await self.verdict(on: error, requests: &part.requests) { error = verdict }
        part.results = texts.map { _ in .failure(error) }
        let isOfAll = error.isOfEveryText || ([.configuration, .rateLimited].contains(error.kind) && !error.isOfTheseTexts)
        if isOfAll { part.stop = error }
    }

    /// What is to be said of the provider, where a text was refused alone; nil where others are taken.
    private func verdict(on error: EmbeddingError, requests: inout Int) async throws -> EmbeddingError? {
        guard Self.concernsText(error), !error.isTooLong else { return nil }
        let isDoubtful = self.evidence.withLock { evidence in
            evidence.refusedAlone += 1
            return !evidence.someWereTaken && (evidence.refusedAlone > 1 || self.texts == 1)
        }
        guard isDoubtful else { return nil }
        do {
            _ = try await self.request([Self.harmlessText], isHalf: true, requests: &requests)
        } catch let failure where Self.concernsText(failure) {
            try Task.checkCancellation()
            var verdict = failure
            verdict.isOfEveryText = true
            // What is refused for ever is a person's to mend; nonsense may pass.
            if verdict.kind != .invalidAnswer { verdict.kind = .configuration }
            verdict.message = "it takes no text at all, not the most harmless: \(failure.message)"
            return verdict
        } catch {
            try Task.checkCancellation()
            return nil
        }
        self.evidence.withLock { $0.someWereTaken = true }
        return nil
    }

    private func split(_ texts: [String], into part: inout Part) async throws {
        let middle = texts.count / 2
        part.append(try await self.part(Array(texts[..<middle]), isHalf: true))
        if let stop = part.stop {
            part.append(Part(results: texts[middle...].map { _ in .failure(stop) }))
        } else {
            part.append(try await self.part(Array(texts[middle...]), isHalf: true))
        }
    }

    /// Embeds both halves of a text that is too long; its vector is their mean, weighted by length, and as long as they are.
    private func halve(_ text: String, halvings: Int, into part: inout Part) async throws {
        let (left, right) = Self.halves(text)
        let first = try await self.part([left], isHalf: true, halvings: halvings + 1)
        part.requests += first.requests
        part.tokens += first.tokens
        part.stop = first.stop
        guard case .success(let a)? = first.results.first else {
            part.results = first.results
            return
        }
        let second = try await self.part([right], isHalf: true, halvings: halvings + 1)
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

    private func request(_ texts: [String], isHalf: Bool, requests: inout Int) async throws(EmbeddingError) -> EmbeddingBatch {
        var attempt = 1
        var refusals = 0
        var refusedFirst: ContinuousClock.Instant?
        while true {
            requests += 1
            let failure: EmbeddingError
            do {
                let batch = try await self.provider.embed(texts, as: self.task)
                if batch.vectors.count == texts.count { return batch }
                failure = EmbeddingError(
                    .invalidAnswer,
                    provider: self.provider.id,
                    message: "it returned \(batch.vectors.count) vectors for \(texts.count) texts"
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
                wait = failure.wait ?? self.embedder.backoff.delay(after: refusals, random: .random(in: 0..<1))
                // By the clock: others are refused too, and each waits for its turn to be refused again.
                let since = refusedFirst ?? .now
                refusedFirst = since
                guard ContinuousClock.now + wait - since <= self.embedder.patience else { throw failure }
            case .invalidAnswer where isHalf && texts.count > 1:
                // To halve it once more is another try.
                throw failure
            case .transient, .invalidAnswer:
                // A wait that the provider asks for is the caller's to keep, where it is long.
                wait = failure.wait ?? self.embedder.backoff.delay(after: attempt, random: .random(in: 0..<1))
                guard attempt <= self.embedder.retries, wait <= self.embedder.backoff.maximum * 2 else { throw failure }
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

extension EmbeddingError {
    /// How long the provider asks to wait; nil where it says nothing, or "at once", or a moment that is over by our clock.
    fileprivate var wait: Duration? { self.retryAfter.flatMap { $0 > .zero ? $0 : nil } }
}
