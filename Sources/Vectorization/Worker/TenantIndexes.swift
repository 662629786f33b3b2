public import Embedding
public import Foundation
public import Qdrant
public import Store

/// Finds, and where need be makes, the index of a tenant: its live space, the space's provider and collection.
public actor TenantIndexes {
    private let store: Store
    private let qdrant: QdrantClient
    private let providers: any ProviderResolving
    private let defaultProvider: String
    private let settings: CollectionSettings
    private var spaces: [UUID: TenantSpace] = [:]
    private var ensured: Set<String> = []

    /// - Parameters:
    ///   - defaultProvider: of tenants that have no vectors yet.
    ///   - settings: of collections that do not exist yet.
    public init(
        store: Store,
        qdrant: QdrantClient,
        providers: any ProviderResolving,
        defaultProvider: String,
        settings: CollectionSettings = CollectionSettings()
    ) {
        self.store = store
        self.qdrant = qdrant
        self.providers = providers
        self.defaultProvider = defaultProvider
        self.settings = settings
    }

    /// Makes what the tenant's index needs, or says what is in the way.
    ///
    /// - Throws: ``EmbeddingError``, ``QdrantError`` or an error of the database.
    public func prepare(tenant: UUID) async throws {
        _ = try await self.index(of: tenant)
    }

    /// - Throws: ``EmbeddingError``, ``QdrantError`` or an error of the database.
    func index(of tenant: UUID) async throws -> TenantIndex {
        let space = try await self.space(of: tenant)
        let provider = try await self.providers.provider(space.provider)
        guard provider.space.name == space.space else {
            throw EmbeddingError(
                .configuration,
                provider: provider.id,
                message: """
                    its file now declares the space \(provider.space.name), but the tenant's vectors are of \(space.space); give \
                    the changed provider an id of its own, or restore the file
                    """
            )
        }
        try await self.ensureCollection(space.collection, dimensions: provider.space.dimensions)
        return TenantIndex(
            space: space,
            provider: provider,
            vectors: self.qdrant.vectors(tenant: tenant, collection: space.collection, space: space.space),
            chunker: Chunker(
                limit: provider.limits.tokensPerItem,
                overlap: provider.limits.tokensPerItem / 10,
                counter: provider.tokenCounter
            )
        )
    }

    /// Qdrant said that a collection is missing: it is made again at the next call.
    func forget(collection: String) {
        self.ensured.remove(collection)
    }

    private func space(of tenant: UUID) async throws -> TenantSpace {
        if let known = self.spaces[tenant] { return known }
        if let live = try await self.store.liveSpace(tenant: tenant) {
            self.spaces[tenant] = live
            return live
        }
        let provider = try await self.providers.provider(self.defaultProvider)
        let space = try await self.store.ensureLiveSpace(
            tenant: tenant,
            proposed: TenantSpace(
                space: provider.space.name,
                provider: provider.id,
                collection: Self.collection(of: provider.space)
            )
        )
        self.spaces[tenant] = space
        return space
    }

    private func ensureCollection(_ name: String, dimensions: Int) async throws {
        guard !self.ensured.contains(name) else { return }
        _ = try await self.qdrant.ensureCollection(
            CollectionLayout(name: name, dimensions: dimensions, settings: self.settings)
        )
        self.ensured.insert(name)
    }

    /// One collection a space, shared by all tenants that use it.
    private static func collection(of space: VectorSpace) -> String {
        "pulse_" + String(space.name.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" ? $0 : "_" })
    }
}
