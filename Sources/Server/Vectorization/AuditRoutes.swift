import Foundation
import Hummingbird
import Logging
import Store

/// Audits of the index: asked for here, run in the background, and looked at when they are done.
struct AuditRoutes: RouteSet {
    let store: Store
    let office: AuditOffice

    var routes: [Route] { [self.list, self.start] }

    private struct Fields: Decodable { var repair: Bool? }

    private struct Body: Encodable {
        enum CodingKeys: String, CodingKey {
            case id, repair, state, report, error
            case requestedBy = "requested_by"
            case startedAt = "started_at"
            case finishedAt = "finished_at"
        }

        var id: String
        var repair: Bool
        var state: String
        var requestedBy: String
        var startedAt: Date
        var finishedAt: Date?
        var report: AuditOutcome?
        var error: String?

        init(_ run: AuditRun) {
            self.id = run.id.uuidString.lowercased()
            self.repair = run.repair
            self.state = run.finishedAt == nil ? "running" : run.error == nil ? "finished" : "failed"
            self.requestedBy = run.requestedBy
            self.startedAt = run.startedAt
            self.finishedAt = run.finishedAt
            self.report = run.report.flatMap { try? JSONDecoder().decode(AuditOutcome.self, from: Data($0.utf8)) }
            self.error = run.error
        }
    }

    private static let schema = Schema.object(
        .required("id", .uuid),
        .required("repair", .boolean),
        .required("state", .choice(["running", "finished", "failed"])),
        .required("requested_by", .text),
        .required("started_at", .instant),
        .optional("finished_at", .instant),
        .optional(
            "report",
            .object(
                .required(
                    "tables",
                    .list(
                        of: .object(
                            .required("table", .text),
                            .required("rows", .count, "Entities that should be in the index."),
                            .required("points", .count),
                            .required("queued", .count, "Entities on their way, and not compared."),
                            .required("failed", .count, "Entities that were given up."),
                            .required("missing", .count),
                            .required("surplus", .count),
                            .required("stale", .count),
                            .required("foreign", .count, "Entities in whose place something of another tenant or space stands."),
                            .required("examples", .list(of: .text))
                        )
                    )
                ),
                .required("strays", .count, "The tenant's points of spaces that it is not in."),
                .required("nameless", .count, "The tenant's points that name no entity."),
                .required("drift", .list(of: .text), "How the collection differs from its layout."),
                .required("fixed_settings", .list(of: .text), "The same in what only a new collection can have: no difference."),
                .required("differences", .count),
                .required("repaired", .count)
            ).named("AuditReport")
        ),
        .optional("error", .text)
    ).named("Audit")

    private var list: Route {
        Route(
            .get,
            "/api/v1/vectorization/audits",
            id: "listAudits",
            access: .viewer,
            tag: .vectorization,
            summary: "The audits of the index and what they found, the newest first",
            parameters: [.limit(1...100, default: 20)],
            answers: [.ok(.object(.required("audits", .list(of: Self.schema))), "The audits.")]
        ) { call in
            let runs = try await self.store.auditRuns(tenant: try call.tenant, limit: call.integer("limit") ?? 20)
            return try call.answer(["audits": runs.map(Body.init)])
        }
    }

    private var start: Route {
        Route(
            .post,
            "/api/v1/vectorization/audits",
            id: "startAudit",
            access: .operator,
            tag: .vectorization,
            summary: "Compare rows, ledger and points",
            body: .json(.object(.optional("repair", .boolean, "Whether to mend what differs.")), isRequired: false),
            answers: [.accepted(Self.schema, "It runs; `GET` shows what it finds.")],
            problems: [.conflict("An audit of the tenant is running.")]
        ) { call in
            let repair = try call.body(Fields.self, emptyIs: Fields(repair: nil)).repair ?? false
            guard let run = try await self.office.begin(tenant: try call.tenant, repair: repair, by: call.actor) else {
                throw Problem.conflict(
                    "audit_running",
                    "An audit is running",
                    "an audit of the tenant is running",
                    remedy: "wait until `GET /api/v1/vectorization/audits` shows it finished"
                )
            }
            call.logger.info("an audit was started", metadata: ["audit": "\(run.id)", "by": "\(call.actor)"])
            return try call.answer(Body(run), status: .accepted)
        }
    }
}
