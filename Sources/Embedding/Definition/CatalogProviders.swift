public import HTTPTransport

/// The providers of a ``ProviderCatalog``, ready for use: each is made once and made again when its file changes.
public actor CatalogProviders: ProviderResolving {
    /// Makes a provider of a definition of one kind.
    public typealias Factory = @Sendable (ProviderDefinition) throws(EmbeddingError) -> any EmbeddingProvider

    private let catalog: ProviderCatalog
    private let http: Factory
    private let onDevice: Factory
    private let report: @Sendable ([ProviderCatalog.Rejected]) -> Void
    private let interval: Duration
    private let clock = ContinuousClock()
    private var looked: ContinuousClock.Instant
    private var reported: [ProviderCatalog.Rejected] = []
    private var made: [String: (definition: ProviderDefinition, provider: any EmbeddingProvider)] = [:]

    /// - Parameters:
    ///   - interval: how long the files are trusted before they are looked at again.
    ///   - http: makes an ``HTTPEmbeddingProvider``, with transport, secrets and budget.
    ///   - onDevice: makes the provider of the model in this process.
    ///   - report: told of the files that cannot be used, when there are other ones than before.
    public init(
        catalog: ProviderCatalog,
        interval: Duration = .seconds(5),
        http: @escaping Factory,
        onDevice: @escaping Factory,
        report: @escaping @Sendable ([ProviderCatalog.Rejected]) -> Void = { _ in }
    ) {
        self.catalog = catalog
        self.interval = interval
        self.http = http
        self.onDevice = onDevice
        self.report = report
        self.looked = self.clock.now
    }

    /// The same with providers over one transport.
    public init(
        catalog: ProviderCatalog,
        transport: any HTTPTransport,
        environment: @escaping @Sendable (String) -> String?,
        signingFunctions: SigningFunctions? = nil,
        onDevice: @escaping Factory,
        report: @escaping @Sendable ([ProviderCatalog.Rejected]) -> Void = { _ in }
    ) {
        self.init(
            catalog: catalog,
            http: { definition throws(EmbeddingError) in
                try HTTPEmbeddingProvider(
                    definition: definition,
                    transport: transport,
                    environment: environment,
                    signingFunctions: signingFunctions
                )
            },
            onDevice: onDevice,
            report: report
        )
    }

    public func provider(_ id: String) async throws(EmbeddingError) -> any EmbeddingProvider {
        self.look()
        let definition = try self.catalog.definition(id)
        if let made = self.made[id], made.definition == definition { return made.provider }
        let provider =
            switch definition.kind {
            case .http: try self.http(definition)
            case .onDevice: try self.onDevice(definition)
            }
        self.made[id] = (definition, provider)
        return provider
    }

    private func look() {
        let now = self.clock.now
        if now - self.looked >= self.interval {
            self.looked = now
            do {
                try self.catalog.reload()
            } catch {
                // The directory is gone for now: what was good stays in force.
                self.report([.init(file: self.catalog.directory, diagnostics: [error], keeps: nil)])
            }
        }
        let rejected = self.catalog.rejected
        if rejected != self.reported {
            self.reported = rejected
            self.report(rejected)
        }
    }
}
