import Foundation
import Hummingbird
import Logging
import Store

/// The embedding providers: which there are, whether a definition is right, whether one answers, and which the tenant uses.
struct ProviderRoutes: RouteSet {
    let desk: any ProviderDesk
    let store: Store

    var routes: [Route] { [self.list, self.validate, self.test, self.choose] }

    private static let id = RouteParameter.path("provider_id", .text(.identifier), "The provider's id.")
    private static let unknown = Problem.notFound("there is no such provider", remedy: "`GET /api/v1/providers` lists them")

    private struct Body: Encodable {
        enum CodingKeys: String, CodingKey {
            case id, name, model, space, dimensions, ready, chosen
            case price = "usd_per_million_tokens"
        }

        var id: String
        var name: String
        var model: String
        var space: String
        var dimensions: Int
        var price: Double?
        var ready: Bool
        var chosen: Bool
    }

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
            summary: "The embedding providers of the installation, and which the tenant uses",
            answers: [
                .ok(
                    .object(
                        .required(
                            "providers",
                            .list(
                                of: .object(
                                    .required("id", .text),
                                    .required("name", .text),
                                    .required("model", .text),
                                    .required("space", .text, "Vectors of one space are comparable."),
                                    .required("dimensions", .count),
                                    .optional("usd_per_million_tokens", .number),
                                    .required("ready", .boolean, "Whether everything that it needs is set."),
                                    .required("chosen", .boolean, "Whether the tenant writes and searches with it.")
                                ).named("Provider")
                            )
                        )
                    ),
                    "The providers."
                )
            ]
        ) { call in
            let live = try await self.store.liveSpace(tenant: try call.tenant)?.provider
            let providers = await self.desk.outlines().map { outline in
                Body(
                    id: outline.id,
                    name: outline.name,
                    model: outline.model,
                    space: outline.space,
                    dimensions: outline.dimensions,
                    price: outline.pricePerMillionTokens,
                    ready: outline.isReady,
                    chosen: outline.id == live
                )
            }
            return try call.answer(["providers": providers])
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
            let problems = self.desk.diagnose(String(decoding: call.bytes, as: UTF8.self))
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
            summary: "Embed two sentences: dimensions, latency, cost",
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
            guard let trial = await self.desk.test(call.path("provider_id")) else { throw Self.unknown }
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
