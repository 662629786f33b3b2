import Embedding
import Resilience
import Synchronization
import Testing

struct SplittingEmbedderTests {
    private static let quick = Backoff(base: .milliseconds(1), maximum: .milliseconds(2))

    private func embedder(
        items: Int = 100,
        concurrency: Int = 4,
        patience: Duration = .seconds(5),
        before: @escaping @Sendable (ScriptedProvider.Call) async throws -> Void
    ) -> (SplittingEmbedder, ScriptedProvider) {
        let limits = EmbeddingLimits(items: items, tokensPerItem: 256, concurrency: concurrency)
        let provider = ScriptedProvider(limits: limits, before: before)
        return (SplittingEmbedder(provider: provider, backoff: Self.quick, patience: patience), provider)
    }

    private func failure(_ result: Result<[Float], EmbeddingError>) -> EmbeddingError? {
        if case .failure(let error) = result { return error }
        return nil
    }

    @Test("Each text gets its own vector, whatever the packing and the order of answers")
    func order() async throws {
        let texts = (0..<257).map { "text number \($0)" }
        let (embedder, provider) = self.embedder(items: 10) { call in
            try await Task.sleep(for: .milliseconds(call.number % 3))
        }
        let outcome = try await embedder.embed(texts, as: .document)
        let vectors = try outcome.results.map { try $0.get() }
        #expect(vectors == texts.map { ScriptedProvider.vector(of: $0, dimensions: 64) })
        #expect(outcome.requests == 26 && provider.calls == 26)
        #expect(outcome.tokens == texts.reduce(0) { $0 + provider.tokenCounter.count($1) })
    }

    @Test("One poisonous text in a thousand fails alone", arguments: [0, 499, 999])
    func poison(position: Int) async throws {
        var texts = (0..<1000).map { "text \($0)" }
        texts[position] = "poison"
        let (embedder, _) = self.embedder { call in
            if call.texts.contains("poison") {
                throw EmbeddingError(.splittable, provider: "scripted", message: "refused", status: 400)
            }
        }
        let outcome = try await embedder.embed(texts, as: .document)
        for (index, result) in outcome.results.enumerated() {
            #expect(self.failure(result)?.kind == (index == position ? .content : nil))
        }
        #expect(outcome.requests < 30)
    }

    @Test("A failure that passes is tried again at once, at most twice")
    func transient() async throws {
        let (embedder, provider) = self.embedder { call in
            if call.number <= 2 { throw EmbeddingError(.transient, provider: "scripted", message: "reset") }
        }
        let outcome = try await embedder.embed(["a", "b"], as: .query)
        #expect(outcome.results.allSatisfy { self.failure($0) == nil })
        #expect(provider.calls == 3)
    }

    @Test("A failure that stays is the failure of that request's texts only")
    func lasting() async throws {
        let (embedder, provider) = self.embedder(items: 2, concurrency: 1) { call in
            if call.texts.contains("c") { throw EmbeddingError(.transient, provider: "scripted", message: "reset") }
        }
        let outcome = try await embedder.embed(["a", "b", "c", "d", "e"], as: .document)
        #expect(outcome.results.map { self.failure($0)?.kind } == [nil, nil, .transient, .transient, nil])
        #expect(provider.calls == 5)
        #expect(outcome.requests == 5)
    }

    @Test("A text on which the service breaks fails alone, and is known from a service that is away")
    func breaks() async throws {
        let (embedder, provider) = self.embedder(items: 4, concurrency: 1) { call in
            if call.texts.contains("c") { throw EmbeddingError(.transient, provider: "scripted", message: "500", status: 500) }
        }
        let outcome = try await embedder.embed(["a", "b", "c", "d", "e"], as: .document)
        #expect(outcome.results.map { self.failure($0)?.kind } == [nil, nil, .transient, nil, nil])
        #expect(self.failure(outcome.results[2])?.othersAreTaken == true)
        // Three tries of each request that holds it and the harmless text after them; one of each of the others.
        #expect(provider.calls == 3 * (3 + 1) + 3)
        #expect(outcome.requests == provider.calls)
    }

    @Test("A service that is away, or that asks to wait, takes no harmless text either, and nothing is split for it")
    func isAway() async throws {
        let (embedder, provider) = self.embedder(items: 2, concurrency: 1) { _ in
            throw EmbeddingError(.transient, provider: "scripted", message: "503", status: 503)
        }
        let outcome = try await embedder.embed(["a", "b", "c", "d", "e"], as: .document)
        #expect(outcome.results.allSatisfy { self.failure($0)?.kind == .transient && self.failure($0)?.othersAreTaken == false })
        #expect(provider.calls == 3 * 3 + 1, "the harmless text is sent once")

        let (patient, busy) = self.embedder(items: 2, concurrency: 1) { _ in
            throw EmbeddingError(.transient, provider: "scripted", message: "503", status: 503, retryAfter: .seconds(60))
        }
        _ = try await patient.embed(["a", "b"], as: .document)
        #expect(busy.calls == 1)
    }

