import Connectors
import Embedding
import Foundation
import Store

/// An integration of a tenant with its connector.
struct Source: Sendable {
    enum Connector: Sendable {
        case github(GitHubConnector)
        case jira(JiraConnector)
    }

    let integration: StoredIntegration
    let connector: Connector

    /// - Parameters:
    ///   - name: only this one; nil takes all.
    ///   - kind: `github` or `jira`; nil takes both.
    ///   - isBrief: see ``init(_:tenant:store:secrets:isBrief:context:)``.
    static func all(
        of tenant: Tenant,
        named name: String?,
        kind: String?,
        isBrief: Bool = false,
        context: Context
    ) async throws -> [Source] {
        let integrations = try await context.store.integrations(tenant: tenant.id).filter { integration in
            (name == nil || integration.name == name) && (kind == nil || integration.kind == kind)
        }
        guard !integrations.isEmpty else {
            let what = [name.map { "named \($0)" }, kind.map { "of kind \($0)" }].compactMap(\.self).joined(separator: " ")
            throw Failure(
                "tenant \(tenant.name) has no integration\(what.isEmpty ? "" : " \(what)"); add one with `pulse integration add`"
            )
        }
        var sources: [Source] = []
        for integration in integrations {
            sources.append(
                try Source(
                    integration,
                    tenant: tenant.id,
                    store: context.store,
                    secrets: try await context.secrets(for: integration.configuration, of: tenant.id),
                    isBrief: isBrief,
                    context: context
                )
            )
        }
        return sources
    }

    /// - Parameters:
    ///   - store: takes the pages.
    ///   - secrets: see ``Context/secrets(for:of:)``.
    ///   - isBrief: for a question for whose answer somebody waits, see ``RetryPolicy/brief``.
    init(
        _ integration: StoredIntegration,
        tenant: UUID,
        store: any IngestionStore,
        secrets: [String: String] = ProcessInfo.processInfo.environment,
        isBrief: Bool = false,
        context: Context
    ) throws {
        self.integration = integration
        let policy = try isBrief ? context.settings.sourcePolicy.brief : context.settings.sourcePolicy
        // What a tenant has given sees neither the environment nor the inside of the network.
        let isTenants = integration.origin == .tenant
        let secrets = isTenants ? secrets.filter { $0.key.hasPrefix("vault:") } : secrets
        let transport = isTenants ? context.guardedTransport : context.transport
        let definition: IntegrationDefinition
        let resolved: [Secret]
        do {
            definition = try IntegrationDefinition(json: integration.configuration.utf8)
            resolved = try definition.resolveSecrets(environment: secrets)
        } catch {
            throw Failure("integration \(integration.name): \(error)")
        }
        switch definition {
        case .github(let definition):
            var appKey: GitHubAppKey?
            do {
                appKey = try definition.resolvePrivateKey(environment: secrets).map { pem in
                    GitHubAppKey(pem: pem) { try SigningFunctions.crypto.rs256?($0, $1) ?? [] }
                }
            } catch {
                throw Failure("integration \(integration.name): \(error)")
            }
            self.connector = .github(
                try GitHubConnector(
                    definition,
                    tokens: resolved,
                    appKey: appKey,
                    transport: transport,
                    store: store,
                    tenant: tenant,
                    integration: integration.id,
                    logger: context.logger,
                    policy: policy
                )
            )
        case .jira(let definition):
            self.connector = .jira(
                try JiraConnector(
                    definition,
                    token: resolved[0],
                    transport: transport,
                    store: store,
                    tenant: tenant,
                    integration: integration.id,
                    logger: context.logger,
                    policy: policy
                )
            )
        }
    }

    func test() async throws {
        switch self.connector {
        case .github(let connector): try await connector.test()
        case .jira(let connector): try await connector.test()
        }
    }

    /// - Parameters:
    ///   - units: only these and the lists that they need; nil takes all.
    ///   - isSweeping: looks for what was deleted now, instead of when it is due.
    func sync(
        only units: Set<String>? = nil,
        isSweeping: Bool = false,
        progress: @escaping @Sendable (SyncProgress) -> Void
    ) async -> SyncReport {
        switch self.connector {
        case .github(let connector): await connector.sync(only: units, isSweeping: isSweeping, progress: progress)
        case .jira(let connector): await connector.sync(only: units, isSweeping: isSweeping, progress: progress)
        }
    }

    /// Reads what a webhook has named.
    func refresh(_ refresh: WebhookRefresh) async throws {
        switch (refresh, self.connector) {
        case (.pullRequest(let repositoryID, let repository, let number), .github(let connector)):
            try await connector.refresh(pullRequest: number, repositoryID: repositoryID, repository: repository)
        case (.issue(let id), .jira(let connector)):
            try await connector.refresh(issues: [id])
        default: return
        }
    }
}
