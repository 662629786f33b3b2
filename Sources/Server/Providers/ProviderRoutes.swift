import Foundation
import Hummingbird
import Logging
import Store

/// The embedding providers: which there are, whether a definition is right, whether one answers, and which the tenant uses.
struct ProviderRoutes: RouteSet {
    let desk: any ProviderDesk
    let store: Store

    var routes: [Route] { [self.list, self.validate, self.test, self.choose, self.keep, self.remove] }

    private static let id = RouteParameter.path("provider_id", .text(.identifier), "The provider's id.")
    private static let unknown = Problem.notFound("there is no such provider", remedy: "`GET /api/v1/providers` lists them")

    private struct Body: Encodable {
        enum CodingKeys: String, CodingKey {
            case id, name, model, space, dimensions, ready, own, chosen
            case price = "usd_per_million_tokens"
        }

        var id: String
        var name: String
        var model: String
        var space: String
        var dimensions: Int
        var price: Double?
        var ready: Bool
        var own: Bool
        var chosen: Bool

        init(_ outline: ProviderOutline, live: String?, tenant: UUID) {
            self.id = outline.id
            self.name = outline.name
            self.model = outline.model
            self.space = outline.space
            self.dimensions = outline.dimensions
            self.price = outline.pricePerMillionTokens
            self.ready = outline.isReady
            self.own = outline.isOwn
            self.chosen = live == (outline.isOwn ? "\(tenant.uuidString.lowercased())/\(outline.id)" : outline.id)
        }
    }

    private static let schema = Schema.object(
        .required("id", .text),
        .required("name", .text),
        .required("model", .text),
        .required("space", .text, "Vectors of one space are comparable; a tenant's own provider has one of its own."),
        .required("dimensions", .count),
        .optional("usd_per_million_tokens", .number),
        .required("ready", .boolean, "Whether everything that it needs is set."),
        .required("own", .boolean, "Whether the tenant has defined it."),
        .required("chosen", .boolean, "Whether the tenant writes and searches with it.")
    ).named("Provider")

    private struct Checked: Encodable {
        var valid: Bool
        var problems: [ProviderFault]
    }

    private var list: Route {
        Route(
            .get,
            "/api/v1/providers",
            id: "listProviders",
            access: .viewer,
            tag: .providers,
            summary: "The embedding providers of the installation and the tenant's own, and which the tenant uses",
            answers: [.ok(.object(.required("providers", .list(of: Self.schema))), "The providers.")]
        ) { call in
            let tenant = try call.tenant
            let live = try await self.store.liveSpace(tenant: tenant)?.provider
            let providers = try await self.desk.outlines(tenant: tenant).map { Body($0, live: live, tenant: tenant) }
            return try call.answer(["providers": providers])
        }
    }

    private var keep: Route {
        Route(
            .put,
            "/api/v1/providers/{provider_id}",
            id: "putProvider",
            access: .administrator,
            tag: .providers,
            summary: "Keep a provider of the tenant's own, or change it",
            details: """
                The definition is one file of `Providers/`, as `Providers/provider.schema.json` describes it. Its secrets are named as \
                `vault:<id>`, and its address must be public, unless the installation allows its network. Nobody else can use it, and \
                its vectors are of a space of the tenant's own.
                """,
            parameters: [Self.id],
            body: .json(.map(of: .anything)),
            answers: [.ok(Self.schema, "It is changed."), .created(Self.schema, "It is kept.")],
            problems: [
                .conflict("The installation has this id, or the tenant's vectors were made by it and are of another space."),
                .unprocessable("The definition is wrong; `detail` lists all that is."),
            ]
        ) { call in
            let (id, tenant) = (call.path("provider_id"), try call.tenant)
            guard try !StrictJSON.value(from: call.bytes).holdsNUL else { throw Problem.holdsNUL("definition") }
            let json = String(decoding: call.bytes, as: UTF8.self)
            switch try await self.desk.keep(json, id: id, tenant: tenant, by: call.actor) {
            case .kept(let outline, let isNew):
                call.logger.info("a provider was kept", metadata: ["provider": "\(id)", "by": "\(call.actor)"])
                let live = try await self.store.liveSpace(tenant: tenant)?.provider
                return try call.answer(Body(outline, live: live, tenant: tenant), status: isNew ? .created : .ok)
            case .faulty(let faults):
                let lines = faults.map { fault in
                    (fault.path.isEmpty ? "" : "\(fault.path): ") + fault.problem + (fault.remedy.map { " (\($0))" } ?? "")
                }
                throw Problem.unprocessable(
                    "definition",
                    String(lines.joined(separator: "; ").prefix(4_000)),
                    allowed: "mend what is named, and send it again"
                )
            case .taken:
                throw Problem.conflict(
                    "exists",
                    "The id is taken",
                    "the installation has a provider \(id)",
                    remedy: "give yours another id"
                )
            case .inUse:
                throw Problem.conflict(
                    "in_use",
                    "The tenant's vectors were made by this provider",
                    "the definition names another space than the vectors are of",
                    remedy: "give the changed provider an id of its own, and move to it with `pulse reindex`"
                )
            }
        }
    }

