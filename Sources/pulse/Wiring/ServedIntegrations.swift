import AsyncHTTPTransport
import Connectors
import Foundation
import HTTPTransport
import Postgres
import Server
import Store

/// The definitions of integrations, as tenants send them to the API.
struct ServedIntegrations: IntegrationChecking {
    let context: Context

    func read(_ json: String) async throws(IntegrationFault) -> IntegrationOutline {
        // The environment is the installation's: a tenant must not name what stands in it.
        guard !Self.namesEnvironment(json) else {
            throw IntegrationFault(problems: ["secrets are named as \"vault:<id>\" here; keep them with PUT /api/v1/secrets/<id>"]
            )
        }
        let definition: IntegrationDefinition
        do {
            definition = try IntegrationDefinition(json: json.utf8)
        } catch {
            throw IntegrationFault(problems: error.problems.map(\.description))
        }
        if let host = URLComponents(string: definition.baseURL)?.host,
            let objection = await self.context.addressRule.objection(to: host)
        {
            throw IntegrationFault(problems: ["base_url: \(objection)"])
        }
        return IntegrationOutline(kind: definition.kind, name: definition.name, baseURL: definition.baseURL)
    }

    func test(_ integration: StoredIntegration, tenant: Tenant) async -> String? {
        do {
            let source = try Source(
                integration,
                tenant: tenant.id,
                store: self.context.store,
                secrets: try await self.context.secrets(for: integration.configuration, of: tenant.id),
                isBrief: true,
                context: self.context
            )
            try await source.test()
            return nil
        } catch let error as PostgresError {
            // It names hosts and statements, which are not the tenant's to see.
            self.context.logger.error("an integration cannot be tested", metadata: ["error": "\(error)"])
            return "the database does not answer as it should; the service's log says why"
        } catch {
            return String("\(error)".prefix(1_000))
        }
    }

    private static func namesEnvironment(_ json: String) -> Bool {
        guard let value = try? JSONSerialization.jsonObject(with: Data(json.utf8)) else { return false }
        return self.namesEnvironment(in: value)
    }

    private static func namesEnvironment(in value: Any) -> Bool {
        switch value {
        case let text as String: text.trimmingCharacters(in: .whitespaces).hasPrefix("env:")
        case let list as [Any]: list.contains(where: self.namesEnvironment(in:))
        case let members as [String: Any]: members.values.contains(where: self.namesEnvironment(in:))
        default: false
        }
    }
}
