import AIOps
import Foundation
import Hummingbird
import Logging
import PulseModel
import Store

/// What is measured of the AI's work, what is out of the ordinary, what failed before and what helped.
struct AIOperationsRoutes: RouteSet {
    let store: Store
    let memory: LearningMemory

    var routes: [Route] { [self.metrics, self.anomalies, self.acknowledge, self.remembered, self.suggestions] }

    /// Parts of a time that one answer may hold.
    private static let mostBuckets = 2_000

    private var metrics: Route {
        Route(
            .get,
            "/api/v1/ai/metrics",
            id: "listAIMetrics",
            access: .viewer,
            tag: .aiOperations,
            summary: "What was measured of embedding, queue, Qdrant and search between two times",
            details: """
                Without `name`, each metric summed up over the whole time; with it, that metric in buckets. Older measurements are \
                kept as one figure an hour; percentiles over several such hours are the means of the hours' own.
                """,
            parameters: [
                .query("name", .choice(of: PerformanceMetric.self), "Only this metric, in buckets."),
                .query("from", .text(.instant), "From then on; 24 hours before `to` where left out."),
                .query("to", .text(.instant), "Until before then; now where left out."),
                .query(
                    "bucket",
                    .integer(1...2_678_400),
                    "Seconds of a bucket; where left out, so many that there are about 60."
                ),
                .queries(
                    "label",
                    .text(
                        TextRule(
                            pattern: "^[a-z_]{1,40}:[^\\u0000]{1,100}$",
                            allowed: "give a label's name and value, as provider:on-device"
                        ) { MetricLabels.read($0) != nil }
                    ),
                    count: 8,
                    "Only measurements with this label, as `provider:on-device`; of several with all of them, each name once."
                ),
            ],
            answers: [.ok(MetricsBody.schema, "The figures.")],
            problems: [
                .unprocessable(
                    "`from` is not before `to`, a label's name is given twice, or there would be more than \(Self.mostBuckets) buckets."
                )
            ]
        ) { call in
            let labels = try MetricLabels.all(call.texts("label"))
            let to = try call.instant("to") ?? Date()
            let from = try call.instant("from") ?? to.addingTimeInterval(-86_400)
            guard from < to else {
                throw Problem.unprocessable("from", "it is not before `to`", allowed: "give a time before `to`")
            }
            let tenant = try call.tenant
            guard let name: PerformanceMetric = call.choice("name") else {
                let summaries = try await self.store.metricSummaries(tenant: tenant, from: from, to: to)
                return try call.answer(MetricsBody(summaries, from: from, to: to))
            }
            let seconds = to.timeIntervalSince(from)
            let bucket = call.integer("bucket") ?? MetricBuckets.seconds(for: seconds)
            guard seconds / Double(bucket) <= Double(Self.mostBuckets) else {
                throw Problem.unprocessable(
                    "bucket",
                    "there would be \(Int(min(seconds / Double(bucket), 1e12))) buckets",
                    allowed: "give longer buckets or a shorter time: at most \(Self.mostBuckets)"
                )
            }
            let buckets = try await self.store.metricBuckets(
                tenant: tenant,
                name: name.rawValue,
                from: from,
                to: to,
                bucket: bucket,
                labels: labels
            )
            return try call.answer(MetricsBody(name, buckets, bucket: bucket, from: from, to: to))
        }
    }

    private var anomalies: Route {
        Route(
            .get,
            "/api/v1/ai/anomalies",
            id: "listAnomalies",
            access: .viewer,
            tag: .aiOperations,
            summary: "Metrics that are, or were, out of the ordinary, the newest first",
            parameters: [
                .queries("status", .choice(of: StoredAnomaly.Status.self), count: 3, "Only these; all where left out."),
                .limit(), .cursor,
            ],
            answers: [.ok(.page("anomalies", of: AnomalyBody.schema), "The anomalies.")]
        ) { call in
            let limit = call.integer("limit") ?? 50
            let statuses = call.texts("status").compactMap(StoredAnomaly.Status.init(rawValue:))
            let anomalies = try await self.store.anomalies(
                tenant: try call.tenant,
                statuses: statuses.isEmpty ? nil : statuses,
                before: try call.cursor(1).map { values in
                    guard let id = Int(values[0]) else { throw Problem.unknownCursor }
                    return id
                },
                limit: limit + 1
            )
            return try call.answer(
                PageBody("anomalies", anomalies, limit: limit, cursor: { PageCursor(String($0.id)) }, AnomalyBody.init)
            )
        }
    }

