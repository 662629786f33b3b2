import Embedding

/// Finds a provider among those of the installation, and those that tenants have defined: see ``OwnProviderID``.
struct AllProviders: ProviderResolving {
    let installed: CatalogProviders
    let own: TenantProviders

    func provider(_ id: String) async throws(EmbeddingError) -> any EmbeddingProvider {
        guard let own = OwnProviderID(id) else { return try await self.installed.provider(id) }
        return try await self.own.provider(own)
    }

    func definitions() async -> [ProviderDefinition] { await self.installed.definitions() }
}
