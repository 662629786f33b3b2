import AsyncHTTPTransport
import Embedding
import Foundation
import HTTPTransport
import Server
import Store
import Vectorization

/// The providers that a tenant may use, as the API shows them: the installation's, and its own.
struct ServedProviders: ProviderDesk {
    let context: Context

    func outlines(tenant: UUID) async throws -> [ProviderOutline] {
        let installed = self.context.catalog.definitions.map { definition in
            Self.outline(definition, isOwn: false) { ProcessInfo.processInfo.environment[$0] }
        }
        let own = try await self.context.store.ownProviders(tenant: tenant)
        guard !own.isEmpty else { return installed }
        let secrets = try await self.secrets(of: tenant)
        return installed
            + own.compactMap { stored in
                Self.definition(stored.definition).map { Self.outline($0, isOwn: true, vault: { secrets[$0] }) }
            }
    }

    func diagnose(_ json: String) -> [ProviderFault] {
        ProviderDefinition.validate(bytes: Array(json.utf8), fileName: "definition", origin: .tenant).map {
            ProviderFault(path: $0.path, problem: $0.problem, remedy: $0.remedy)
        }
    }

    func test(_ id: String, tenant: UUID) async throws -> ProviderTrial? {
        guard let (definition, provider) = try await self.find(id, tenant: tenant) else { return nil }
        do {
            let provider = try await self.context.allProviders.alone(provider)
            let trial = try await EmbeddingTrial(of: provider)
            let batch = trial.sentences
            return ProviderTrial(
                ok: true,
                dimensions: batch.vectors.first?.count,
                milliseconds: ((trial.duration / .milliseconds(1)) * 10).rounded() / 10,
                tokens: batch.tokens,
                cost: batch.tokens.flatMap { tokens in definition.pricePerMillionTokens.map { $0 * Double(tokens) / 1_000_000 } }
            )
        } catch {
            self.context.logger.notice("a provider failed its trial", metadata: ["provider": "\(id)", "error": "\(error)"])
            // What a provider's error says holds no secret; what others say may name hosts.
            let reason = (error as? EmbeddingError)?.publicDescription ?? "it could not be tried; the service's log says why"
            return ProviderTrial(ok: false, reason: String(reason.prefix(1_000)))
        }
    }

    func choose(_ id: String, tenant: UUID) async throws -> ProviderChoice {
        guard let (definition, provider) = try await self.find(id, tenant: tenant) else { return .unknown }
        if let live = try await self.context.store.liveSpace(tenant: tenant) {
            guard live.space == definition.space.name else {
                return .needsReindex(from: live.space, to: definition.space.name)
            }
            do {
                // Two providers that declare one space are compared before one takes over from the other.
                try await self.context.reindex.chooseWithinSpace(tenant: tenant, provider: provider)
                return .chosen
            } catch let error as ReindexError {
                return .unusable("\(error)")
            } catch let error as EmbeddingError {
                return .unusable(error.publicDescription)
            }
        }
        do {
            let indexes = TenantIndexes(
                store: self.context.store,
                qdrant: self.context.qdrant,
                providers: self.context.allProviders,
                defaultProvider: provider,
                settings: self.context.collections,
                logger: self.context.logger
            )
            try await indexes.prepare(tenant: tenant)
            return .chosen
        } catch let error as EmbeddingError {
            return .unusable(error.publicDescription)
        }
    }

    func keep(_ json: String, id: String, tenant: UUID, by: String) async throws -> ProviderKeeping {
        var faults = self.diagnose(json)
        guard let definition = Self.definition(json), faults.isEmpty else { return .faulty(faults) }
        if definition.id != id {
            faults.append(ProviderFault(path: "id", problem: "it is \(definition.id)", remedy: "write \(id), as in the address"))
        }
        if definition.kind != .http {
            faults.append(
                ProviderFault(path: "kind", problem: "the model in the process is the installation's", remedy: "write \"http\"")
            )
        }
        if !definition.fallback.isEmpty {
            faults.append(ProviderFault(path: "fallback", problem: "a tenant's own provider has none", remedy: "leave it out"))
        }
        let secrets = try await self.secrets(of: tenant)
        let host = definition.host(environment: { _ in nil }, vault: { secrets[$0] })
        if let objection = await self.context.addressRule.objection(to: host) {
            faults.append(ProviderFault(path: "request.url", problem: objection, remedy: "give a public address"))
        }
        if let host = definition.tokenHost(environment: { _ in nil }, vault: { secrets[$0] }),
            let objection = await self.context.addressRule.objection(to: host)
        {
            faults.append(ProviderFault(path: "authorization.tokenURL", problem: objection, remedy: "give a public address"))
        }
        guard faults.isEmpty else { return .faulty(faults) }
        guard (try? self.context.catalog.definition(id)) == nil else { return .taken }
        let own = definition.owned(by: Self.owner(tenant))
        let spaces = try await self.context.store.spaces(tenant: tenant, ofProvider: own.id)
        guard spaces.allSatisfy({ $0 == own.space.name }) else { return .inUse }
        let knownAfter = TenantProviders.interval + .seconds(1)
        let isNew = try await self.context.store.keepOwnProvider(
            json,
            id: id,
            named: own.id,
            tenant: tenant,
            by: by,
            knownAfter: knownAfter
        )
        try await self.context.store.noteMended(tenant: tenant, knownAfter: knownAfter)
        return .kept(Self.outline(definition, isOwn: true, vault: { secrets[$0] }), isNew: isNew)
    }

    func remove(_ id: String, tenant: UUID) async throws -> ProviderRemoval {
        let name = OwnProviderID(owner: Self.owner(tenant), id: id).description
        guard try await self.context.store.spaces(tenant: tenant, ofProvider: name).isEmpty else { return .inUse }
        return try await self.context.store.deleteOwnProvider(id, tenant: tenant) ? .removed : .unknown
    }

    // MARK: Parts

    /// What the tenant calls `id`, and what it is called beside all others; nil where there is none.
    private func find(_ id: String, tenant: UUID) async throws -> (ProviderDefinition, id: String)? {
        if let installed = try? self.context.catalog.definition(id) { return (installed, id) }
        guard let stored = try await self.context.store.ownProvider(id, tenant: tenant),
            let definition = Self.definition(stored.definition)
        else { return nil }
        let own = definition.owned(by: Self.owner(tenant))
        return (own, own.id)
    }

    private static func owner(_ tenant: UUID) -> String { tenant.uuidString.lowercased() }

    private static func definition(_ json: String) -> ProviderDefinition? {
        try? ProviderDefinition.read(bytes: Array(json.utf8), fileName: "definition", origin: .tenant).get()
    }

    private func secrets(of tenant: UUID) async throws -> [String: String] {
        try await self.context.store.secretValues(tenant: tenant, cipher: try self.context.settings.vaultCipher)
    }

    private static func outline(
        _ definition: ProviderDefinition,
        isOwn: Bool,
        environment: @escaping @Sendable (String) -> String? = { _ in nil },
        vault: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> ProviderOutline {
        ProviderOutline(
            id: definition.id,
            name: definition.name,
            model: definition.model,
            space: definition.space.name,
            dimensions: definition.space.dimensions,
            pricePerMillionTokens: definition.pricePerMillionTokens,
            isReady: definition.missingReferences(environment: environment, vault: vault).isEmpty,
            isOwn: isOwn
        )
    }
}
