import Embedding
import Foundation
import Resilience
import Synchronization
import Testing

@Suite("Providers that stand in for each other")
struct FallbackTests {
    /// Vectors of one model, in whichever provider; `bend` makes them another model's.
    private final class Twin: EmbeddingProvider {
        let id: String
        let space: VectorSpace
        let limits: EmbeddingLimits
        let tokenCounter: any TokenCounting = EstimatedTokenCounter()
        private let bend: Float
        private let state = Mutex((trouble: EmbeddingError?.none, calls: 0))

        init(_ id: String, space: String = "s", bend: Float = 0, items: Int = 100, tokens: Int = 500) {
            self.id = id
            self.space = VectorSpace(name: space, dimensions: 16)
            self.limits = EmbeddingLimits(items: items, tokensPerItem: tokens)
            self.bend = bend
        }

        var calls: Int { self.state.withLock { $0.calls } }

        func fail(_ kind: EmbeddingError.Kind?) {
            self.fail(with: kind.map { EmbeddingError($0, provider: self.id, message: "trouble") })
        }

        func fail(with error: EmbeddingError?) { self.state.withLock { $0.trouble = error } }

        func embed(_ texts: [String], as task: EmbeddingTask) async throws -> EmbeddingBatch {
            try self.state.withLock { state in
                state.calls += 1
                if let trouble = state.trouble { throw trouble }
            }
            #expect(texts.count <= self.limits.items)
            #expect(texts.allSatisfy { self.tokenCounter.count($0) <= self.limits.tokensPerItem })
            return EmbeddingBatch(vectors: texts.map { self.vector($0) }, tokens: texts.count)
        }

        private func vector(_ text: String) -> [Float] {
            var vector = ScriptedProvider.vector(of: text, dimensions: 16)
            vector[3] += self.bend
            return vector
        }
    }

    private func fallback(_ primary: Twin, _ others: [Twin], probe: SpaceProbe = SpaceProbe()) -> FallbackProvider {
        FallbackProvider(primary, others: others.map(\.id), probe: probe) { id throws(EmbeddingError) in
            guard let other = others.first(where: { $0.id == id }) else {
                throw EmbeddingError(.configuration, provider: id, message: "there is none")
            }
            return other
        }
    }