    private var remove: Route {
        Route(
            .delete,
            "/api/v1/providers/{provider_id}",
            id: "deleteProvider",
            access: .administrator,
            tag: .providers,
            summary: "Forget a provider of the tenant's own",
            parameters: [Self.id],
            answers: [.noContent("It is gone.")],
            problems: [.conflict("The tenant's vectors were made by this provider.")]
        ) { call in
            let id = call.path("provider_id")
            switch try await self.desk.remove(id, tenant: try call.tenant) {
            case .removed: break
            case .unknown: throw Self.unknown
            case .inUse:
                throw Problem.conflict(
                    "in_use",
                    "The tenant's vectors were made by this provider",
                    "the tenant writes and searches with \(id)",
                    remedy: "choose another provider first; `pulse reindex` moves the vectors"
                )
            }
            call.logger.info("a provider was deleted", metadata: ["provider": "\(id)", "by": "\(call.actor)"])
            return call.noContent
        }
    }

    private var validate: Route {
        Route(
            .post,
            "/api/v1/providers/validate",
            id: "validateProvider",
            access: .viewer,
            tag: .providers,
            summary: "Check a provider's definition, without asking anybody",
            details: "The definition is one file of `Providers/`, as `Providers/provider.schema.json` describes it.",
            body: .json(.map(of: .anything)),
            answers: [
                .ok(
                    .object(
                        .required("valid", .boolean),
                        .required(
                            "problems",
                            .list(
                                of: .object(
                                    .required("path", .text, "The place in the definition; empty for the whole."),
                                    .required("problem", .text),
                                    .optional("remedy", .text)
                                )
                            )
                        )
                    ),
                    "What is wrong with it."
                )
            ]
        ) { call in
            var problems = self.desk.diagnose(String(decoding: call.bytes, as: UTF8.self))
            if try StrictJSON.value(from: call.bytes).holdsNUL {
                let nul = Problem.holdsNUL("definition")
                problems.append(ProviderFault(path: "", problem: nul.detail, remedy: nul.remedy))
            }
            return try call.answer(Checked(valid: problems.isEmpty, problems: problems))
        }
    }

    private var test: Route {
        Route(
            .post,
            "/api/v1/providers/{provider_id}/test",
            id: "testProvider",
            access: .operator,
            tag: .providers,
            summary: "Embed two sentences and a question: dimensions, latency and cost of the sentences",
            parameters: [Self.id],
            answers: [
                .ok(
                    .object(
                        .required("ok", .boolean),
                        .optional("reason", .text, "Why it did not answer."),
                        .optional("dimensions", .count),
                        .optional("milliseconds", .number),
                        .optional("tokens", .count),
                        .optional("cost", .number, "US dollars.")
                    ),
                    "How it answered."
                )
            ]
        ) { call in
            guard let trial = try await self.desk.test(call.path("provider_id"), tenant: try call.tenant) else {
                throw Self.unknown
            }
            return try call.answer(trial)
        }
    }

    private var choose: Route {
        Route(
            .post,
            "/api/v1/providers/{provider_id}/choose",
            id: "chooseProvider",
            access: .administrator,
            tag: .providers,
            summary: "Let the tenant write and search with this provider",
            details: "Where the tenant has vectors of another space, `pulse reindex` builds the new ones while search goes on.",
            parameters: [Self.id],
            answers: [.ok(.object(.required("provider", .text)), "The tenant uses it.")],
            problems: [
                .conflict("The tenant has vectors of another space."),
                .unprocessable("The provider cannot be used; `detail` says why."),
            ]
        ) { call in
            let id = call.path("provider_id")
            switch try await self.desk.choose(id, tenant: try call.tenant) {
            case .chosen: break
            case .unknown: throw Self.unknown
            case .unusable(let reason):
                throw Problem.unprocessable("provider", reason, allowed: "mend it, or choose another")
            case .needsReindex(let from, let to):
                throw Problem.conflict(
                    "needs_reindex",
                    "The tenant has vectors of another space",
                    "its vectors are of \(from), and \(id) makes those of \(to)",
                    remedy: "`pulse reindex` builds the new ones while search goes on, and switches then"
                )
            }
            call.logger.info("a provider was chosen", metadata: ["provider": "\(id)", "by": "\(call.actor)"])
            return try call.answer(["provider": id])
        }
    }
}
