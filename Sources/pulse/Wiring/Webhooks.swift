import Connectors
import Store

/// The two ends of webhooks: the API that checks their signatures, and the worker that reads them.
enum Webhooks {
    /// What an integration's deliveries are signed with; nil where its file names nothing, or nothing that can be had.
    static func secret(of integration: WebhookIntegration, context: Context) async -> [UInt8]? {
        guard let definition = try? IntegrationDefinition(json: integration.configuration.utf8),
            let secrets = try? await context.secrets(of: integration.tenant)
        else { return nil }
        return definition.webhookSecret(environment: secrets)
    }

    static func worker(_ context: Context) -> WebhookWorker {
        WebhookWorker(store: context.store, logger: context.logger) { refreshes, integration, tenant in
            let secrets = try await context.secrets(of: tenant)
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