    /// Until the provider's own vectors are remembered, which happens beside its answers.
    private func settle(_ memory: LocalProbeMemory, _ key: String) async throws {
        let start = ContinuousClock.now
        while try await memory.recall(key) == nil {
            try #require(ContinuousClock.now - start < .seconds(5))
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    @Test("While the provider is away, one of the same space and the same vectors answers, packed to its own limits")
    func standsIn() async throws {
        let memory = LocalProbeMemory()
        let (primary, other) = (Twin("a"), Twin("b", items: 2))
        let provider = self.fallback(primary, [other], probe: SpaceProbe(memory: memory))
        _ = try await provider.embed(["x"], as: .document)
        try await self.settle(memory, "a@s")
        #expect(other.calls == 0)
        for kind in [EmbeddingError.Kind.configuration, .rateLimited] {
            primary.fail(kind)
            let texts = (0..<5).map { "text \($0)" }
            let batch = try await provider.embed(texts, as: .document)
            #expect(batch.vectors == texts.map { ScriptedProvider.vector(of: $0, dimensions: 16) })
            #expect(batch.tokens == 5)
        }
        primary.fail(nil)
        let calls = other.calls
        _ = try await provider.embed(["x"], as: .document)
        #expect(other.calls == calls, "the provider itself works again")
    }

    @Test("A query does not wait: one failure is enough; a document is tried again first")
    func queries() async throws {
        let memory = LocalProbeMemory()
        let (primary, other) = (Twin("a"), Twin("b"))
        let provider = self.fallback(primary, [other], probe: SpaceProbe(memory: memory))
        _ = try await provider.embed(["x"], as: .document)
        try await self.settle(memory, "a@s")
        primary.fail(.transient)
        #expect(try await provider.embed(["x"], as: .query).vectors.count == 1)
        await #expect(throws: EmbeddingError.self) { try await provider.embed(["x"], as: .document) }
    }

    @Test("Nobody stands in whose vectors differ, whose space differs, or who could not be compared yet")
    func refused() async throws {
        let memory = LocalProbeMemory()
        let primary = Twin("a")
        let cases = [(Twin("bent", bend: 0.3), "a cosine of"), (Twin("other", space: "t"), "has the space t, not s")]
        for (other, reason) in cases {
            let provider = self.fallback(primary, [other], probe: SpaceProbe(memory: memory))
            primary.fail(nil)
            _ = try await provider.embed(["x"], as: .document)
            try await self.settle(memory, "a@s")
            primary.fail(.configuration)
            let error = await #expect(throws: EmbeddingError.self) { try await provider.embed(["x"], as: .query) }
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        }
        let untried = self.fallback(primary, [Twin("b")])
        let error = await #expect(throws: EmbeddingError.self) { try await untried.embed(["x"], as: .query) }
        #expect(error?.message.contains("has not worked yet") == true, "\(error?.message ?? "")")
    }

    @Test("Why nobody stands in names no host of who could not be asked for a comparison")
    func silent() async throws {
        let memory = LocalProbeMemory()
        let (primary, other) = (Twin("a"), Twin("b"))
        let provider = self.fallback(primary, [other], probe: SpaceProbe(memory: memory))
        _ = try await provider.embed(["x"], as: .document)
        try await self.settle(memory, "a@s")
        primary.fail(.configuration)
        var away = EmbeddingError(.transient, provider: "b", message: "cannot connect to 10.0.0.8: connection refused")
        away.hosts = ["10.0.0.8"]
        other.fail(with: away)
        let error = await #expect(throws: EmbeddingError.self) { try await provider.embed(["x"], as: .document) }
        let told = try #require(error?.publicDescription)
        #expect(told.contains("trouble; no fallback: b: cannot connect to its host"), "\(told)")
        #expect(!told.contains("10.0.0.8"), "\(told)")
    }

    @Test("The comparison is remembered: it costs its requests once")
    func remembered() async throws {
        let memory = LocalProbeMemory()
        let (primary, other) = (Twin("a"), Twin("b"))
        let provider = self.fallback(primary, [other], probe: SpaceProbe(memory: memory))
        for _ in 0..<5 { _ = try await provider.embed(["x"], as: .document) }
        try await self.settle(memory, "a@s")
        #expect(primary.calls == 5 + 2)
        primary.fail(.configuration)
        for _ in 0..<5 { _ = try await provider.embed(["x"], as: .document) }
        #expect(other.calls == 5 + 2)
    }

    @Test("A text beyond the stand-in's limit waits for the provider and is not taken in parts; its neighbours are embedded")
    func narrower() async throws {
        let memory = LocalProbeMemory()
        let (primary, other) = (Twin("a"), Twin("b", tokens: 100))
        let provider = self.fallback(primary, [other], probe: SpaceProbe(memory: memory))
        _ = try await provider.embed(["x"], as: .document)
        try await self.settle(memory, "a@s")
        let long = String(repeating: "many words of one text ", count: 40)
        for kind in [EmbeddingError.Kind.configuration, .rateLimited] {
            primary.fail(kind)
            let texts = ["first", long, "second", "third", long + "again", "fourth", "fifth"]
            let embedder = SplittingEmbedder(provider: provider, backoff: Backoff(base: .zero, maximum: .zero))
            let results = try await embedder.embed(texts, as: .document).results
            for (text, result) in zip(texts, results) {
                switch result {
                case .success(let vector):
                    #expect(!text.hasPrefix(long) && vector == ScriptedProvider.vector(of: text, dimensions: 16))
                case .failure(let error):
                    // A person is told where only a person can end the wait.
                    let told = kind == .configuration ? EmbeddingError.Kind.configuration : .transient
                    #expect(text.hasPrefix(long) && error.kind == told, "\(error)")
                    #expect(error.isLeftAlone == (kind == .rateLimited))
                    #expect((error.cause ?? error.message).contains("trouble; no fallback: b takes 100 tokens a text"))
                }
            }
        }
        // Where one of several takes it, it does.
        let wide = self.fallback(primary, [other, Twin("c")], probe: SpaceProbe(memory: memory))
        #expect(try await wide.embed(["first", long], as: .document).vectors.count == 2)
    }

    @Test("A text that the stand-in refuses is that text's failure")
    func content() async throws {
        let memory = LocalProbeMemory()
        let (primary, other) = (Twin("a"), Twin("b"))
        let provider = self.fallback(primary, [other], probe: SpaceProbe(memory: memory))
        _ = try await provider.embed(["x"], as: .document)
        try await self.settle(memory, "a@s")
        primary.fail(.configuration)
        _ = try await provider.embed(["x"], as: .document)
        other.fail(.content)
        let error = await #expect(throws: EmbeddingError.self) { try await provider.embed(["x"], as: .document) }
        #expect(error?.kind == .content)
    }

    @Test("A provider that keeps failing is left alone, and asked by one request at a time whether it is back")
    func circuit() async throws {
        let primary = Twin("a")
        let cooling = Backoff(base: .milliseconds(60), maximum: .milliseconds(60), jitter: 0)
        let provider = GuardedProvider(primary, circuit: ProviderCircuit(CircuitBreaker(threshold: 3, cooling: cooling)))
        primary.fail(.transient)
        for _ in 0..<20 { _ = try? await provider.embed(["x"], as: .document) }
        #expect(primary.calls == 3)
        let error = await #expect(throws: EmbeddingError.self) { try await provider.embed(["x"], as: .document) }
        #expect(error?.isLeftAlone == true && error?.kind == .transient && error?.retryAfter != nil)
        try await Task.sleep(for: .milliseconds(80))
        primary.fail(nil)
        #expect(try await provider.embed(["x"], as: .document).vectors.count == 1)
        #expect(try await provider.embed(["x"], as: .document).vectors.count == 1)
    }

    @Test("A text on which a service breaks opens no circuit, and keeps none open")
    func poison() async throws {
        let isAway = Mutex(false)
        let primary = ScriptedProvider { call in
            if call.texts.contains("poison") || isAway.withLock({ $0 }) {
                throw EmbeddingError(.transient, provider: "scripted", message: "500", status: 500)
            }
        }
        let cooling = Backoff(base: .milliseconds(20), maximum: .milliseconds(20), jitter: 0)
        let provider = GuardedProvider(primary, circuit: ProviderCircuit(CircuitBreaker(threshold: 3, cooling: cooling)))
        for _ in 0..<20 {
            let error = await #expect(throws: EmbeddingError.self) { try await provider.embed(["poison"], as: .document) }
            #expect(error?.isLeftAlone == false)
        }
        isAway.withLock { $0 = true }
        for _ in 0..<20 { _ = try? await provider.embed(["x"], as: .document) }
        let closed = await #expect(throws: EmbeddingError.self) { try await provider.embed(["x"], as: .document) }
        #expect(closed?.isLeftAlone == true)
        isAway.withLock { $0 = false }
        try await Task.sleep(for: .milliseconds(40))
        let first = await #expect(throws: EmbeddingError.self) { try await provider.embed(["poison"], as: .document) }
        #expect(first?.isLeftAlone == false, "it was asked")
        #expect(try await provider.embed(["x"], as: .document).vectors.count == 1)
    }

    @Test(
        "Answers that tell of the key, the budget or a text open no circuit",
        arguments: [EmbeddingError.Kind.configuration, .rateLimited, .content, .splittable, .invalidAnswer]
    )
    func closed(kind: EmbeddingError.Kind) async throws {
        let primary = Twin("a")
        let provider = GuardedProvider(primary, circuit: ProviderCircuit())
        primary.fail(kind)
        for _ in 0..<20 { _ = try? await provider.embed(["x"], as: .document) }
        #expect(primary.calls == 20)
    }
}
