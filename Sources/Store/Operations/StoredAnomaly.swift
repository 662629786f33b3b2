public import Foundation
import Postgres
import PulseModel

/// An anomaly as its row says it.
public struct StoredAnomaly: Sendable, Equatable {
    public enum Status: String, Sendable, CaseIterable, Codable {
        case open
        case acknowledged
        case resolved
    }

    public var id: Int
    public var metric: String
    /// The labels of the series, as text; empty where the metric has one series.
    public var series: String
    public var unit: String
    /// `throughput_drop`, `latency_rise`, `failure_rise`, `cost_rise`.
    public var type: String
    public var value: Double
    public var baseline: Double
    /// How far the usual values lie from the baseline.
    public var band: Double
    /// In the bad direction, as a share of the baseline: 0.4 is 40 % beyond.
    public var deviation: Double
    /// Measurements that the baseline was taken from.
    public var samples: Int
    /// `low`, `medium`, `high` or `critical`.
    public var severity: String
    public var worst: String
    public var run: UUID?
    public var status: Status
    public var openedAt: Date
    public var changedAt: Date
    public var acknowledgedBy: String?
    public var acknowledgedAt: Date?
    public var resolvedBy: String?
    public var resolvedAt: Date?
    public var note: String?

    static let columns = """
        id, metric, series, unit, type, value, baseline, band, deviation, samples, severity, worst, run, status, opened_at, changed_at,
        acknowledged_by, acknowledged_at, resolved_by, resolved_at, note
        """

    init(_ row: PostgresRow) throws {
        self.id = try row.decode("id")
        self.metric = try row.decode("metric")
        self.series = try row.decode("series")
        self.unit = try row.decode("unit")
        self.type = try row.decode("type")
        self.value = try row.decode("value")
        self.baseline = try row.decode("baseline")
        self.band = try row.decode("band")
        self.deviation = try row.decode("deviation")
        self.samples = try row.decode("samples")
        self.severity = try row.decode("severity")
        self.worst = try row.decode("worst")
        self.run = try row.decode("run")
        self.status = Status(rawValue: try row.decode("status")) ?? .open
        self.openedAt = try row.decode("opened_at")
        self.changedAt = try row.decode("changed_at")
        self.acknowledgedBy = try row.decode("acknowledged_by")
        self.acknowledgedAt = try row.decode("acknowledged_at")
        self.resolvedBy = try row.decode("resolved_by")
        self.resolvedAt = try row.decode("resolved_at")
        self.note = try row.decode("note")
    }

    /// For a person, one line.
    public var message: String {
        let percent = Int((self.deviation * 100).rounded())
        let side = self.value < self.baseline ? "below" : "above"
        let which = self.series.isEmpty ? "" : " (\(self.series))"
        let unit = self.unit == "1" ? "" : " \(self.unit)"
        return "\(self.metric)\(which) is \(Self.number(self.value))\(unit), \(percent) % \(side) the usual "
            + "\(Self.number(self.baseline))\(unit)"
    }

    /// Three digits that matter.
    private static func number(_ value: Double) -> String { String(format: "%.3g", value) }

    var alert: ProgressAlert {
        ProgressAlert(
            id: self.id,
            metric: self.metric,
            severity: self.severity,
            type: self.type,
            status: self.status.rawValue,
            message: self.message,
            at: self.openedAt
        )
    }
}

/// What a look at one series of a metric found.
public struct AnomalyFinding: Sendable, Equatable {
    public var metric: String
    public var series: String
    public var unit: String
    public var type: String
    public var value: Double
    public var baseline: Double
    public var band: Double
    public var deviation: Double
    public var samples: Int
    public var severity: String
    /// In which it was seen.
    public var run: UUID?

    public init(
        metric: String,
        series: String,
        unit: String,
        type: String,
        value: Double,
        baseline: Double,
        band: Double,
        deviation: Double,
        samples: Int,
        severity: String,
        run: UUID?
    ) {
        self.metric = metric
        self.series = series
        self.unit = unit
        self.type = type
        self.value = value
        self.baseline = baseline
        self.band = band
        self.deviation = deviation
        self.samples = samples
        self.severity = severity
        self.run = run
    }
}

/// One measurement of a series that is watched.
public struct SeriesSample: Sendable, Equatable {
    public var value: Double
    public var at: Date
    public var labels: [String: String]
    public var run: UUID?
}
