import Foundation
import Hummingbird
import Logging
import Store

/// The API keys of the tenant, and who is asking.
struct KeyRoutes: RouteSet {
    let store: Store
    let authenticator: Authenticator

    var routes: [Route] { [self.whoAmI, self.list, self.create, self.revoke] }

    private var whoAmI: Route {
        Route(
            .get,
            "/api/v1/me",
            id: "whoAmI",
            access: .viewer,
            tag: .keys,
            summary: "Whose key this is, and what it may do",
            answers: [
                .ok(
                    .object(
                        .required("tenant", .text),
                        .required("tenant_id", .uuid),
                        .required("role", .choice(of: Principal.Role.self)),
                        .required("actor", .text, "As records name it.")
                    ),
                    "The caller."
                )
            ]
        ) { call in
            let principal = try call.principal
            return try call.answer([
                "tenant": principal.tenantName, "tenant_id": principal.tenant.uuidString.lowercased(),
                "role": principal.role.rawValue, "actor": principal.actor,
            ])
        }
    }

    private var list: Route {
        Route(
            .get,
            "/api/v1/keys",
            id: "listKeys",
            access: .administrator,
            tag: .keys,
            summary: "The tenant's API keys, the newest first",
            parameters: [.limit(), .cursor],
            answers: [.ok(.page("keys", of: KeyBody.schema), "The keys, those that are out of force included.")]
        ) { call in try await Self.list(call, tenant: try call.tenant, store: self.store) }
    }

    private var create: Route {
        Route(
            .post,
            "/api/v1/keys",
            id: "createKey",
            access: .administrator,
            tag: .keys,
            summary: "Make an API key of the tenant",
            body: .json(KeyFields.schema),
            answers: [.created(KeyBody.newSchema, "The key, shown this one time.")],
            problems: [.unprocessable("The expiry is no date, or past.")],
            answersSecret: true
        ) { call in try await Self.create(call, tenant: try call.tenant, store: self.store) }
    }

    private var revoke: Route {
        Route(
            .delete,
            "/api/v1/keys/{key_id}",
            id: "revokeKey",
            access: .administrator,
            tag: .keys,
            summary: "Take an API key out of force, for ever",
            details: "Other processes follow within ten seconds.",
            parameters: [.path("key_id", .uuid, "The key's id.")],
            answers: [.noContent("It opens nothing any more.")],
            problems: [.conflict("It is the key of this very request.")]
        ) { call in
            guard call.uuid("key_id") != call.caller?.identity else {
                throw Problem.conflict(
                    "own_key",
                    "A key does not revoke itself",
                    "the request was made with this very key",
                    remedy: "use a different key to revoke this one"
                )
            }
            return try await Self.revoke(call, tenant: try call.tenant, store: self.store, authenticator: self.authenticator)
        }
    }

    // MARK: The same for administrators of the installation

    static func list(_ call: RouteCall, tenant: UUID, store: Store) async throws -> Response {
        let limit = call.integer("limit") ?? 50
        let keys = try await store.keys(
            tenant: tenant,
            before: try call.cursor(1).map { values in
                guard let id = UUID(uuidString: values[0]) else { throw Problem.unknownCursor }
                return id
            },
            limit: limit + 1
        )
        return try call.answer(
            PageBody("keys", keys, limit: limit, cursor: { PageCursor($0.id.uuidString) }, { KeyBody($0) })
        )
    }

    static func create(_ call: RouteCall, tenant: UUID, store: Store) async throws -> Response {
        let fields = try call.body(KeyFields.self)
        let (key, text) = try await store.createKey(
            tenant: tenant,
            name: fields.name,
            role: fields.role.flatMap(Principal.Role.init) ?? .viewer,
            expiresAt: try fields.expiry(),
            by: call.actor
        )
        call.logger.info("a key was made", metadata: ["key": "\(key.id)", "by": "\(call.actor)"])
        return try call.answer(KeyBody(key, text: text), status: .created)
    }

    static func revoke(
        _ call: RouteCall,
        tenant: UUID,
        store: Store,
        authenticator: Authenticator
    ) async throws -> Response {
        guard let id = call.uuid("key_id"), try await store.revokeKey(id, tenant: tenant) else {
            throw Problem.notFound("there is no such key", remedy: "the list of keys shows their ids")
        }
        await authenticator.forget(id)
        call.logger.info("a key was revoked", metadata: ["key": "\(id)", "by": "\(call.actor)"])
        return call.noContent
    }
}
