import Connectors
import Store

/// The two ends of webhooks: the API that checks their signatures, and the worker that reads them.
enum Webhooks {
    /// What an integration's deliveries are signed with; nil where its file names nothing, or nothing that there is.
    ///
    /// - Throws: where the vault or the database cannot be read: the signature may be right, and the source has to send once more.
    static func secret(of integration: WebhookIntegration, context: Context) async throws -> [UInt8]? {
        guard let definition = try? IntegrationDefinition(json: integration.configuration.utf8) else { return nil }
        let secrets = try await context.secrets(for: integration.configuration, of: integration.tenant)
        return definition.webhookSecret(environment: secrets)
    }

    static func worker(_ context: Context) -> WebhookWorker {
        WebhookWorker(store: context.store, logger: context.logger) { refreshes, integration, tenant in
            let secrets = try await context.secrets(for: integration.configuration, of: tenant)
            let source = try Source(
                integration,
                tenant: tenant,
                store: context.store,
                secrets: secrets,
                isBrief: true,
                context: context
            )
            for refresh in refreshes { try await source.refresh(refresh) }
        }
    }
}
