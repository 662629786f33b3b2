import Hummingbird

/// `GET /health` and `GET /ready`, for load balancers: no key is asked for.
struct ReadinessRoutes: RouteSet {
    let readiness: CachedReadiness
    let stopping: Stopping

    var routes: [Route] {
        [
            Route(
                .get,
                "/health",
                id: "health",
                access: .anyone,
                tag: .service,
                summary: "Whether the process lives",
                answers: [.ok(.object(.required("status", .choice(["ok"]))), "It does.")]
            ) { call in
                try call.answer(["status": "ok"])
            },
            Route(
                .get,
                "/ready",
                id: "ready",
                access: .anyone,
                tag: .service,
                summary: "Whether the process can answer requests",
                details: "For load balancers: false as soon as the process is told to stop, while it still answers.",
                answers: [
                    .ok(Self.schema, "All parts answer."),
                    RouteAnswer(
                        status: .serviceUnavailable,
                        note: "A part is away, or the process is stopping.",
                        content: .json(Self.schema)
                    ),
                ]
            ) { call in
                let checks =
                    self.stopping.hasBegun
                    ? [ReadinessCheck(name: "process", reason: "it is stopping")] : await self.readiness.current()
                let isReady = checks.allSatisfy(\.isReady)
                return try call.answer(
                    Answer(
                        ready: isReady,
                        checks: checks.map { Answer.Check(name: $0.name, ready: $0.isReady, reason: $0.reason) }
                    ),
                    status: isReady ? .ok : .serviceUnavailable
                )
            },
        ]
    }

    private static let schema = Schema.object(
        .required("ready", .boolean),
        .required(
            "checks",
            .list(
                of: .object(
                    .required("name", .text),
                    .required("ready", .boolean),
                    .optional("reason", .text, "Why not.")
                )
            )
        )
    ).named("Readiness")

    private struct Answer: Encodable {
        struct Check: Encodable {
            var name: String
            var ready: Bool
            var reason: String?
        }

        var ready: Bool
        var checks: [Check]
    }
}
