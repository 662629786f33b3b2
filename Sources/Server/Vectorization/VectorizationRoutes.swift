import Foundation
import Hummingbird
import Logging
import PulseModel
import Store

/// The queue before the index: what waits, what was given up, and the way back for it.
struct VectorizationRoutes: RouteSet {
    let store: Store

    var routes: [Route] { [self.queue, self.failures, self.requeue] }

    private var queue: Route {
        Route(
            .get,
            "/api/v1/vectorization/queue",
            id: "getQueue",
            access: .viewer,
            tag: .vectorization,
            summary: "What waits to be indexed, by table and status, and how fast it goes",
            details: "Rows that have failed and wait for their next try are among the pending; `waiting` says why they do.",
            answers: [.ok(QueueBody.schema, "The queue.")]
        ) { call in
            let tenant = try call.tenant
            return try call.answer(
                QueueBody(
                    try await self.store.queueCounts(tenant: tenant),
                    backlog: try await self.store.backlog(tenant: tenant),
                    rate: try await self.store.vectorizationRate(tenant: tenant),
                    delays: try await self.store.delays(tenant: tenant)
                )
            )
        }
    }

    private var failures: Route {
        Route(
            .get,
            "/api/v1/vectorization/failures",
            id: "listFailures",
            access: .viewer,
            tag: .vectorization,
            summary: "Rows that were given up, with the reason, the newest first",
            details: "Rows that have failed and are tried again are in `waiting` of `GET /api/v1/vectorization/queue`.",
            parameters: [
                .query("table", .choice(of: EntityTable.self), "Only rows of this table."),
                .query("kind", .choice(of: FailureKind.self), "Only rows that failed so."),
                .limit(1...1_000, default: 100), .cursor,
            ],
            answers: [.ok(.page("failures", of: FailureBody.schema), "The rows.")]
        ) { call in
            let limit = call.integer("limit") ?? 100
            let letters = try await self.store.deadLetters(
                tenant: try call.tenant,
                table: call.choice("table"),
                kind: call.choice("kind"),
                after: try call.cursor(2).map { values in
                    guard let at = Int(values[0]), let id = Int(values[1]) else { throw Problem.unknownCursor }
                    return DeadLetter.Position(microseconds: at, id: id)
                },
                limit: limit + 1
            )
            return try call.answer(
                PageBody(
                    "failures",
                    letters,
                    limit: limit,
                    cursor: { PageCursor(String($0.position.microseconds), String($0.position.id)) },
                    FailureBody.init
                )
            )
        }
    }

    private var requeue: Route {
        Route(
            .post,
            "/api/v1/vectorization/requeue",
            id: "requeue",
            access: .operator,
            tag: .vectorization,
            summary: "Send rows that were given up back into the queue, and have those tried now that wait after a failure",
            body: .json(
                .object(
                    .optional("table", .choice(of: EntityTable.self), "Only rows of this table."),
                    .optional("kind", .choice(of: FailureKind.self), "Only rows that failed so.")
                ),
                isRequired: false
            ),
            answers: [
                .ok(
                    .object(
                        .required("requeued", .count, "Rows that went back."),
                        .required("hastened", .count, "Rows that waited for their next try, and wait no longer.")
                    ),
                    "How many there were."
                )
            ]
        ) { call in
            let fields = try call.body(RequeueFields.self, emptyIs: RequeueFields())
            let tenant = try call.tenant
            let count = try await self.store.requeue(tenant: tenant, table: fields.table, kind: fields.kind)
            let hastened = try await self.store.hasten(
                tenant: tenant,
                table: fields.table,
                kinds: fields.kind.map { [$0] } ?? FailureKind.allCases
            )
            call.logger.info(
                "given-up rows were requeued",
                metadata: ["rows": "\(count)", "hastened": "\(hastened)", "by": "\(call.actor)"]
            )
            return try call.answer(["requeued": count, "hastened": hastened])
        }
    }
}

extension FailureBody {
    static let schema = Schema.object(
        .required("table", .text),
        .required("external_id", .text),
        .optional("kind", .text),
        .optional("reason", .text, "What happened and what to do."),
        .required("attempts", .count),
        .optional("last_attempt", .instant)
    ).named("Failure")
}
