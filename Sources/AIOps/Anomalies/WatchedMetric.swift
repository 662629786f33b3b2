import PulseModel
import Store

/// A metric that anomalies are sought in, and how.
struct WatchedMetric: Sendable {
    /// What of the metric is looked at.
    enum View: Sendable {
        /// Each measurement; the value of now is the median of the newest.
        case samples
        /// Each measurement; the value of now is the mean of the newest: most are 0, and what matters is how many are not.
        case shares
        /// What each hour sums up to; the value of now is the last whole hour's.
        case hours
    }

    var metric: PerformanceMetric
    var type: String
    var rule: AnomalyRule
    var view: View

    static let all: [WatchedMetric] = [
        WatchedMetric(metric: .vectorizationRate, type: "throughput_drop", rule: AnomalyRule(.down), view: .samples),
        WatchedMetric(metric: .embeddingRate, type: "throughput_drop", rule: AnomalyRule(.down), view: .samples),
        WatchedMetric(metric: .embeddingLatency, type: "latency_rise", rule: AnomalyRule(.up), view: .samples),
        WatchedMetric(metric: .qdrantLatency, type: "latency_rise", rule: AnomalyRule(.up), view: .samples),
        WatchedMetric(metric: .searchLatency, type: "latency_rise", rule: AnomalyRule(.up), view: .samples),
        WatchedMetric(metric: .vectorizationFailureRate, type: "failure_rise", rule: AnomalyRule(.up, scale: 1), view: .shares),
        WatchedMetric(metric: .embeddingCost, type: "cost_rise", rule: AnomalyRule(.up), view: .hours),
    ]

    /// The value of now.
    func value(of samples: [SeriesSample]) -> Double {
        switch self.view {
        case .samples, .hours: AnomalyRule.median(samples.map(\.value))
        case .shares: samples.reduce(0) { $0 + $1.value } / Double(max(1, samples.count))
        }
    }

    /// Which series a measurement belongs to; only those of one series are compared.
    static func series(of labels: [String: String]) -> String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
}
