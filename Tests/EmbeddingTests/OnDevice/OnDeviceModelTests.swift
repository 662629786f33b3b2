import Foundation
import Synchronization
import Testing

@testable import Embedding

/// Against the vectors of the original implementation. Needs the model: PULSE_MODEL_DIR, which Scripts/test always sets.
@Suite(.enabled(if: ModelFiles.directory != nil)) struct OnDeviceModelTests {
    @Test("Every text has the tokens of the original tokenizer, and as many as it counts")
    func tokens() throws {
        let tokenizer = try ModelFiles.model(plain: false).tokenizer
        for entry in try ModelFiles.reference() {
            #expect(tokenizer.encode(entry.text, limit: 256) == entry.ids, "\(entry.text)")
            #expect(tokenizer.count(entry.text) == entry.count, "\(entry.text)")
        }
    }

    @Test("Each text alone has the vector of the original implementation", arguments: [false, true])
    func alone(plain: Bool) async throws {
        let model = try ModelFiles.model(plain: plain)
        for entry in try ModelFiles.reference() {
            let batch = try await model.embed([entry.text])
            #expect(batch.vectors.count == 1)
            #expect(ModelFiles.cosine(batch.vectors[0], entry.vector) >= 0.999_99, "\(entry.text)")
            #expect(batch.tokens == entry.ids.count)
        }
    }

    @Test("Texts of all lengths in one request keep their vectors and their order", arguments: [false, true])
    func together(plain: Bool) async throws {
        let model = try ModelFiles.model(plain: plain)
        let entries = try ModelFiles.reference() + ModelFiles.reference().reversed()
        let batch = try await model.embed(entries.map(\.text))
        #expect(batch.vectors.count == entries.count)
        for (entry, vector) in zip(entries, batch.vectors) {
            #expect(ModelFiles.cosine(vector, entry.vector) >= 0.999_99, "\(entry.text)")
            #expect(abs(ModelFiles.cosine(vector, vector) - 1) < 1e-6)
            #expect(abs(vector.reduce(0) { $0 + Double($1) * Double($1) } - 1) < 1e-5)
        }
        #expect(batch.tokens == entries.reduce(0) { $0 + $1.ids.count })
    }

    @Test("Many callers at once get the vectors that each would get alone")
    func callers() async throws {
        let model = try ModelFiles.model(plain: false)
        let entries = try ModelFiles.reference()
        try await withThrowingTaskGroup(of: (Int, [[Float]]).self) { group in
            for number in 0..<12 {
                let texts = [entries[number].text, entries[number + 12].text]
                group.addTask { (number, try await model.embed(texts).vectors) }
            }
            for try await (number, vectors) in group {
                #expect(ModelFiles.cosine(vectors[0], entries[number].vector) >= 0.999_99)
                #expect(ModelFiles.cosine(vectors[1], entries[number + 12].vector) >= 0.999_99)
            }
        }
    }

    @Test("A cancelled request ends after the passes that are under way")
    func cancellation() async throws {
        let model = try ModelFiles.model(plain: false)
        let text = try #require(try ModelFiles.reference().max { $0.ids.count < $1.ids.count }).text
        let work = Task { try await model.embed([String](repeating: text, count: 64)) }
        work.cancel()
        await #expect(throws: CancellationError.self) { try await work.value }
        // The lanes are free for the next.
        #expect(try await model.embed(["ok"]).vectors.count == 1)
    }

    @Test("A query does not stand in line behind documents")
    func queryFirst() async throws {
        let model = try ModelFiles.model(plain: false)
        let text = try #require(try ModelFiles.reference().max { $0.ids.count < $1.ids.count }).text
        let ends = Mutex<[String]>([])
        let documents = Task {
            // Two dozen passes: in one line with them, three queries would end behind the last.
            _ = try await model.embed([String](repeating: text, count: 48))
            ends.withLock { $0.append("documents") }
        }
        try await Task.sleep(for: .milliseconds(50))
        for _ in 0..<3 { _ = try await model.embed(["why do we retry?"], as: .query) }
        ends.withLock { $0.append("queries") }
        try await documents.value
        #expect(ends.withLock { $0 } == ["queries", "documents"])
    }

    @Test("The provider keeps its word: limits, dimensions, counts; documents and queries alike")
    func provider() async throws {
        let provider = OnDeviceProvider(model: try ModelFiles.model(plain: false))
        #expect(provider.id == "on-device")
        #expect(provider.space == VectorSpace(name: "all-minilm-l6-v2", dimensions: 384))
        let texts = (0..<provider.limits.items).map { "text number \($0)" }
        let documents = try await provider.embed(texts, as: .document)
        let queries = try await provider.embed(texts, as: .query)
        #expect(documents == queries)
        #expect(documents.vectors.allSatisfy { $0.count == 384 })
        #expect(documents.tokens == texts.reduce(0) { $0 + provider.tokenCounter.count($1) })
        #expect(try await provider.embed([], as: .document) == EmbeddingBatch(vectors: [], tokens: 0))
    }
}
