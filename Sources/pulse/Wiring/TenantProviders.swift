import Embedding
import Foundation
import HTTPTransport
import Logging
import Resilience
import Store
import Synchronization

/// The embedding providers that tenants have defined, ready for use: each is made once, and again when its definition or one of the
/// tenant's secrets has changed.
///
/// They read the tenant's vault and no environment, and reach public addresses only.
actor TenantProviders {
    private struct Made {
        var definition: String
        var secrets: [String: String]
        var provider: any EmbeddingProvider
        /// When definition and secrets were read.
        var looked: ContinuousClock.Instant
    }

    /// How long they are trusted before they are read again.
    static let interval = Duration.seconds(2)
    /// Of all tenants; those beyond are made again when they are asked for.
    private static let capacity = 1_000

    private let store: Store
    private let transport: any HTTPTransport
    private let budgets: AccountBudgets
    private let cipher: VaultCipher?
    private let logger: Logger
    private var made: [OwnProviderID: Made] = [:]
    /// Of those that have been made, in US dollars for a million tokens.
    private nonisolated let prices = Mutex<[String: Double]>([:])

    /// - Parameter transport: guarded.
    init(store: Store, transport: any HTTPTransport, budgets: AccountBudgets, cipher: VaultCipher?, logger: Logger) {
        self.store = store
        self.transport = transport
        self.budgets = budgets
        self.cipher = cipher
        self.logger = logger
    }

    func provider(_ id: OwnProviderID) async throws(EmbeddingError) -> any EmbeddingProvider {
        let now = ContinuousClock.now
        if let known = self.made[id], now - known.looked < Self.interval { return known.provider }
        let read: (definition: String, secrets: [String: String])
        do {
            read = try await self.read(id)
        } catch let error as EmbeddingError {
            throw error
        } catch let error as VaultError {
            throw EmbeddingError(.configuration, provider: id.id, message: "\(error)")
        } catch {
            if !Task.isCancelled {
                let metadata: Logger.Metadata = ["provider": "\(id)", "error": "\(error)"]
                self.logger.warning("a tenant's provider cannot be read; trying again", metadata: metadata)
            }
            // The database is away, and nobody was asked for a vector: no row has had its try.
            var unread = EmbeddingError(.transient, provider: id.id, message: "its definition cannot be read now")
            unread.isLeftAlone = true
            throw unread
        }
        if var known = self.made[id], known.definition == read.definition, known.secrets == read.secrets {
            known.looked = now
            self.made[id] = known
            return known.provider
        }
        if self.made.count >= Self.capacity {
            self.made.removeAll(keepingCapacity: true)
            self.prices.withLock { $0.removeAll(keepingCapacity: true) }
        }
        let provider = try self.make(id, read.definition, secrets: read.secrets)
        self.made[id] = Made(definition: read.definition, secrets: read.secrets, provider: provider, looked: now)
        return provider
    }

    /// US dollars for a million tokens, as the definition by which the provider was made last says; nil where it says nothing.
    nonisolated func price(of id: String) -> Double? { self.prices.withLock { $0[id] } }

    /// What the tenant says of it.
    func definition(_ id: OwnProviderID) async throws -> ProviderDefinition {
        try Self.definition(try await self.stored(id).definition, of: id).owned(by: id.owner)
    }

    private static func definition(_ text: String, of id: OwnProviderID) throws(EmbeddingError) -> ProviderDefinition {
        guard
            case .success(let definition) = ProviderDefinition.read(bytes: Array(text.utf8), fileName: id.id, origin: .tenant)
        else {
            throw EmbeddingError(.configuration, provider: id.id, message: "its definition cannot be used; send it again")
        }
        return definition
    }

    private func stored(_ id: OwnProviderID) async throws -> (definition: String, tenant: UUID) {
        guard let tenant = UUID(uuidString: id.owner), let stored = try await self.store.ownProvider(id.id, tenant: tenant) else {
            throw EmbeddingError(.configuration, provider: id.id, message: "the tenant has no provider of this name any more")
        }
        return (stored.definition, tenant)
    }

    private func read(_ id: OwnProviderID) async throws -> (definition: String, secrets: [String: String]) {
        let stored = try await self.stored(id)
        return (stored.definition, try await self.store.secretValues(tenant: stored.tenant, cipher: self.cipher))
    }

    private func make(
        _ id: OwnProviderID,
        _ text: String,
        secrets: [String: String]
    ) throws(EmbeddingError) -> any EmbeddingProvider {
        let definition = try Self.definition(text, of: id)
        self.prices.withLock { $0[id.description] = definition.pricePerMillionTokens }
        return GuardedProvider(
            try HTTPEmbeddingProvider(
                definition: definition.owned(by: id.owner),
                transport: self.transport,
                environment: { _ in nil },
                vault: { secrets[$0] },
                signingFunctions: .crypto,
                limiter: self.budgets.limiter(
                    account: definition.accountName(of: id.owner, environment: { _ in nil }),
                    policy: BudgetPolicy(rates: definition.rates, concurrency: definition.limits.concurrency)
                )
            ),
            circuit: ProviderCircuit()
        )
    }
}
