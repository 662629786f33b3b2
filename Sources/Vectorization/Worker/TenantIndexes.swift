public import Embedding
public import Foundation
import PulseModel
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
        try await self.index(of: tenant, in: try await self.space(of: tenant))
    }

    /// The same in a space that need not be the live one.
    func index(of tenant: UUID, in space: TenantSpace) async throws -> TenantIndex {
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
            scope: self.scope(of: tenant, space: space),
            provider: provider,
            chunker: Self.chunker(of: provider)
        )
    }

    static func chunker(of provider: any EmbeddingProvider) -> Chunker {
        Chunker(
            limit: provider.limits.tokensPerItem,
            overlap: provider.limits.tokensPerItem / 10,
            counter: provider.tokenCounter
        )
    }

    /// Where the tenant's points stand, for which no provider is needed; nil where it never had any.
    func scope(of tenant: UUID) async throws -> TenantScope? {
        if let known = self.spaces[tenant] { return self.scope(of: tenant, space: known) }
        guard let live = try await self.store.liveSpace(tenant: tenant) else { return nil }
        self.spaces[tenant] = live
        return self.scope(of: tenant, space: live)
    }

    func scope(of tenant: UUID, space: TenantSpace) -> TenantScope {
        TenantScope(
            space: space,
            vectors: self.qdrant.vectors(tenant: tenant, collection: space.collection, space: space.space)
        )
    }

    /// The tenant may have moved to another space: its live one is looked up again.
    func forget(tenant: UUID) {
        self.spaces[tenant] = nil
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
        let collection = Self.collection(of: provider.space)
        // Before the tenant is bound to the space: where Qdrant is away, nothing has been decided yet.
        try await self.ensureCollection(collection, dimensions: provider.space.dimensions)
        let space = try await self.store.ensureLiveSpace(
            tenant: tenant,
            proposed: TenantSpace(space: provider.space.name, provider: provider.id, collection: collection)
        )
        self.spaces[tenant] = space
        return space
    }

    private func ensureCollection(_ name: String, dimensions: Int) async throws {
        guard !self.ensured.contains(name) else { return }
        do {
            _ = try await self.qdrant.ensureCollection(
                CollectionLayout(name: name, dimensions: dimensions, settings: self.settings)
            )
        } catch let error as QdrantError where error.kind == .rejected {
            // No row's fault: the collection, or the server, is not as it should be.
            throw EmbeddingError(.configuration, provider: "qdrant", message: error.description)
        }
        self.ensured.insert(name)
    }

    /// One collection a space, shared by all tenants that use it.
    static func collection(of space: VectorSpace) -> String {
        let name = String(space.name.map { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "-" || $0 == "_" ? $0 : "_" })
        guard name != space.name else { return "pulse_\(name)" }
        // Two names that differ only in what a collection's name cannot hold are two collections.
        return "pulse_\(name)_\(ContentHash(of: space.name).description.prefix(8))"
    }
}
