import AsyncHTTPClient
import AsyncHTTPTransport
import Embedding
import Foundation
import Logging
import Qdrant
import Store
import Vectorization

/// What commands work with, made from the settings and shut down at the end.
struct Context: Sendable {
    let settings: Settings
    let store: Store
    let qdrant: QdrantClient
    let catalog: ProviderCatalog
    let providers: CatalogProviders
    let transport: AsyncHTTPTransport
    let logger: Logger

    /// Runs `body` and closes all connections, whatever it comes to.
    static func run<R>(logger label: String = "pulse", _ body: (Context) async throws -> R) async throws -> R {
        let settings = try await Settings.read()
        let logger = try Self.logger(label, level: settings.logLevel)
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
        configuration.timeout.connect = .seconds(10)
        // A refused connection is told at once; whoever asks decides whether to try again.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.redirectConfiguration = .disallow
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result: Result<R, any Error>
        do {
            let transport = AsyncHTTPTransport(client: client)
            let store = try Store(url: settings.databaseURL, maximumConnections: settings.databaseConnections)
            let catalog = try ProviderCatalog(directory: settings.providersDirectory)
            let context = Context(
                settings: settings,
                store: store,
                qdrant: QdrantClient(
                    QdrantConfiguration(url: settings.qdrantURL, apiKey: settings.qdrantAPIKey, timeout: .seconds(20)),
                    transport: transport
                ),
                catalog: catalog,
                providers: .installed(
                    catalog,
                    modelDirectory: settings.modelDirectory,
                    transport: transport,
                    logger: logger
                ),
                transport: transport,
                logger: logger
            )
            do {
                result = .success(try await body(context))
            } catch {
                result = .failure(error)
            }
            await store.close()
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        return try result.get()
    }

    /// The index of tenants, over this context's parts.
    var indexes: TenantIndexes {
        TenantIndexes(
            store: self.store,
            qdrant: self.qdrant,
            providers: self.providers,
            defaultProvider: self.settings.provider
        )
    }

    private static func logger(_ label: String, level: String) throws -> Logger {
        guard let level = Logger.Level(rawValue: level.lowercased()) else {
            throw Failure("PULSE_LOG_LEVEL is \(level); it must be trace, debug, info, notice, warning, error or critical")
        }
        var logger = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }
}
