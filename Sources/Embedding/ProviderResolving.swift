/// Finds a provider by its id.
///
/// Whoever embeds asks each time: a provider file may have been changed meanwhile.
public protocol ProviderResolving: Sendable {
    /// - Throws: ``EmbeddingError`` of kind `configuration`, which names the providers there are, or what this one lacks.
    func provider(_ id: String) async throws(EmbeddingError) -> any EmbeddingProvider

    /// The provider by itself, without those that stand in for it in need: whoever asks wants to know whether it works.
    func alone(_ id: String) async throws(EmbeddingError) -> any EmbeddingProvider

    /// What files say of the providers now, for whoever waits for one to come or to be mended; empty where none is read from files.
    func definitions() async -> [ProviderDefinition]
}

extension ProviderResolving {
    public func alone(_ id: String) async throws(EmbeddingError) -> any EmbeddingProvider { try await self.provider(id) }

    public func definitions() async -> [ProviderDefinition] { [] }
}
