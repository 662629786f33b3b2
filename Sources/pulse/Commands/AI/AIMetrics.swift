import ArgumentParser
import Foundation
import PulseModel
import Store

extension AICommand {
    struct Metrics: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what was measured: all metrics over a time, or one of them in time buckets.",
            discussion: "The metrics: \(PerformanceMetric.allCases.map(\.rawValue).joined(separator: ", "))."
        )

        @Argument(help: "The metric to show in time buckets (default: all, summed up).")
        var name: String?

        @OptionGroup var tenant: TenantOption

        @OptionGroup var times: TimeRangeOptions

        @Option(help: "Bucket length in seconds (default: about 24 buckets).")
        var bucket: Int?

        @Option(help: "Only measurements with this label, as provider:on-device; may be given several times.")
        var label: [String] = []

        @Flag(help: "Print JSON.")
        var json = false

        private struct Output: Encodable {
            var name: String
            var unit: String
            var at: Date?
            var lastAt: Date?
            var count: Int
            var sum: Double
            var mean: Double
            var min: Double
            var max: Double
            var p50: Double
            var p95: Double

            init(_ name: String, unit: String, at: Date? = nil, last: Date? = nil, _ figures: MetricFigures) {
                self.name = name
                self.unit = unit
                self.at = at
                self.lastAt = last
                self.count = figures.count
                self.sum = figures.sum
                self.mean = figures.mean
                self.min = figures.minimum
                self.max = figures.maximum
                self.p50 = figures.p50
                self.p95 = figures.p95
            }
        }

        func validate() throws {
            _ = try self.times.range()
            if let name, PerformanceMetric(rawValue: name) == nil {
                throw ValidationError(
                    "there is no metric \(name); the metrics are \(PerformanceMetric.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            if let bucket, !(1...2_678_400).contains(bucket) {
                throw ValidationError("--bucket is \(bucket); give 1 to 2678400 seconds")
            }
            _ = try self.labels
        }

        private var labels: [String: String] {
            get throws {
                var labels: [String: String] = [:]
                for text in self.label {
                    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
                    guard parts.count == 2 else {
                        throw ValidationError("--label is \(text); give name:value, as provider:on-device")
                    }
                    labels[parts[0]] = parts[1]
                }
                return labels
            }
        }

        func run() async throws {
            let (from, to) = try self.times.range()
            try await Context.run { context in
                let tenant = try await self.tenant.find(in: context.store)
                var outputs: [Output]
                if let metric = self.name.flatMap(PerformanceMetric.init) {
                    let bucket = self.bucket ?? max(1, Int((to.timeIntervalSince(from) / 24).rounded(.up)))
                    guard to.timeIntervalSince(from) / Double(bucket) <= 10_000 else {
                        throw Failure("there would be more than 10000 buckets; give a longer --bucket or a shorter time")
                    }
                    outputs = try await context.store.metricBuckets(
                        tenant: tenant.id,
                        name: metric.rawValue,
                        from: from,
                        to: to,
                        bucket: bucket,
                        labels: try self.labels
                    ).map { Output(metric.rawValue, unit: metric.unit, at: $0.start, $0.figures) }
                } else {
                    outputs = try await context.store.metricSummaries(tenant: tenant.id, from: from, to: to).map {
                        Output($0.name, unit: $0.unit, last: $0.last, $0.figures)
                    }
                }
                if self.json { return try Terminal.printJSON(outputs) }
                if outputs.isEmpty { return print("Nothing was measured in this time.") }
                Self.table(outputs).print()
            }
        }

        private static func table(_ outputs: [Output]) -> Table {
            let isSeries = outputs.contains { $0.at != nil }
            var table = Table([
                .init(isSeries ? "from" : "metric"), .init("unit"), .init("count", .right), .init("p50", .right),
                .init("p95", .right),
                .init("mean", .right), .init("max", .right), .init("sum", .right),
            ])
            for output in outputs {
                table.add([
                    isSeries ? AICommand.time(output.at) : output.name, output.unit, Terminal.count(output.count),
                    AICommand.figure(output.p50), AICommand.figure(output.p95), AICommand.figure(output.mean),
                    AICommand.figure(output.max), AICommand.figure(output.sum),
                ])
            }
            return table
        }
    }
}
