public import Foundation
import Postgres

/// What many measurements of one metric come to.
///
/// Of hours that are older than the measurements are kept, percentiles over several hours are the means of the hours' own, weighted
/// by their counts.
public struct MetricFigures: Sendable, Equatable {
    public var count: Int
    public var sum: Double
    public var minimum: Double
    public var maximum: Double
    public var p50: Double
    public var p95: Double

    public var mean: Double { self.count > 0 ? self.sum / Double(self.count) : 0 }

    init(_ row: PostgresRow) throws {
        self.count = try row.decode("count")
        self.sum = try row.decode("sum")
        self.minimum = try row.decode("minimum")
        self.maximum = try row.decode("maximum")
        self.p50 = try row.decode("p50")
        self.p95 = try row.decode("p95")
    }
}

/// One metric over a time.
public struct MetricSummary: Sendable, Equatable {
    public var name: String
    public var unit: String
    public var figures: MetricFigures
    /// When it was measured last.
    public var last: Date
}

/// One metric over one part of a time.
public struct MetricBucket: Sendable, Equatable {
    public var start: Date
    public var unit: String
    public var figures: MetricFigures
}
