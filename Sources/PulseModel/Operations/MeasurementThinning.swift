/// Makes few measurements of many that were taken within seconds, so that a busy tenant does not write a row for every batch.
public enum MeasurementThinning {
    /// Of each series that does not add up.
    public static let samples = 4

    /// Counters become their sum, exactly. Of other series at most ``samples`` stay, drawn at random, so that medians and
    /// percentiles of what is kept are those of what was measured.
    public static func thin(
        _ measurements: [PerformanceMeasurement],
        using generator: inout some RandomNumberGenerator
    ) -> [PerformanceMeasurement] {
        var order: [Key] = []
        var groups: [Key: [PerformanceMeasurement]] = [:]
        for measurement in measurements {
            let key = Key(measurement)
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(measurement)
        }
        return order.flatMap { key -> [PerformanceMeasurement] in
            let group = groups[key] ?? []
            guard group.count > 1 else { return group }
            if group[0].metric?.isCounter == true {
                var sum = group[group.count - 1]
                sum.value = group.reduce(0) { $0 + $1.value }
                return [sum]
            }
            guard group.count > Self.samples else { return group }
            return group.indices.shuffled(using: &generator).prefix(Self.samples).sorted().map { group[$0] }
        }
    }

    private struct Key: Hashable {
        var name: String
        var service: String
        var run: String
        var labels: [String: String]

        init(_ measurement: PerformanceMeasurement) {
            self.name = measurement.name
            self.service = measurement.service
            self.run = measurement.run?.uuidString ?? ""
            self.labels = measurement.labels
        }
    }
}
