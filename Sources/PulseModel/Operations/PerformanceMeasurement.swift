public import Foundation

/// One measurement of the AI's work.
public struct PerformanceMeasurement: Sendable, Equatable {
    public var name: String
    public var value: Double
    /// `ms`, `tokens`, `rows/s`, `1`.
    public var unit: String
    public var service: String
    public var run: UUID?
    public var at: Date
    public var labels: [String: String]

    public init(
        _ metric: PerformanceMetric,
        _ value: Double,
        service: String,
        run: UUID? = nil,
        at: Date = Date(),
        labels: [String: String] = [:]
    ) {
        self.name = metric.rawValue
        self.value = value
        self.unit = metric.unit
        self.service = service
        self.run = run
        self.at = at
        self.labels = labels
    }

    public var metric: PerformanceMetric? { PerformanceMetric(rawValue: self.name) }
}
