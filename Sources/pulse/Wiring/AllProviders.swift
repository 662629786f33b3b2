import Embedding

/// Finds a provider among those of the installation, and those that tenants have defined: see ``OwnProviderID``.
struct AllProviders: ProviderResolving {
    let installed: CatalogProviders
    let own: TenantProviders

    func provider(_ id: String) async throws(EmbeddingError) -> any EmbeddingProvider {
        guard let own = OwnProviderID(id) else { return try await self.installed.provider(id) }
        return try await self.own.provider(own)
    }

    /// A tenant's own has none that stand in for it.
    func alone(_ id: String) async throws(EmbeddingError) -> any EmbeddingProvider {
        OwnProviderID(id) == nil ? try await self.installed.alone(id) : try await self.provider(id)
    }

    func definitions() async -> [ProviderDefinition] { await self.installed.definitions() }
}
