import Foundation
import Hummingbird
import Logging
import Store

/// The tenant's sources: connect, change, try, disconnect.
struct IntegrationRoutes: RouteSet {
    let store: Store
    let checking: any IntegrationChecking
    let cipher: (any SecretSealing)?

    var routes: [Route] { [self.list, self.get, self.create, self.change, self.disconnect, self.test, self.acceptSweeps] }

    private static let name = RouteParameter.path("integration", .text(IntegrationFields.name), "The integration's name.")
    private static let unknown = Problem.notFound("there is no such integration", remedy: "`GET /api/v1/integrations` lists them")
    private static let refusals: [RouteProblem] = [
        .unprocessable("The definition is wrong; `detail` lists all that is."),
        .conflict("The installation has no PULSE_ENCRYPTION_KEY, and secrets were given."),
    ]

    // MARK: Looking

    private var list: Route {
        Route(
            .get,
            "/api/v1/integrations",
            id: "listIntegrations",
            access: .viewer,
            tag: .integrations,
            summary: "The tenant's sources by name",
            parameters: [.limit(), .cursor],
            answers: [.ok(.page("integrations", of: IntegrationBody.schema), "The integrations.")]
        ) { call in
            let limit = call.integer("limit") ?? 50
            let records = try await self.store.integrationRecords(
                tenant: try call.tenant,
                after: try call.cursor(1)?[0],
                limit: limit + 1
            )
            return try call.answer(
                PageBody("integrations", records, limit: limit, cursor: { PageCursor($0.integration.name) }, IntegrationBody.init)
            )
        }
    }

    private var get: Route {
        Route(
            .get,
            "/api/v1/integrations/{integration}",
            id: "getIntegration",
            access: .viewer,
            tag: .integrations,
            summary: "One source",
            parameters: [Self.name],
            answers: [.ok(IntegrationBody.schema, "The integration.")]
        ) { call in try call.answer(IntegrationBody(try await self.record(call))) }
    }

    // MARK: Changing

    private var create: Route {
        Route(
            .post,
            "/api/v1/integrations",
            id: "createIntegration",
            access: .administrator,
            tag: .integrations,
            summary: "Connect a source",
            body: .json(IntegrationFields.newSchema),
            answers: [.created(IntegrationBody.schema, "It is connected; its job reads it at the next opportunity.")],
            problems: Self.refusals + [.conflict("An integration of this name exists.")]
        ) { call in
            let fields = try call.body(IntegrationFields.self)
            let (outline, json) = try await self.outline(of: fields.definition)
            let name = fields.name ?? outline.name ?? outline.kind
            guard IntegrationFields.name.check(name) else {
                throw Problem.unprocessable("name", "it cannot be used", allowed: IntegrationFields.name.allowed)
            }
            let tenant = try call.tenant
            guard try await self.store.integrationRecords(tenant: tenant, named: name, limit: 1).isEmpty else {
                throw Self.taken(name)
            }
            let secrets = try Self.checked(fields.secrets)
            let created: UUID?
            do {
                created = try await self.store.createIntegration(
                    tenant: tenant,
                    name: name,
                    kind: outline.kind,
                    baseURL: outline.baseURL,
                    configuration: json,
                    origin: .tenant,
                    secrets: secrets,
                    by: call.actor,
                    cipher: self.cipher
                )
            } catch VaultError.noKey {
                throw Problem.noEncryptionKey
            }
            // Another request was faster, and its secrets stand.
            guard created != nil else { throw Self.taken(name) }
            return try await self.saved(name, secrets, call: call, status: .created)
        }
    }

    private var change: Route {
        Route(
            .put,
            "/api/v1/integrations/{integration}",
            id: "changeIntegration",
            access: .administrator,
            tag: .integrations,
            summary: "Change a source's definition",
            parameters: [Self.name],
            body: .json(IntegrationFields.schema),
            answers: [.ok(IntegrationBody.schema, "The integration as it stands now.")],
            problems: Self.refusals + [.conflict("It is of another kind.")]
        ) { call in
            let record = try await self.record(call)
            let fields = try call.body(IntegrationFields.self)
            let (outline, json) = try await self.outline(of: fields.definition)
            guard outline.kind == record.integration.kind else {
                throw Problem.conflict(
                    "other_kind",
                    "It is of another kind",
                    "\(record.integration.name) is of kind \(record.integration.kind)",
                    remedy: "connect the other source under a name of its own"
                )
            }
            let name = record.integration.name
            let secrets = try Self.checked(fields.secrets)
            do {
                _ = try await self.store.saveIntegration(
                    tenant: try call.tenant,
                    name: name,
                    kind: outline.kind,
                    baseURL: outline.baseURL,
                    configuration: json,
                    origin: .tenant,
                    secrets: secrets,
                    by: call.actor,
                    cipher: self.cipher
                )
            } catch VaultError.noKey {
                throw Problem.noEncryptionKey
            }
            return try await self.saved(name, secrets, call: call, status: .ok)
        }
    }

