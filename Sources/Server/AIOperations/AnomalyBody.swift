import Foundation
public import Store

/// One anomaly in the JSON of `GET /api/v1/ai/anomalies`, and of `pulse ai anomalies --json`.
public struct AnomalyBody: Encodable {
    enum CodingKeys: String, CodingKey {
        case id, metric, series, unit, type, severity, worst, status, value, baseline, band, deviation, samples, message, note
        case runID = "run_id"
        case openedAt = "opened_at"
        case changedAt = "changed_at"
        case acknowledgedBy = "acknowledged_by"
        case acknowledgedAt = "acknowledged_at"
        case resolvedBy = "resolved_by"
        case resolvedAt = "resolved_at"
    }

    var id: Int
    var metric: String
    var series: String?
    var unit: String
    var type: String
    var severity: String
    var worst: String
    var status: String
    var value: Double
    var baseline: Double
    var band: Double
    var deviation: Double
    var samples: Int
    var message: String
    var runID: String?
    var openedAt: Date
    var changedAt: Date
    var acknowledgedBy: String?
    var acknowledgedAt: Date?
    var resolvedBy: String?
    var resolvedAt: Date?
    var note: String?

    public init(_ anomaly: StoredAnomaly) {
        self.id = anomaly.id
        self.metric = anomaly.metric
        self.series = anomaly.series.isEmpty ? nil : anomaly.series
        self.unit = anomaly.unit
        self.type = anomaly.type
        self.severity = anomaly.severity
        self.worst = anomaly.worst
        self.status = anomaly.status.rawValue
        self.value = anomaly.value
        self.baseline = anomaly.baseline
        self.band = anomaly.band
        self.deviation = anomaly.deviation
        self.samples = anomaly.samples
        self.message = anomaly.message
        self.runID = anomaly.run.map { $0.uuidString.lowercased() }
        self.openedAt = anomaly.openedAt
        self.changedAt = anomaly.changedAt
        self.acknowledgedBy = anomaly.acknowledgedBy
        self.acknowledgedAt = anomaly.acknowledgedAt
        self.resolvedBy = anomaly.resolvedBy
        self.resolvedAt = anomaly.resolvedAt
        self.note = anomaly.note
    }

    private static let severities = Schema.choice(["low", "medium", "high", "critical"])

    static let schema = Schema.object(
        .required("id", .count),
        .required("metric", .text),
        .optional("series", .text, "Which of the metric's series: its labels."),
        .required("unit", .text),
        .required("type", .choice(["throughput_drop", "latency_rise", "failure_rise", "cost_rise"])),
        .required("severity", Self.severities, "10, 20, 40 and 70 % beyond the baseline are low, medium, high and critical."),
        .required("worst", Self.severities, "The gravest that it had."),
        .required("status", .choice(of: StoredAnomaly.Status.self)),
        .required("value", .number),
        .required("baseline", .number, "The median of what was measured before."),
        .required("band", .number, "How far from the baseline values lie that are usual."),
        .required("deviation", .number, "In the bad direction, as a share of the baseline: 0.4 is 40 % beyond."),
        .required("samples", .count, "Measurements that the baseline was taken from."),
        .required("message", .text, "For a person, one line."),
        .optional("run_id", .uuid),
        .required("opened_at", .instant),
        .required("changed_at", .instant),
        .optional("acknowledged_by", .text),
        .optional("acknowledged_at", .instant),
        .optional("resolved_by", .text),
        .optional("resolved_at", .instant),
        .optional("note", .text)
    ).named("Anomaly")
}
