public import HTTPTransport
public import Resilience

/// The providers of a ``ProviderCatalog``, ready for use: each is made once and made again when its file changes.
///
/// Those behind HTTP stand behind the circuit breaker of their account; those that name fallbacks are replaced by them in need.
public actor CatalogProviders: ProviderResolving {
    /// Makes a provider of a definition of one kind.
    public typealias Factory = @Sendable (ProviderDefinition) throws(EmbeddingError) -> any EmbeddingProvider

    private let catalog: ProviderCatalog
    private let http: Factory
    private let onDevice: Factory
    private let account: @Sendable (ProviderDefinition) -> String
    private let probe: SpaceProbe
    private let report: @Sendable ([ProviderCatalog.Rejected]) -> Void
    private let interval: Duration
    private let clock = ContinuousClock()
    private var looked: ContinuousClock.Instant
    private var reported: [ProviderCatalog.Rejected] = []
    /// Why the files could not be looked at the last time.
    private var unreadable: ProviderCatalog.Rejected?
    private var ready: [String: (definition: ProviderDefinition, provider: any EmbeddingProvider)] = [:]
    private var circuits: [String: ProviderCircuit] = [:]

    /// - Parameters:
    ///   - interval: how long the files are trusted before they are looked at again.
    ///   - http: makes an ``HTTPEmbeddingProvider``, with transport, secrets and budget.
    ///   - onDevice: makes the provider of the model in this process.
    ///   - account: names the account of a provider; those of one account have one circuit breaker.
    ///   - probe: says whether a fallback's vectors are those of the provider that it stands in for.
    ///   - report: told of the files that cannot be used, or of the directory that cannot be read, when it is other ones than before.
    public init(
        catalog: ProviderCatalog,
        interval: Duration = .seconds(2),
        http: @escaping Factory,
        onDevice: @escaping Factory,
        account: @escaping @Sendable (ProviderDefinition) -> String = { $0.id },
        probe: SpaceProbe = SpaceProbe(),
        report: @escaping @Sendable ([ProviderCatalog.Rejected]) -> Void = { _ in }
    ) {
        self.catalog = catalog
        self.interval = interval
        self.http = http
        self.onDevice = onDevice
        self.account = account
        self.probe = probe
        self.report = report
        self.looked = self.clock.now
    }

    /// The same with providers over one transport.
    ///
    /// - Parameters:
    ///   - routes: for files that name a proxy or certificates.
    ///   - limiter: the shared budget of the account with this name.
    public init(
        catalog: ProviderCatalog,
        transport: any HTTPTransport,
        routes: (any HTTPRouting)? = nil,
        environment: @escaping @Sendable (String) -> String?,
        signingFunctions: SigningFunctions? = nil,
        limiter: @escaping @Sendable (_ account: String, BudgetPolicy) -> any RateLimiting,
        probe: SpaceProbe,
        onDevice: @escaping Factory,
        report: @escaping @Sendable ([ProviderCatalog.Rejected]) -> Void = { _ in }
    ) {
        self.init(
            catalog: catalog,
            http: { definition throws(EmbeddingError) in
                try HTTPEmbeddingProvider(
                    definition: definition,
                    transport: transport,
                    routes: routes,
                    environment: environment,
                    signingFunctions: signingFunctions,
                    limiter: limiter(
                        definition.accountName(environment: environment),
                        BudgetPolicy(rates: definition.rates, concurrency: definition.limits.concurrency)
                    )
                )
            },
            onDevice: onDevice,
            account: { $0.accountName(environment: environment) },
            probe: probe,
            report: report
        )
    }

    public func provider(_ id: String) async throws(EmbeddingError) -> any EmbeddingProvider {
        self.look(for: id)
        let definition = try self.catalog.definition(id)
        guard !definition.fallback.isEmpty else { return try self.made(id) }
        let provider: any EmbeddingProvider
        do {
            provider = try self.made(id)
        } catch {
            // A secret is missing, perhaps: another may have its own.
            provider = UnusableProvider(definition, because: error)
        }
        return FallbackProvider(provider, others: definition.fallback, probe: self.probe) { other throws(EmbeddingError) in
            try await self.alone(other)
        }
    }

    public func definitions() async -> [ProviderDefinition] {
        self.look(within: self.interval)
        return self.catalog.definitions
    }

    public func alone(_ id: String) throws(EmbeddingError) -> any EmbeddingProvider {
        self.look(for: id)
        return try self.made(id)
    }

    private func made(_ id: String) throws(EmbeddingError) -> any EmbeddingProvider {
        let definition = try self.catalog.definition(id)
        if let made = self.ready[id], made.definition == definition { return made.provider }
        let provider: any EmbeddingProvider
        switch definition.kind {
        case .http: provider = GuardedProvider(try self.http(definition), circuit: self.circuit(of: definition))
        case .onDevice: provider = try self.onDevice(definition)
        }
        self.ready[id] = (definition, provider)
        return provider
    }

    private func circuit(of definition: ProviderDefinition) -> ProviderCircuit {
        let account = self.account(definition)
        if let circuit = self.circuits[account] { return circuit }
        let circuit = ProviderCircuit()
        self.circuits[account] = circuit
        return circuit
    }

    /// How soon the files are looked at again for a provider that is in none: whoever asks for it may have just dropped its file, and
    /// rows that miss it would rest for minutes.
    private static let shortInterval = Duration.milliseconds(100)

    private func look(for id: String) {
        let isKnown = (try? self.catalog.definition(id)) != nil
        self.look(within: isKnown ? self.interval : min(self.interval, Self.shortInterval))
    }

    private func look(within interval: Duration) {
        let now = self.clock.now
        if now - self.looked >= interval {
            self.looked = now
            do {
                try self.catalog.reload()
                self.unreadable = nil
            } catch {
                // The directory is gone for now: what was good stays in force.
                self.unreadable = .init(file: self.catalog.directory, diagnostics: [error], keeps: nil)
            }
        }
        let rejected = (self.unreadable.map { [$0] } ?? []) + self.catalog.rejected
        if rejected != self.reported {
            self.reported = rejected
            self.report(rejected)
        }
    }
}
