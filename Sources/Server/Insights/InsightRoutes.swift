import Foundation
import Hummingbird
import Insights
import Store

/// Flow, delivery and team metrics, each with its definition.
struct InsightRoutes: RouteSet {
    let insights: InsightService

    private static let usualWindow: TimeInterval = 30 * 86_400

    var routes: [Route] { [self.list, self.metric] }

    private var list: Route {
        Route(
            .get,
            "/api/v1/insights",
            id: "listInsights",
            access: .viewer,
            tag: .insights,
            summary: "The metrics that there are, with their definitions",
            answers: [.ok(.object(.required("metrics", .list(of: MetricDefinition.schema))), "The metrics.")]
        ) { call in try call.answer(["metrics": MetricDefinition.all]) }
    }

    private var metric: Route {
        Route(
            .get,
            "/api/v1/insights/{metric}",
            id: "getInsight",
            access: .viewer,
            tag: .insights,
            summary: "One metric over the tenant's issues, pull requests and deployments",
            details: "What it counts stands in the answer. Days, weeks and months are those of UTC.",
            parameters: [
                .path("metric", .choice(of: InsightMetric.self), "The metric."),
                .query("from", .text(.instant), "The window's first moment; thirty days before its end where left out."),
                .query("to", .text(.instant), "The moment after its last; now where left out."),
                .query("by", .choice(of: InsightScope.Grouping.self), "What to group by."),
                .query("period", .choice(of: InsightScope.Period.self), "How to cut time."),
                .query("project", .text(.filled(1...255)), "Only this project's key."),
                .query("repository", .text(.filled(1...255)), "Only this repository, as `owner/name`."),
                .query("team", .text(.filled(1...255)), "Only this team."),
                .query("sprint", .text(.filled(1...255)), "Only this sprint, by its id or name."),
            ],
            answers: [.ok(InsightAnswer.schema, "The metric.")],
            problems: [.unprocessable("The metric cannot be cut or filtered that way; `remedy` says how it can.")]
        ) { call in
            let to = try call.instant("to") ?? Date()
            let scope = InsightScope(
                from: try call.instant("from") ?? to - Self.usualWindow,
                to: to,
                by: call.choice("by") ?? .none,
                period: call.choice("period") ?? .none,
                project: call.text("project"),
                repository: call.text("repository"),
                team: call.text("team"),
                sprint: call.text("sprint")
            )
            guard let metric = call.choice("metric", InsightMetric.self) else { throw Problem.unknownMetric }
            do {
                return try call.answer(try await self.insights.answer(metric, over: scope, tenant: try call.tenant))
            } catch let error as InsightError {
                throw Problem.unprocessable(error.parameter, error.problem, allowed: error.remedy)
            }
        }
    }
}

extension Problem {
    fileprivate static let unknownMetric = Problem.notFound(
        "there is no such metric",
        remedy: "`GET /api/v1/insights` lists those there are"
    )
}

extension MetricDefinition {
    static let schema = Schema.object(
        .required("metric", .choice(of: InsightMetric.self)),
        .required("title", .text),
        .required("definition", .text, "What it counts, in words."),
        .required("counts", .text, "What `count` of its rows counts."),
        .required("figures", .list(of: Self.figure)),
        .required("groupings", .list(of: .choice(of: InsightScope.Grouping.self))),
        .required("takes_periods", .boolean, "Whether it can be cut into days, weeks and months."),
        .required("filters", .list(of: .choice(of: MetricDefinition.Filter.self)))
    ).named("MetricDefinition")

    static let figure = Schema.object(.required("name", .text), .required("unit", .text), .required("meaning", .text))
        .named("MetricFigure")
}

extension InsightAnswer {
    static let schema = Schema.object(
        .required("metric", .choice(of: InsightMetric.self)),
        .required("title", .text),
        .required("definition", .text, "What it counts, in words."),
        .required("counts", .text, "What `count` counts."),
        .required("figures", .list(of: MetricDefinition.figure)),
        .required("from", .instant),
        .required("to", .instant),
        .required("by", .choice(of: InsightScope.Grouping.self)),
        .required("period", .choice(of: InsightScope.Period.self)),
        .optional("project", .text),
        .optional("repository", .text),
        .optional("team", .text),
        .optional("sprint", .text),
        .required(
            "rows",
            .list(
                of: .object(
                    .required("group", .text, "Empty where nothing is grouped."),
                    .optional("period", .text, "The period's first day."),
                    .required("count", .count),
                    .required("values", .map(of: .number), "Figures by name; absent where there is nothing to take one over.")
                )
            )
        )
    ).named("Insight")
}
