import Embedding
import Foundation
import Resilience
import Synchronization
import Testing

@Suite("What a refused request costs, counted")
struct RefusalCountTests {
    private static let quick = Backoff(base: .milliseconds(1), maximum: .milliseconds(1))

    private func embed(
        _ texts: [String],
        items: Int,
        concurrency: Int = 1,
        before: @escaping @Sendable (ScriptedProvider.Call) async throws -> Void
    ) async throws -> EmbeddingOutcome {
        let limits = EmbeddingLimits(items: items, tokensPerItem: 256, concurrency: concurrency)
        let provider = ScriptedProvider(limits: limits, before: before)
        return try await SplittingEmbedder(provider: provider, backoff: Self.quick).embed(texts, as: .document)
    }

    private static func halvings(_ count: Int) -> Int {
        var halvings = 0
        while 1 << halvings < count { halvings += 1 }
        return halvings
    }

    private func errors(_ outcome: EmbeddingOutcome) -> [EmbeddingError?] {
        outcome.results.map { if case .failure(let error) = $0 { error } else { nil } }
    }

    @Test(
        "A provider that answers nonsense to everything is found out by some log n requests, and no text is blamed",
        arguments: [1, 2, 3, 7, 32, 100, 257, 2_048]
    )
    func nonsense(count: Int) async throws {
        let outcome = try await self.embed((0..<count).map { "text \($0)" }, items: 2_048) { _ in
            throw EmbeddingError(.invalidAnswer, provider: "scripted", message: "not JSON")
        }
        // Three tries of the whole, of two texts alone and of the harmless one; one of each request between.
        #expect(outcome.requests <= 12 + Self.halvings(count), "\(outcome.requests) requests")
        #expect(self.errors(outcome).allSatisfy { $0?.kind == .invalidAnswer && $0?.isOfEveryText == true })
    }

    @Test(
        "A provider that refuses everything is a person's to mend, and is found out by some log n requests",
        arguments: [1, 2, 3, 7, 32, 100, 257, 2_048]
    )
    func refusesAll(count: Int) async throws {
        let outcome = try await self.embed((0..<count).map { "text \($0)" }, items: 2_048) { call in
            let kind: EmbeddingError.Kind = call.texts.count > 1 ? .splittable : .content
            throw EmbeddingError(kind, provider: "scripted", message: "no such thing", status: 400)
        }
        #expect(outcome.requests <= 4 + Self.halvings(count), "\(outcome.requests) requests")
        #expect(self.errors(outcome).allSatisfy { $0?.kind == .configuration && $0?.isOfEveryText == true })
        #expect(self.errors(outcome)[0]?.message.contains("no text at all") == true)
    }

    @Test("Many requests at once stop as well, each after its own halvings at most")
    func refusesAllAtOnce() async throws {
        let outcome = try await self.embed((0..<10_000).map { "text \($0)" }, items: 100, concurrency: 4) { _ in
            throw EmbeddingError(.invalidAnswer, provider: "scripted", message: "not JSON")
        }
        #expect(outcome.requests <= 4 * (12 + Self.halvings(100)), "\(outcome.requests) requests")
        #expect(self.errors(outcome).allSatisfy { $0?.isOfEveryText == true })
    }

    @Test("Texts that are all refused are each to blame where the provider takes others")
    func allPoisonous() async throws {
        let outcome = try await self.embed((0..<40).map { "poison \($0)" }, items: 100) { call in
            guard call.texts.contains(where: { $0.hasPrefix("poison") }) else { return }
            throw EmbeddingError(call.texts.count > 1 ? .splittable : .content, provider: "scripted", message: "refused")
        }
        #expect(self.errors(outcome).allSatisfy { $0?.kind == .content && $0?.isOfEveryText == false })
        // Every text alone, every request above, and the harmless text once.
        #expect(outcome.requests == 2 * 40 - 1 + 1)
    }

    @Test("Whichever texts are refused, those fail and no others, at two requests a halving", arguments: 0..<60)
    func property(seed: UInt64) async throws {
        var random = SplitMix(seed: seed)
        let count = Int.random(in: 1...400, using: &random)
        let items = Int.random(in: 1...128, using: &random)
        let share = [0.002, 0.02, 0.3][Int.random(in: 0..<3, using: &random)]
        let poisonous = Set((0..<count).filter { _ in Double.random(in: 0..<1, using: &random) < share })
        let kind: EmbeddingError.Kind = Bool.random(using: &random) ? .splittable : .invalidAnswer
        let embedded = Mutex<[String: Int]>([:])
        let texts = (0..<count).map { "\(poisonous.contains($0) ? "poison" : "text") \($0)" }
        let outcome = try await self.embed(texts, items: items, concurrency: 1 + Int(seed % 4)) { call in
            if call.texts.contains(where: { $0.hasPrefix("poison") }) {
                throw EmbeddingError(kind, provider: "scripted", message: "refused")
            }
            embedded.withLock { embedded in for text in call.texts { embedded[text, default: 0] += 1 } }
        }
        let errors = self.errors(outcome)
        #expect(errors.indices.filter { errors[$0] != nil } == poisonous.sorted())
        #expect(errors.allSatisfy { $0?.isOfEveryText != true })
        #expect(
            embedded.withLock { $0.filter { $0.key.hasPrefix("text") } }.values.allSatisfy { $0 == 1 },
            "none is embedded twice"
        )
        let batches = (count + items - 1) / items
        let tries = kind == .invalidAnswer ? 2 : 0
        // Retries of whole requests and of texts alone, two requests a halving, and the harmless text once a lane at most.
        let most = batches * (1 + tries) + poisonous.count * (2 * Self.halvings(items) + tries) + 4
        #expect(outcome.requests <= most, "\(outcome.requests) of \(most)")
    }
}
