public import CoreMetrics
import Synchronization

/// Collects what the process measures, and writes it in Prometheus' text format (version 0.0.4).
///
/// Series live as long as the process, so labels must be of small, closed sets: never a key, a tenant or an address. As a last
/// defence a name takes no more than a thousand series; what goes beyond is not exported.
public final class PrometheusRegistry: MetricsFactory {
    private struct Family {
        let kind: PrometheusSeries.Kind
        var series: [String: PrometheusSeries] = [:]
    }

    private static let mostSeries = 1_000
    private static let buckets: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
    private let families = Mutex<[String: Family]>([:])

    public init() {}

    // MARK: MetricsFactory

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        self.series(.counter, label, dimensions)
    }

    public func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        self.series(.counter, label, dimensions)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        self.series(.gauge, label, dimensions)
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        self.series(aggregate ? .histogram : .gauge, label, dimensions)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        self.series(.histogram, label.hasSuffix("_seconds") ? label : "\(label)_seconds", dimensions)
    }

    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    private func series(
        _ kind: PrometheusSeries.Kind,
        _ label: String,
        _ dimensions: [(String, String)]
    ) -> PrometheusSeries {
        let name = PrometheusText.name(label)
        let labels = PrometheusText.labels(dimensions)
        return self.families.withLock { families in
            if let found = families[name]?.series[labels] { return found }
            let made = PrometheusSeries(buckets: kind == .histogram ? Self.buckets : [])
            var family = families[name] ?? Family(kind: kind)
            // A name keeps the kind that it was first used with.
            if family.kind == kind, family.series.count < Self.mostSeries {
                family.series[labels] = made
                families[name] = family
            }
            return made
        }
    }

    // MARK: Text

    /// Everything measured so far.
    public func exposition() -> String {
        var text = ""
        for (name, family) in self.families.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                let state = series.state
                guard family.kind == .histogram else {
                    text += "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(PrometheusText.number(state.value))\n"
                    continue
                }
                var running = 0
                let before = labels.isEmpty ? "" : labels + ","
                for (bound, count) in zip(Self.buckets, state.counts) {
                    running += count
                    text += "\(name)_bucket{\(before)le=\"\(PrometheusText.number(bound))\"} \(running)\n"
                }
                text += "\(name)_bucket{\(before)le=\"+Inf\"} \(state.count)\n"
                text += "\(name)_sum\(labels.isEmpty ? "" : "{\(labels)}") \(PrometheusText.number(state.value))\n"
                text += "\(name)_count\(labels.isEmpty ? "" : "{\(labels)}") \(state.count)\n"
            }
        }
        return text
    }
}
