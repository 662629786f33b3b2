import Hummingbird
import Store

/// How good the tenant's data is, by integration, and which records are not.
struct QualityRoutes: RouteSet {
    let store: Store

    var routes: [Route] {
        [
            Route(
                .get,
                "/api/v1/quality",
                id: "getQuality",
                access: .viewer,
                tag: .insights,
                summary: "How good the data of each integration was when it was brought in last",
                details: """
                    Completeness, consistency, accuracy and timeliness, each from 0 to 100, and their mean. Each synchronization ends \
                    with an assessment. Of each rule the first hundred records that break it are named.
                    """,
                parameters: [.query("integration", .text(.plain(1...200)), "Only the integration of this name.")],
                answers: [
                    .ok(.object(.required("integrations", .list(of: QualityBody.schema))), "The newest assessment of each.")
                ]
            ) { call in
                let assessments = try await self.store.dataQuality(tenant: try call.tenant, integration: call.text("integration"))
                return try call.answer(["integrations": assessments.map(QualityBody.init)])
            }
        ]
    }
}

extension QualityBody {
    private static let score = Schema.number.saying("0 to 100.")

    static let schema = Schema.object(
        .required("integration", .text),
        .required("assessed_at", .instant),
        .required("score", Self.score),
        .required("completeness", Self.score),
        .required("consistency", Self.score),
        .required("accuracy", Self.score),
        .required("timeliness", Self.score),
        .required(
            "rules",
            .list(
                of: .object(
                    .required("rule", .text),
                    .required("quality", .choice(of: QualityKind.self)),
                    .required("description", .text, "What should hold."),
                    .required("checked", .count),
                    .required("broken", .count)
                )
            )
        ),
        .required(
            "findings",
            .list(
                of: .object(
                    .required("rule", .text),
                    .required("quality", .choice(of: QualityKind.self)),
                    .required("table", .text),
                    .required("external_id", .text),
                    .required("reason", .text)
                )
            )
        )
    ).named("DataQuality")
}
