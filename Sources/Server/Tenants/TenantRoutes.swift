import Foundation
import Hummingbird
import Logging
import Store

/// The tenants and their keys, for administrators of the installation. They see no tenant's data.
struct TenantRoutes: RouteSet {
    let store: Store
    let authenticator: Authenticator

    var routes: [Route] {
        [self.list, self.create, self.get, self.change, self.listKeys, self.createKey, self.revokeKey]
    }

    private static let id = RouteParameter.path("tenant_id", .uuid, "The tenant's id.")
    private static let schema = Schema.object(
        .required("id", .uuid),
        .required("name", .text),
        .required("active", .boolean, "An inactive tenant's keys open nothing, and nothing runs for it; its data stays."),
        .required("created_at", .instant)
    ).named("Tenant")

    private struct Body: Encodable {
        enum CodingKeys: String, CodingKey {
            case id, name, active
            case createdAt = "created_at"
        }

        var id: String
        var name: String
        var active: Bool
        var createdAt: Date

        init(_ record: TenantRecord) {
            self.id = record.id.uuidString.lowercased()
            self.name = record.name
            self.active = record.isActive
            self.createdAt = record.createdAt
        }
    }

    private struct NewFields: Decodable { var name: String }
    private struct ChangeFields: Decodable { var active: Bool }

    // MARK: Tenants

    private var list: Route {
        Route(
            .get,
            "/api/v1/tenants",
            id: "listTenants",
            access: .installation,
            tag: .tenants,
            summary: "The tenants by name",
            parameters: [.limit(), .cursor],
            answers: [.ok(.page("tenants", of: Self.schema), "The tenants.")]
        ) { call in
            let limit = call.integer("limit") ?? 50
            let tenants = try await self.store.tenantRecords(after: try call.cursor(1)?[0], limit: limit + 1)
            return try call.answer(PageBody("tenants", tenants, limit: limit, cursor: { PageCursor($0.name) }, Body.init))
        }
    }

    private var create: Route {
        Route(
            .post,
            "/api/v1/tenants",
            id: "createTenant",
            access: .installation,
            tag: .tenants,
            summary: "Make a tenant",
            details: "Its first key is made with `POST /api/v1/tenants/{tenant_id}/keys`.",
            body: .json(.object(.required("name", .text(.name), "Lower-case letters, digits, - and _."))),
            answers: [.created(Self.schema, "The tenant.")],
            problems: [.conflict("A tenant of this name exists.")]
        ) { call in
            let name = try call.body(NewFields.self).name
            do {
                let record = try await self.store.createTenant(named: name)
                call.logger.info("a tenant was made", metadata: ["name": "\(name)", "by": "\(call.actor)"])
                return try call.answer(Body(record), status: .created)
            } catch StoreError.tenantExists {
                throw Problem.conflict("exists", "The name is taken", "a tenant \(name) exists", remedy: "choose another name")
            }
        }
    }

    private var get: Route {
        Route(
            .get,
            "/api/v1/tenants/{tenant_id}",
            id: "getTenant",
            access: .installation,
            tag: .tenants,
            summary: "One tenant",
            parameters: [Self.id],
            answers: [.ok(Self.schema, "The tenant.")]
        ) { call in try call.answer(Body(try await self.tenant(call))) }
    }

    private var change: Route {
        Route(
            .patch,
            "/api/v1/tenants/{tenant_id}",
            id: "changeTenant",
            access: .installation,
            tag: .tenants,
            summary: "Close a tenant, or open it again",
            parameters: [Self.id],
            body: .json(.object(.required("active", .boolean))),
            answers: [.ok(Self.schema, "The tenant.")]
        ) { call in
            let active = try call.body(ChangeFields.self).active
            guard let record = try await self.store.setTenant(try await self.tenant(call).id, active: active) else {
                throw Self.unknown
            }
            await self.authenticator.forget(tenant: record.id)
            call.logger.info("a tenant was \(active ? "opened" : "closed")", metadata: ["by": "\(call.actor)"])
            return try call.answer(Body(record))
        }
    }

    // MARK: Their keys

    private var listKeys: Route {
        Route(
            .get,
            "/api/v1/tenants/{tenant_id}/keys",
            id: "listTenantKeys",
            access: .installation,
            tag: .tenants,
            summary: "A tenant's API keys, the newest first",
            parameters: [Self.id, .limit(), .cursor],
            answers: [.ok(.page("keys", of: KeyBody.schema), "The keys.")]
        ) { call in try await KeyRoutes.list(call, tenant: try await self.tenant(call).id, store: self.store) }
    }

    private var createKey: Route {
        Route(
            .post,
            "/api/v1/tenants/{tenant_id}/keys",
            id: "createTenantKey",
            access: .installation,
            tag: .tenants,
            summary: "Make an API key of a tenant",
            parameters: [Self.id],
            body: .json(KeyFields.schema),
            answers: [.created(KeyBody.newSchema, "The key, shown this one time.")],
            problems: [.unprocessable("The expiry is no date, or past.")],
            answersSecret: true
        ) { call in try await KeyRoutes.create(call, tenant: try await self.tenant(call).id, store: self.store) }
    }

    private var revokeKey: Route {
        Route(
            .delete,
            "/api/v1/tenants/{tenant_id}/keys/{key_id}",
            id: "revokeTenantKey",
            access: .installation,
            tag: .tenants,
            summary: "Take an API key of a tenant out of force, for ever",
            parameters: [Self.id, .path("key_id", .uuid, "The key's id.")],
            answers: [.noContent("It opens nothing any more.")]
        ) { call in
            let tenant = try await self.tenant(call).id
            return try await KeyRoutes.revoke(call, tenant: tenant, store: self.store, authenticator: self.authenticator)
        }
    }

    private func tenant(_ call: RouteCall) async throws -> TenantRecord {
        guard let id = call.uuid("tenant_id"), let record = try await self.store.tenantRecord(id) else { throw Self.unknown }
        return record
    }

    private static let unknown = Problem.notFound("there is no such tenant", remedy: "`GET /api/v1/tenants` lists them")
}
