import Embedding
import Foundation
import PulseModel
import Qdrant
import Store

extension SearchService {
    /// The question as the index understands it. Where the provider is away the words answer alone.
    func question(_ request: SearchRequest, space: TenantSpace, meter: SearchMeter) async throws -> Question {
        let texts = QuestionParts.of(request.query)
        var question = Question(
            parts: texts.map { _ in Question.Part() },
            lexicalWeight: Self.lexicalWeight(of: request.query, parts: texts.count)
        )
        if request.mode != .lexical {
            do {
                let vectors = try await self.vectors(of: texts, space: space, meter: meter)
                for (place, vector) in zip(texts.indices, vectors) { question.parts[place].dense = vector }
            } catch let error as EmbeddingError {
                self.logger.warning(
                    "a query could not be embedded",
                    metadata: ["provider": "\(error.provider)", "error": "\(error.message)"]
                )
                // By meaning alone was asked for, and cannot be had.
                if request.mode == .semantic { throw SearchError.unavailable(error.publicDescription) }
                question.degraded = "by words only: \(error.publicDescription)"
            }
        }
        if request.mode != .semantic {
            for (place, text) in texts.enumerated() {
                let words = LexicalVector.query(text)
                guard !words.isEmpty else { continue }
                question.parts[place].lexical = SparseVector(indices: words.indices, values: words.values)
            }
        }
        return question
    }

    private static func lexicalWeight(of query: String, parts: Int) -> Double {
        if parts > 1 { return Fusion.Weight.long }
        return LexicalTokens.looksLikeIdentifier(query) ? Fusion.Weight.identifier : Fusion.Weight.prose
    }

    private func vectors(of texts: [String], space: TenantSpace, meter: SearchMeter) async throws -> [[Float]] {
        let provider = try await self.providers.provider(space.provider)
        guard provider.space.name == space.space else {
            throw EmbeddingError(
                .configuration,
                provider: provider.id,
                message: "its file declares the space \(provider.space.name), but the tenant's vectors are of \(space.space)"
            )
        }
        var vectors: [[Float]] = []
        let items = max(1, provider.limits.items)
        for start in stride(from: 0, to: texts.count, by: items) {
            let some = Array(texts[start..<min(start + items, texts.count)])
            let started = ContinuousClock.now
            let batch = try await provider.embed(some, as: .query)
            meter.embedded(
                by: provider.id,
                seconds: (ContinuousClock.now - started) / .seconds(1),
                tokens: batch.tokens ?? some.reduce(0) { $0 + provider.tokenCounter.count($1) }
            )
            guard batch.vectors.count == some.count else {
                throw EmbeddingError(.invalidAnswer, provider: provider.id, message: "it gave no vector for the query")
            }
            vectors += batch.vectors
        }
        return vectors
    }
}
