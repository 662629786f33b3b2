import AsyncHTTPClient
import AsyncHTTPTransport
import Connectors
import Embedding
import Foundation
import HTTPTransport
import Logging
import PulseModel
import Qdrant
import Store
import Vectorization

/// What commands work with, made from the settings and shut down at the end.
struct Context: Sendable {
    let settings: Settings
    let store: Store
    let qdrant: QdrantClient
    let catalog: ProviderCatalog
    /// Those of the installation.
    let providers: CatalogProviders
    /// Those that tenants have defined.
    let tenantProviders: TenantProviders
    let transport: AsyncHTTPTransport
    /// For URLs that tenants have given: it goes to public addresses only, and to the networks that the installation allows.
    let guardedTransport: AsyncHTTPTransport
    /// Of ``guardedTransport``.
    let addressRule: AddressRule
    let collections: CollectionSettings
    /// What the AI's work has to say of itself; see ``journalWriter``.
    let journal: OperationsJournal
    let logger: Logger

    /// Runs `body` and closes all connections, whatever it comes to.
    static func run<R>(logger label: String = "pulse", _ body: (Context) async throws -> R) async throws -> R {
        let settings = try await Settings.read()
        let logger = try Self.logger(label, settings)
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
        configuration.timeout.connect = .seconds(10)
        // A refused connection is told at once; whoever asks decides whether to try again.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.redirectConfiguration = .disallow
        let rule = AddressRule(allowing: try settings.allowedNetworks)
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        // Only the installation's own files name proxies and certificates.
        let routes = AsyncHTTPRoutes(configuration: configuration)
        configuration.refuseAddresses(rule)
        let guardedClient = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result: Result<R, any Error>
        do {
            let transport = AsyncHTTPTransport(client: client)
            let store = try Store(url: settings.databaseURL, maximumConnections: settings.databaseConnections)
            let catalog = try ProviderCatalog(directory: settings.providersDirectory)
            let budgets = AccountBudgets(ledger: store)
            let guardedTransport = AsyncHTTPTransport(client: guardedClient, rule: rule)
            let tenantProviders = TenantProviders(
                store: store,
                transport: guardedTransport,
                budgets: budgets,
                cipher: try settings.vaultCipher,
                logger: logger
            )
            let context = Context(
                settings: settings,
                store: store,
                qdrant: QdrantClient(
                    QdrantConfiguration(url: try settings.qdrantURL, apiKey: settings.qdrantAPIKey, timeout: .seconds(20)),
                    transport: MeasuredTransport(transport: transport)
                ),
                catalog: catalog,
                providers: .installed(
                    catalog,
                    modelDirectory: settings.modelDirectory,
                    transport: transport,
                    routes: routes,
                    store: store,
                    budgets: budgets,
                    logger: logger
                ),
                tenantProviders: tenantProviders,
                transport: transport,
                guardedTransport: guardedTransport,
                addressRule: rule,
                collections: try settings.collectionSettings,
                journal: OperationsJournal { id in
                    OwnProviderID(id) == nil
                        ? try? catalog.definition(id).pricePerMillionTokens : tenantProviders.price(of: id)
                },
                logger: logger
            )
            do {
                result = .success(try await body(context))
            } catch {
                result = .failure(error)
            }
            await budgets.close()
            await store.close()
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        try? await guardedClient.shutdown()
        try? await routes.shutdown()
        return try result.get()
    }

    /// What the references of an integration's definition lead to: this process's environment and, under `vault:<id>`, the secrets of
    /// the tenant's vault that it names. Others of the vault may be unreadable: they are not its concern.
    func secrets(for definition: String, of tenant: UUID) async throws -> [String: String] {
        let environment = ProcessInfo.processInfo.environment
        // One that cannot be read as a definition names none; whoever uses it says what is wrong.
        let named = (try? IntegrationDefinition(json: definition.utf8).vaultSecrets) ?? []
        guard !named.isEmpty else { return environment }
        let cipher = try self.settings.vaultCipher
        let vault = try await self.store.secretValues(tenant: tenant, named: named, cipher: cipher)
        return environment.merging(vault.map { ("vault:\($0)", $1) }) { $1 }
    }

    /// The installation's providers and the tenants' own.
    var allProviders: AllProviders { AllProviders(installed: self.providers, own: self.tenantProviders) }

    /// The index of tenants, over this context's parts.
    var indexes: TenantIndexes {
        TenantIndexes(
            store: self.store,
            qdrant: self.qdrant,
            providers: MeasuredProviders(providers: self.allProviders),
            defaultProvider: self.settings.provider,
            settings: self.collections,
            logger: self.logger
        )
    }

    var reindex: Reindex {
        get throws {
            Reindex(
                store: self.store,
                qdrant: self.qdrant,
                indexes: self.indexes,
                providers: self.allProviders,
                policy: try self.settings.queuePolicy,
                recorder: self.journal,
                logger: self.logger
            )
        }
    }

    private static func logger(_ label: String, _ settings: Settings) throws -> Logger {
        let (level, format) = (try settings.logLevel, try settings.logFormat)
        var logger = Logger(label: label) { label -> any LogHandler in
            switch format {
            case .json: JSONLogHandler(label: label)
            case .text: StreamLogHandler.standardError(label: label)
            }
        }
        logger.logLevel = level
        return logger
    }

    /// What is said of a provider of the installation, or by the tenant that it belongs to.
    func definition(ofProvider id: String) async throws -> ProviderDefinition {
        guard let own = OwnProviderID(id) else { return try self.catalog.definition(id) }
        return try await self.tenantProviders.definition(own)
    }
}
