import Connectors
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
    static func all(of tenant: Tenant, named name: String?, kind: String?, context: Context) async throws -> [Source] {
        let integrations = try await context.store.integrations(tenant: tenant.id).filter { integration in
            (name == nil || integration.name == name) && (kind == nil || integration.kind == kind)
        }
        guard !integrations.isEmpty else {
            let what = [name.map { "named \($0)" }, kind.map { "of kind \($0)" }].compactMap(\.self).joined(separator: " ")
            throw Failure(
                "tenant \(tenant.name) has no integration\(what.isEmpty ? "" : " \(what)"); add one with `pulse integration add`"
            )
        }
        return try integrations.map { try Source($0, tenant: tenant.id, store: context.store, context: context) }
    }

    /// - Parameter store: takes the pages.
    init(_ integration: StoredIntegration, tenant: UUID, store: any IngestionStore, context: Context) throws {
        self.integration = integration
        let definition: IntegrationDefinition
        let secret: Secret
        do {
            definition = try IntegrationDefinition(json: integration.configuration.utf8)
            secret = try definition.resolveSecrets(environment: ProcessInfo.processInfo.environment)
        } catch {
            throw Failure("integration \(integration.name): \(error)")
        }
        switch definition {
        case .github(let definition):
            self.connector = .github(
                try GitHubConnector(
                    definition,
                    token: secret,
                    transport: context.transport,
                    store: store,
                    tenant: tenant,
                    integration: integration.id,
                    logger: context.logger
                )
            )
        case .jira(let definition):
            self.connector = .jira(
                try JiraConnector(
                    definition,
                    token: secret,
                    transport: context.transport,
                    store: store,
                    tenant: tenant,
                    integration: integration.id,
                    logger: context.logger
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

    func sync(progress: @escaping @Sendable (SyncProgress) -> Void) async -> SyncReport {
        switch self.connector {
        case .github(let connector): await connector.sync(progress: progress)
        case .jira(let connector): await connector.sync(progress: progress)
        }
    }
}
