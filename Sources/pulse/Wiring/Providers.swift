import AsyncHTTPTransport
import Embedding
import Foundation
import HTTPTransport
import Resilience
import Synchronization

/// The providers of the directory, made when they are first asked for; a changed file takes effect at the next request.
final class Providers: ProviderResolving {
    let catalog: ProviderCatalog
    private let modelDirectory: String
    private let transport: any HTTPTransport
    private let made = Mutex<[String: (definition: ProviderDefinition, provider: any EmbeddingProvider)]>([:])
    private let lastLook = Mutex(ContinuousClock.now)

    init(directory: String, modelDirectory: String, transport: any HTTPTransport) throws {
        self.catalog = try ProviderCatalog(directory: directory)
        self.modelDirectory = modelDirectory
        self.transport = transport
    }

    func provider(_ id: String) async throws(EmbeddingError) -> any EmbeddingProvider {
        self.reloadIfDue()
        let definition = try self.catalog.definition(id)
        if let known = self.made.withLock({ $0[id] }), known.definition == definition { return known.provider }
        let provider = try self.make(definition)
        self.made.withLock { $0[id] = (definition, provider) }
        return provider
    }

    func make(_ definition: ProviderDefinition) throws(EmbeddingError) -> any EmbeddingProvider {
        switch definition.kind {
        case .onDevice:
            return OnDeviceProvider(model: try OnDeviceModel(directory: self.modelDirectory), id: definition.id)
        case .http:
            return try HTTPEmbeddingProvider(
                definition: definition,
                transport: self.transport,
                environment: { ProcessInfo.processInfo.environment[$0] },
                signingFunctions: SigningFunctions.crypto,
                limiter: InProcessRateLimiter(definition.rates)
            )
        }
    }

    /// Files are looked at again every two seconds at most; a directory that cannot be read keeps what is known.
    private func reloadIfDue() {
        let isDue = self.lastLook.withLock { last in
            guard ContinuousClock.now - last > .seconds(2) else { return false }
            last = .now
            return true
        }
        if isDue { _ = try? self.catalog.reload() }
    }
}