    private var disconnect: Route {
        Route(
            .delete,
            "/api/v1/integrations/{integration}",
            id: "disconnectIntegration",
            access: .administrator,
            tag: .integrations,
            summary: "Disconnect a source, and take all that came from it out of the index",
            parameters: [Self.name],
            answers: [
                .accepted(
                    .object(.required("leaving", .count, "Entities that are queued to leave the index.")),
                    "It is read no more; what it brought leaves the index."
                )
            ]
        ) { call in
            guard
                let count = try await self.store.disconnectIntegration(
                    named: call.path("integration"),
                    tenant: try call.tenant,
                    by: call.actor
                )
            else { throw Self.unknown }
            call.logger.info("an integration was disconnected", metadata: ["by": "\(call.actor)", "entities": "\(count)"])
            return try call.answer(["leaving": count], status: .accepted)
        }
    }

    private var test: Route {
        Route(
            .post,
            "/api/v1/integrations/{integration}/test",
            id: "testIntegration",
            access: .operator,
            tag: .integrations,
            summary: "Ask the source whether it lets us in",
            parameters: [Self.name],
            answers: [
                .ok(.object(.required("ok", .boolean), .optional("reason", .text, "Why it does not.")), "What the source said.")
            ]
        ) { call in
            let integration = try await self.record(call).integration
            let principal = try call.principal
            let reason = await self.checking.test(
                integration,
                tenant: Tenant(id: principal.tenant, name: principal.tenantName)
            )
            return try call.answer(Tested(ok: reason == nil, reason: reason))
        }
    }

    private var acceptSweeps: Route {
        Route(
            .post,
            "/api/v1/integrations/{integration}/sweeps/accept",
            id: "acceptSweeps",
            access: .administrator,
            tag: .integrations,
            summary: "Say that what stopped sweeps of a source found missing is really gone",
            parameters: [Self.name],
            answers: [
                .ok(
                    .object(.required("accepted", .count, "Stopped sweeps; 0 where none is.")),
                    "The next sync asks for each missing one, and deletes those that are gone."
                )
            ]
        ) { call in
            let integration = try await self.record(call).integration
            let accepted = try await self.store.acceptSweeps(tenant: try call.tenant, integration: integration.id, by: call.actor)
            call.logger.info(
                "stopped sweeps were accepted",
                metadata: ["name": "\(integration.name)", "by": "\(call.actor)", "sweeps": "\(accepted)"]
            )
            return try call.answer(["accepted": accepted])
        }
    }

    private struct Tested: Encodable {
        var ok: Bool
        var reason: String?
    }

    // MARK: Parts

    private func record(_ call: RouteCall) async throws -> IntegrationRecord {
        let found = try await self.store.integrationRecords(tenant: try call.tenant, named: call.path("integration"), limit: 1)
        guard let record = found.first else { throw Self.unknown }
        return record
    }

    /// The definition, checked. A tenant's own may read secrets of the tenant only, and nothing of the service's environment.
    private func outline(of definition: [String: JSONValue]) async throws -> (IntegrationOutline, String) {
        guard !JSONValue.object(definition).holdsNUL else { throw Problem.holdsNUL("definition") }
        let json = String(decoding: try JSONEncoder().encode(definition), as: UTF8.self)
        let outline: IntegrationOutline
        do {
            outline = try await self.checking.read(json)
        } catch {
            throw Problem.unprocessable(
                "definition",
                error.problems.joined(separator: "; "),
                allowed: "mend what is named, and send it again"
            )
        }
        return (outline, json)
    }

    private static func checked(_ secrets: [String: String]?) throws -> [String: String] {
        for id in (secrets ?? [:]).keys where !TextRule.identifier.check(id) {
            throw Problem.unprocessable("secrets", "\(id.prefix(100)) is no id", allowed: TextRule.identifier.allowed)
        }
        return secrets ?? [:]
    }

    private func saved(
        _ name: String,
        _ secrets: [String: String],
        call: RouteCall,
        status: HTTPResponse.Status
    ) async throws -> Response {
        // A provider may have waited for one of them.
        if !secrets.isEmpty { try await self.store.noteMended(tenant: try call.tenant, knownAfter: .seconds(3)) }
        call.logger.info("an integration was saved", metadata: ["name": "\(name)", "by": "\(call.actor)"])
        let records = try await self.store.integrationRecords(tenant: try call.tenant, named: name, limit: 1)
        guard let record = records.first else { throw Self.unknown }
        return try call.answer(IntegrationBody(record), status: status)
    }

    private static func taken(_ name: String) -> Problem {
        Problem.conflict(
            "exists",
            "The name is taken",
            "an integration \(name) exists",
            remedy: "choose another name, or change it with PUT"
        )
    }
}
