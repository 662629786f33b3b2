import Embedding
import Metrics

/// Providers that tell how long their requests take, what they embed, and how they fail.
struct MeasuredProviders: ProviderResolving {
    let providers: any ProviderResolving

    func provider(_ id: String) async throws(EmbeddingError) -> any EmbeddingProvider {
        MeasuredProvider(provider: try await self.providers.provider(id))
    }

    func alone(_ id: String) async throws(EmbeddingError) -> any EmbeddingProvider {
        MeasuredProvider(provider: try await self.providers.alone(id))
    }

    func definitions() async -> [ProviderDefinition] { await self.providers.definitions() }
}

struct MeasuredProvider: EmbeddingProvider {
    let provider: any EmbeddingProvider

    var id: String { self.provider.id }
    var space: VectorSpace { self.provider.space }
    var limits: EmbeddingLimits { self.provider.limits }
    var tokenCounter: any TokenCounting { self.provider.tokenCounter }

    func embed(_ texts: [String], as task: EmbeddingTask) async throws -> EmbeddingBatch {
        let started = ContinuousClock.now
        var outcome = "failed"
        // A tenant's own provider counts as one of them: its name is the tenant's.
        let name = self.id.contains("/") ? "tenant" : self.id
        let labels = [("provider", name), ("task", task.rawValue)]
        defer {
            Metrics.Timer(label: "pulse_embedding_duration_seconds", dimensions: labels + [("outcome", outcome)])
                .recordNanoseconds(Int64((ContinuousClock.now - started) / .nanoseconds(1)))
        }
        do {
            let batch = try await self.provider.embed(texts, as: task)
            outcome = "ok"
            Counter(label: "pulse_embedded_texts_total", dimensions: labels).increment(by: texts.count)
            if let tokens = batch.tokens {
                Counter(label: "pulse_embedded_tokens_total", dimensions: labels).increment(by: tokens)
            }
            return batch
        } catch let error as EmbeddingError {
            outcome = error.kind.rawValue
            throw error
        }
    }
}
