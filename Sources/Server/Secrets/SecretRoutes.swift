import Foundation
import Hummingbird
import Logging
import Store

/// The tenant's secrets: they go in, encrypted, and never out again. Integrations and providers name them as `vault:<id>`.
struct SecretRoutes: RouteSet {
    let store: Store
    let cipher: (any SecretSealing)?

    var routes: [Route] { [self.list, self.put, self.delete] }

    private static let id = RouteParameter.path("secret_id", .text(.identifier), "The secret's id.")

    private struct Body: Encodable {
        enum CodingKeys: String, CodingKey {
            case id, reference
            case createdAt = "created_at"
            case updatedAt = "updated_at"
            case updatedBy = "updated_by"
        }

        var id: String
        var reference: String
        var createdAt: Date
        var updatedAt: Date
        var updatedBy: String

        init(_ secret: StoredSecret) {
            self.id = secret.id
            self.reference = "vault:\(secret.id)"
            self.createdAt = secret.createdAt
            self.updatedAt = secret.updatedAt
            self.updatedBy = secret.updatedBy
        }
    }

    private struct Fields: Decodable { var value: String }

    private static let schema = Schema.object(
        .required("id", .text),
        .required("reference", .text, "How definitions name it."),
        .required("created_at", .instant),
        .required("updated_at", .instant),
        .required("updated_by", .text)
    ).named("Secret")

    private var list: Route {
        Route(
            .get,
            "/api/v1/secrets",
            id: "listSecrets",
            access: .administrator,
            tag: .secrets,
            summary: "The tenant's secrets by id, without their values",
            parameters: [.limit(), .cursor],
            answers: [.ok(.page("secrets", of: Self.schema), "The secrets.")]
        ) { call in
            let limit = call.integer("limit") ?? 50
            let secrets = try await self.store.secrets(tenant: try call.tenant, after: try call.cursor(1)?[0], limit: limit + 1)
            return try call.answer(PageBody("secrets", secrets, limit: limit, cursor: { PageCursor($0.id) }, Body.init))
        }
    }

    private var put: Route {
        Route(
            .put,
            "/api/v1/secrets/{secret_id}",
            id: "putSecret",
            access: .administrator,
            tag: .secrets,
            summary: "Keep a secret, or change it",
            details: "It is encrypted with AES-256-GCM and can be used, but not read again.",
            parameters: [Self.id],
            body: .json(.object(.required("value", .text(.filled(1...16_384))))),
            answers: [.noContent("It is kept.")],
            problems: [.conflict("The installation has no PULSE_ENCRYPTION_KEY.")]
        ) { call in
            let id = call.path("secret_id")
            let value = try call.body(Fields.self).value
            do {
                _ = try await self.store.keepSecret(value, id: id, tenant: try call.tenant, by: call.actor, cipher: self.cipher)
            } catch VaultError.noKey {
                throw Problem.noEncryptionKey
            }
            try await self.store.noteMended(tenant: try call.tenant, knownAfter: .seconds(3))
            call.logger.info("a secret was kept", metadata: ["id": "\(id)", "by": "\(call.actor)"])
            return call.noContent
        }
    }

    private var delete: Route {
        Route(
            .delete,
            "/api/v1/secrets/{secret_id}",
            id: "deleteSecret",
            access: .administrator,
            tag: .secrets,
            summary: "Forget a secret",
            parameters: [Self.id],
            answers: [.noContent("It is gone.")]
        ) { call in
            let id = call.path("secret_id")
            guard try await self.store.deleteSecret(id, tenant: try call.tenant) else {
                throw Problem.notFound("there is no such secret", remedy: "`GET /api/v1/secrets` lists them")
            }
            call.logger.info("a secret was deleted", metadata: ["id": "\(id)", "by": "\(call.actor)"])
            return call.noContent
        }
    }
}

extension Problem {
    static let noEncryptionKey = Problem.conflict(
        "no_encryption_key",
        "The installation keeps no secrets",
        "there is no PULSE_ENCRYPTION_KEY to encrypt them with",
        remedy: "have it set: `openssl rand -base64 32` makes one"
    )
}