    @Test("Out of budget or misconfigured, nothing more is sent", arguments: [EmbeddingError.Kind.rateLimited, .configuration])
    func stops(kind: EmbeddingError.Kind) async throws {
        let (embedder, provider) = self.embedder(items: 1, concurrency: 1) { call in
            if call.number == 2 { throw EmbeddingError(kind, provider: "scripted", message: "no", retryAfter: .seconds(7)) }
        }
        let outcome = try await embedder.embed(["a", "b", "c", "d"], as: .document)
        #expect(outcome.results.map { self.failure($0)?.kind } == [nil, kind, kind, kind])
        #expect(self.failure(outcome.results[3])?.retryAfter == .seconds(7))
        #expect(provider.calls == 2)
    }

    @Test("Refused for want of budget, a request waits as it is asked to and goes again whole; that is no try")
    func waits() async throws {
        let calls = Mutex<[ScriptedProvider.Call]>([])
        let (embedder, _) = self.embedder(items: 5) { call in
            calls.withLock { $0.append(call) }
            if call.number % 2 == 1 || call.number < 12 {
                throw EmbeddingError(.rateLimited, provider: "scripted", message: "429", retryAfter: .milliseconds(1))
            }
        }
        let outcome = try await embedder.embed((0..<20).map { "text \($0)" }, as: .document)
        #expect(outcome.results.allSatisfy { self.failure($0) == nil })
        #expect(calls.withLock { $0.allSatisfy { $0.texts.count == 5 } }, "none is split for it")
    }

    @Test(
        "One poisonous text in ten thousand costs two requests for each halving, and no other text",
        arguments: [0, 4321, 9999]
    )
    func poisonInTenThousand(position: Int) async throws {
        var texts = (0..<10_000).map { "text \($0)" }
        texts[position] = "poison"
        let embedded = Mutex(0)
        let (embedder, _) = self.embedder(items: 128) { call in
            if call.texts.contains("poison") {
                throw EmbeddingError(.splittable, provider: "scripted", message: "refused", status: 400)
            }
            embedded.withLock { $0 += call.texts.count }
        }
        let outcome = try await embedder.embed(texts, as: .document)
        #expect(outcome.results.indices.filter { self.failure(outcome.results[$0]) != nil } == [position])
        #expect(self.failure(outcome.results[position])?.kind == .content)
        // 79 requests, and two for each of the seven halvings of 128.
        #expect(outcome.requests <= 79 + 2 * 7)
        #expect(embedded.withLock { $0 } == 9_999, "no text is embedded twice")
    }

    @Test("No more requests are out at once than the provider allows")
    func concurrency() async throws {
        let gauge = Mutex((now: 0, most: 0))
        let (embedder, _) = self.embedder(items: 1, concurrency: 3) { _ in
            gauge.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            try await Task.sleep(for: .milliseconds(3))
            gauge.withLock { $0.now -= 1 }
        }
        _ = try await embedder.embed((0..<40).map { "\($0)" }, as: .document)
        #expect(gauge.withLock { $0.most } == 3)
    }

    @Test("A text that is too long alone is embedded in parts, and its vector is their mean")
    func tooLong() async throws {
        let long = (0..<50).map { "word\($0)" }.joined(separator: " ")
        let (embedder, _) = self.embedder { call in
            guard call.texts.contains(where: { $0.count > 120 }) else { return }
            var error = EmbeddingError(call.texts.count > 1 ? .splittable : .content, provider: "scripted", message: "too long")
            error.isTooLong = true
            throw error
        }
        let outcome = try await embedder.embed(["short", long, "short too"], as: .document)
        #expect(outcome.pooled == [1])
        let vectors = try outcome.results.map { try $0.get() }
        #expect(vectors[0] == ScriptedProvider.vector(of: "short", dimensions: 64))
        let whole = ScriptedProvider.vector(of: long, dimensions: 64)
        #expect(zip(vectors[1], whole).reduce(0) { $0 + $1.0 * $1.1 } > 0.9)
        #expect(abs(vectors[1].reduce(0) { $0 + $1 * $1 } - 1) < 0.2)
    }

    @Test("Cancellation ends the work with CancellationError")
    func cancellation() async throws {
        let (embedder, _) = self.embedder(items: 1) { _ in try await Task.sleep(for: .seconds(60)) }
        let task = Task { try await embedder.embed(["a", "b"], as: .document) }
        try await Task.sleep(for: .milliseconds(20))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("The double gives unit vectors, near each other where words are shared")
    func double() {
        func cosine(_ a: String, _ b: String) -> Float {
            zip(ScriptedProvider.vector(of: a, dimensions: 256), ScriptedProvider.vector(of: b, dimensions: 256)).reduce(0) {
                $0 + $1.0 * $1.1
            }
        }
        #expect(abs(cosine("card refused at checkout", "card refused at checkout") - 1) < 1e-5)
        #expect(
            cosine("card refused at checkout", "the card was refused")
                > cosine("card refused at checkout", "sprint planning notes")
        )
        #expect(abs(cosine("", "") - 1) < 1e-6)
    }
}