    private var acknowledge: Route {
        Route(
            .post,
            "/api/v1/ai/anomalies/{anomaly_id}/acknowledge",
            id: "acknowledgeAnomaly",
            access: .operator,
            tag: .aiOperations,
            summary: "Say that somebody knows of an anomaly",
            details: "It ends by itself when the metric has recovered. Who acknowledged it first stays on record.",
            parameters: [.path("anomaly_id", .integer(1...Int.max), "The anomaly.")],
            body: .json(.object(.optional("note", .text(.plain(0...500)), "For the record.")), isRequired: false),
            answers: [.ok(AnomalyBody.schema, "The anomaly as it stands now.")],
            problems: [
                .notFound("The tenant has no such anomaly."), .conflict("The anomaly is over already."),
            ]
        ) { call in
            let note = try call.body(AcknowledgeFields.self, emptyIs: AcknowledgeFields()).note
            let anomaly = try await self.store.acknowledgeAnomaly(
                Int(call.path("anomaly_id")) ?? 0,
                tenant: try call.tenant,
                by: call.actor,
                note: note
            )
            guard let anomaly else {
                throw Problem.notFound("there is no such anomaly", remedy: "`GET /api/v1/ai/anomalies` lists them")
            }
            guard anomaly.status != .resolved else { throw Problem.anomalyIsOver }
            call.logger.info("an anomaly was acknowledged", metadata: ["anomaly": "\(anomaly.id)", "by": "\(call.actor)"])
            return try call.answer(AnomalyBody(anomaly))
        }
    }

    private var remembered: Route {
        Route(
            .get,
            "/api/v1/ai/memory",
            id: "listRememberedFailures",
            access: .viewer,
            tag: .aiOperations,
            summary: "What has failed, once for each cause, with what was tried and what ended it; the newest first",
            parameters: [
                .query("error_type", .text(.plain(1...100)), "Only failures of this kind."),
                .query("open", .boolean, "Only those that are not over, or only those that are."), .limit(), .cursor,
            ],
            answers: [.ok(.page("failures", of: RememberedFailureBody.schema), "The failures.")]
        ) { call in
            let limit = call.integer("limit") ?? 50
            let failures = try await self.store.rememberedFailures(
                tenant: try call.tenant,
                errorType: call.text("error_type"),
                isOpen: call.text("open").map { $0 == "true" },
                before: try call.cursor(2).map { values in
                    guard let at = Int(values[0]), Self.instants.contains(at), let id = Int(values[1]) else {
                        throw Problem.unknownCursor
                    }
                    return (Date(timeIntervalSinceReferenceDate: Double(at) / 1e6), id)
                },
                limit: limit + 1
            )
            return try call.answer(
                PageBody("failures", failures, limit: limit, cursor: Self.cursor, RememberedFailureBody.init)
            )
        }
    }

    /// Microseconds from 2001 that a cursor may name: three hundred years to either side.
    private static let instants = -9_467_280_000_000_000...9_467_280_000_000_000

    private static func cursor(of failure: RememberedFailure) -> PageCursor {
        PageCursor(String(Int((failure.lastSeenAt.timeIntervalSinceReferenceDate * 1e6).rounded())), String(failure.id))
    }

    private var suggestions: Route {
        Route(
            .post,
            "/api/v1/ai/suggestions",
            id: "suggestRecovery",
            access: .viewer,
            tag: .aiOperations,
            summary: "How a failure is best met, from what became of failures like it",
            body: .json(
                .object(
                    .required("error", .text(.filled(1...4_000)), "The failure's text."),
                    .optional("error_type", .text(.plain(1...100)), "Its kind, as `timeout` or `rate_limited`."),
                    .optional("service", .text(.plain(1...100)), "Who failed: a job, a provider."),
                    .optional("limit", .integer(1...50), "Similar failures in the answer; 5 where left out.")
                )
            ),
            answers: [.ok(SuggestionBody.schema, "The suggestion.")]
        ) { call in
            let fields = try call.body(SuggestionFields.self)
            let suggestion = try await self.memory.suggest(
                errorType: fields.errorType,
                service: fields.service,
                issue: fields.error,
                tenant: try call.tenant,
                limit: fields.limit ?? 5
            )
            return try call.answer(SuggestionBody(suggestion))
        }
    }
}

extension Problem {
    static let anomalyIsOver = Problem(
        status: .conflict,
        code: "anomaly_resolved",
        title: "The anomaly is over",
        detail: "it was resolved before anybody acknowledged it",
        remedy: "there is nothing to do; `GET /api/v1/ai/anomalies?status=open` lists those that are not over"
    )
}
