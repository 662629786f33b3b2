import Embedding
import Foundation
import Server
import Store
import Vectorization

/// The installation's providers, as the API shows them.
struct ServedProviders: ProviderDesk {
    let context: Context

    func outlines() async -> [ProviderOutline] {
        self.context.catalog.definitions.map { definition in
            ProviderOutline(
                id: definition.id,
                name: definition.name,
                model: definition.model,
                space: definition.space.name,
                dimensions: definition.space.dimensions,
                pricePerMillionTokens: definition.pricePerMillionTokens,
                isReady: definition.missingReferences(environment: { ProcessInfo.processInfo.environment[$0] }).isEmpty
            )
        }
    }

    func diagnose(_ json: String) -> [ProviderFault] {
        ProviderDefinition.validate(bytes: Array(json.utf8), fileName: "definition", origin: .tenant).map {
            ProviderFault(path: $0.path, problem: $0.problem, remedy: $0.remedy)
        }
    }

    func test(_ id: String) async -> ProviderTrial? {
        guard let definition = try? self.context.catalog.definition(id) else { return nil }
        do {
            let provider = try await self.context.providers.provider(id)
            let started = ContinuousClock.now
            let batch = try await provider.embed(
                ["Customers were charged twice after a time-out.", "A retry repeated the payment."],
                as: .document
            )
            return ProviderTrial(
                ok: true,
                dimensions: batch.vectors.first?.count,
                milliseconds: (((ContinuousClock.now - started) / .milliseconds(1)) * 10).rounded() / 10,
                tokens: batch.tokens,
                cost: batch.tokens.flatMap { tokens in definition.pricePerMillionTokens.map { $0 * Double(tokens) / 1_000_000 } }
            )
        } catch {
            // What a provider's error says holds no secret.
            return ProviderTrial(ok: false, reason: String("\(error)".prefix(1_000)))
        }
    }

    func choose(_ id: String, tenant: UUID) async throws -> ProviderChoice {
        guard let definition = try? self.context.catalog.definition(id) else { return .unknown }
        if let live = try await self.context.store.liveSpace(tenant: tenant) {
            guard live.space == definition.space.name else {
                return .needsReindex(from: live.space, to: definition.space.name)
            }
            try await self.context.store.changeProvider(to: id, tenant: tenant, space: live.space)
            return .chosen
        }
        do {
            let indexes = TenantIndexes(
                store: self.context.store,
                qdrant: self.context.qdrant,
                providers: self.context.providers,
                defaultProvider: id
            )
            try await indexes.prepare(tenant: tenant)
            return .chosen
        } catch let error as EmbeddingError {
            return .unusable(error.description)
        }
    }
}
