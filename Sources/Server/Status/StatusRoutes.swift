import Hummingbird
import PulseModel
import Store

/// How far the tenant is indexed.
struct StatusRoutes: RouteSet {
    let store: Store

    var routes: [Route] {
        [
            Route(
                .get,
                "/api/v1/status",
                id: "status",
                access: .viewer,
                tag: .vectorization,
                summary: "Rows, ledger and queue, table by table",
                answers: [.ok(StatusBody.schema, "How far the tenant is indexed.")]
            ) { call in
                let principal = try call.principal
                let space = try await self.store.liveSpace(tenant: principal.tenant)
                return try call.answer(
                    StatusBody(
                        tenant: principal.tenantName,
                        space: space,
                        // Before the first vectorization there is no space, and no ledger of the empty name.
                        counts: try await self.store.tableCounts(tenant: principal.tenant, space: space?.space ?? ""),
                        backlog: try await self.store.backlog(tenant: principal.tenant)
                    )
                )
            }
        ]
    }
}

extension StatusBody {
    static let schema = Schema.object(
        .required("tenant", .text),
        .optional(
            "space",
            .object(.required("space", .text), .required("provider", .text), .required("collection", .text)),
            "The live vector space; absent before the first vectorization."
        ),
        .required(
            "tables",
            .list(
                of: .object(
                    .required("table", .choice(of: EntityTable.self)),
                    .required("source", .choice(of: SourceKind.self)),
                    .required("rows", .count),
                    .required("ledger_entities", .count),
                    .required("ledger_points", .count),
                    .required("waiting", .count),
                    .required("failed", .count)
                )
            )
        ),
        .required(
            "backlog",
            .object(
                .required("pending", .count),
                .required("processing", .count),
                .optional("next_at", .instant, "When the next row can be taken up.")
            )
        )
    ).named("Status")
}
