public import Embedding
public import Foundation
public import Logging
import PulseModel
public import Qdrant
public import Store

/// Finds, and where need be makes, the index of a tenant: its live space, the space's provider and collection.
///
/// Which space is live is asked each time: another process may have moved the tenant since, and what is written to the space that it
/// left is lost work.
public actor TenantIndexes {
    private let store: Store
    private nonisolated let qdrant: QdrantClient
    private let providers: any ProviderResolving
    private let defaultProvider: String
    private let settings: CollectionSettings
    private let logger: Logger?
    private var ensured: [String: VectorSpace] = [:]

    /// - Parameters:
    ///   - defaultProvider: of tenants that have no vectors yet.
    ///   - settings: of collections that do not exist yet; those that do are compared with them.
    public init(
        store: Store,
        qdrant: QdrantClient,
        providers: any ProviderResolving,
        defaultProvider: String,
        settings: CollectionSettings = CollectionSettings(),
        logger: Logger? = nil
    ) {
        self.store = store
        self.qdrant = qdrant
        self.providers = providers
        self.defaultProvider = defaultProvider
        self.settings = settings
        self.logger = logger
    }

    /// Makes what the tenant's index needs, or says what is in the way.
    ///
    /// - Throws: ``EmbeddingError``, ``QdrantError`` or an error of the database.
    public func prepare(tenant: UUID) async throws {
        _ = try await self.index(of: tenant)
    }

    /// Looks at the collection of every tenant's live space and of those that are built: missing indexes are made, and what else is not
    /// as it is configured is logged.
    ///
    /// - Throws: where Qdrant or the database is away. What only a person can mend is logged.
    public func verify() async throws {
        for tenant in try await self.store.tenantRecords() where tenant.isActive {
            for stored in try await self.store.spaces(tenant: tenant.id) where stored.state != .retired {
                guard self.ensured[stored.space.collection] == nil else { continue }
                do {
                    _ = try await self.index(of: tenant.id, in: stored.space)
                } catch let error as EmbeddingError {
                    self.logger?.warning(
                        "the index of a tenant cannot be used as it is",
                        metadata: ["tenant": "\(tenant.id.uuidString.lowercased())", "reason": "\(error)"]
                    )
                }
            }
        }
    }

    /// - Throws: ``EmbeddingError``, ``QdrantError`` or an error of the database.
    func index(of tenant: UUID) async throws -> TenantIndex {
        try await self.index(of: tenant, in: try await self.space(of: tenant))
    }

    /// The same in a space that need not be the live one.
    ///
    /// - Parameter ensuring: makes the collection, or an index of it, where it is missing.
    func index(of tenant: UUID, in space: TenantSpace, ensuring: Bool = true) async throws -> TenantIndex {
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
        if ensuring { try await self.ensureCollection(space.collection, of: provider.space) }
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

    /// What files say of the providers now.
    func definitions() async -> [ProviderDefinition] { await self.providers.definitions() }

    /// The tenants that write with one of these providers, or will when they have their first vectors, each with whether rows of it
    /// wait for a person to mend it.
    func tenants(of providers: Set<String>) async throws -> [(tenant: UUID, waits: Bool)] {
        try await self.store.tenants(ofProviders: providers, defaultProvider: self.defaultProvider)
    }

    /// Where the tenant's points stand, for which no provider is needed; nil where it never had any.
    func scope(of tenant: UUID) async throws -> TenantScope? {
        try await self.store.liveSpace(tenant: tenant).map { self.scope(of: tenant, space: $0) }
    }

    nonisolated func scope(of tenant: UUID, space: TenantSpace) -> TenantScope {
        TenantScope(
            space: space,
            vectors: self.qdrant.vectors(tenant: tenant, collection: space.collection, space: space.space)
        )
    }

    /// Qdrant said that a collection is missing: it is made again at the next call.
    func forget(collection: String) {
        self.ensured[collection] = nil
    }

    private func space(of tenant: UUID) async throws -> TenantSpace {
        if let live = try await self.store.liveSpace(tenant: tenant) { return live }
        let provider = try await self.providers.provider(self.defaultProvider)
        let collection = Self.collection(of: provider.space)
        // Before the tenant is bound to the space: where Qdrant is away, nothing has been decided yet.
        try await self.ensureCollection(collection, of: provider.space)
        let space = try await self.store.ensureLiveSpace(
            tenant: tenant,
            proposed: TenantSpace(space: provider.space.name, provider: provider.id, collection: collection),
            cutting: Self.chunker(of: provider).cutting
        )
        // Whoever used the collection last may have left, and dropped it, just before the tenant was bound to it.
        self.forget(collection: space.collection)
        return space
    }

    /// How an index's collection should be.
    func layout(of index: TenantIndex) -> CollectionLayout {
        Self.layout(of: index.provider.space, collection: index.space.collection, settings: self.settings)
    }

    /// How the collection of a space should be.
    public static func layout(
        of space: VectorSpace,
        collection: String,
        settings: CollectionSettings = CollectionSettings()
    ) -> CollectionLayout {
        CollectionLayout(
            name: collection,
            dimensions: space.dimensions,
            distance: space.metric == .dot ? .dot : .cosine,
            settings: settings
        )
    }

    private func ensureCollection(_ name: String, of space: VectorSpace) async throws {
        guard self.ensured[name] != space else { return }
        do {
            try await self.qdrant.ensureCollection(Self.layout(of: space, collection: name, settings: self.settings)) { drift in
                self.logger?.warning(
                    "a collection is not as it is configured; `pulse audit --repair` mends what can be mended",
                    metadata: ["collection": "\(name)", "drift": "\(drift.map(\.description).joined(separator: "; "))"]
                )
            }
        } catch let error as QdrantError where error.kind == .rejected {
            // No row's fault: the collection, or the server, is not as it should be.
            throw EmbeddingError(.configuration, provider: "qdrant", message: error.publicDescription)
        }
        self.ensured[name] = space
    }

    /// One collection a space, shared by all tenants that use it.
    static func collection(of space: VectorSpace) -> String {
        let name = String(space.name.map { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "-" || $0 == "_" ? $0 : "_" })
        guard name != space.name else { return "pulse_\(name)" }
        // Two names that differ only in what a collection's name cannot hold are two collections.
        return "pulse_\(name)_\(ContentHash(of: space.name).description.prefix(8))"
    }
}
