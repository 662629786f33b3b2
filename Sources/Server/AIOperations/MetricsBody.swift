import Foundation
import PulseModel
import Store

/// The JSON of `GET /api/v1/ai/metrics`.
struct MetricsBody: Encodable {
    enum CodingKeys: String, CodingKey {
        case from, to, metrics
        case bucketSeconds = "bucket_seconds"
    }

    struct Figures: Encodable {
        var count: Int
        var sum: Double
        var mean: Double
        var min: Double
        var max: Double
        var p50: Double
        var p95: Double

        init(_ figures: MetricFigures) {
            self.count = figures.count
            self.sum = figures.sum
            self.mean = figures.mean
            self.min = figures.minimum
            self.max = figures.maximum
            self.p50 = figures.p50
            self.p95 = figures.p95
        }
    }

    struct Bucket: Encodable {
        var at: Date
        var figures: Figures
    }

    struct Metric: Encodable {
        enum CodingKeys: String, CodingKey {
            case name, unit, figures, buckets
            case lastAt = "last_at"
        }

        var name: String
        var unit: String
        var figures: Figures?
        var lastAt: Date?
        var buckets: [Bucket]?
    }

    var from: Date
    var to: Date
    var bucketSeconds: Int?
    var metrics: [Metric]

    init(_ summaries: [MetricSummary], from: Date, to: Date) {
        self.from = from
        self.to = to
        self.metrics = summaries.map {
            Metric(name: $0.name, unit: $0.unit, figures: Figures($0.figures), lastAt: $0.last, buckets: nil)
        }
    }

    init(_ metric: PerformanceMetric, _ buckets: [MetricBucket], bucket: Int, from: Date, to: Date) {
        self.from = from
        self.to = to
        self.bucketSeconds = bucket
        self.metrics = [
            Metric(
                name: metric.rawValue,
                unit: metric.unit,
                figures: nil,
                lastAt: nil,
                buckets: buckets.map { Bucket(at: $0.start, figures: Figures($0.figures)) }
            )
        ]
    }

    private static let figures = Schema.object(
        .required("count", .count, "Measurements."),
        .required("sum", .number),
        .required("mean", .number),
        .required("min", .number),
        .required("max", .number),
        .required("p50", .number),
        .required("p95", .number)
    ).named("MetricFigures")

    static let schema = Schema.object(
        .required("from", .instant),
        .required("to", .instant),
        .optional("bucket_seconds", .count, "Where a metric was named."),
        .required(
            "metrics",
            .list(
                of: .object(
                    .required("name", .text),
                    .required("unit", .text),
                    .optional("figures", Self.figures, "Over the whole time; where no metric was named."),
                    .optional("last_at", .instant, "When it was measured last."),
                    .optional(
                        "buckets",
                        .list(of: .object(.required("at", .instant, "Where it begins."), .required("figures", Self.figures))),
                        "Where a metric was named; those without a measurement are left out."
                    )
                )
            )
        )
    ).named("AIMetrics")
}
