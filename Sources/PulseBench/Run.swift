import ArgumentParser
import Foundation

/// Runs benchmarks and prints what they found.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run benchmarks.",
        discussion:
            "PULSE_DATABASE_URL and PULSE_QDRANT_URL name the servers; the benchmarks make a database and collections of their own."
    )

    enum Benchmark: String, CaseIterable, ExpressibleByArgument {
        case parse, embed, upsert, queue, vectorize
        case serve
        case etl
    }

    @Argument(help: "Which; all of them where none is named: \(Benchmark.allCases.map(\.rawValue).joined(separator: ", ")).")
    var benchmarks: [Benchmark] = []

    @Option(help: "Write the figures to this file, as JSON.")
    var json: String?

    @Option(help: "Rows that wait in the queue's large measurement.")
    var backlog = 5_000_000

    @Option(help: "Rows of one vectorization, 30000 where none are named, and of one extraction, 100000.")
    var rows: Int?

    func validate() throws {
        guard self.backlog >= 10_000 else { throw ValidationError("--backlog is \(self.backlog); it must be 10000 or more") }
        if let rows, rows < 2_000 { throw ValidationError("--rows is \(rows); it must be 2000 or more") }
    }

    func run() async throws {
        BLASProcessor.name()
        var report = BenchReport()
        for benchmark in Benchmark.allCases where self.benchmarks.isEmpty || self.benchmarks.contains(benchmark) {
            let figures: [Figure] =
                switch benchmark {
                case .parse: try ParseBenchmark().run()
                case .embed: try await EmbedBenchmark().run()
                case .upsert: try await UpsertBenchmark().run()
                case .queue: try await QueueBenchmark(backlog: self.backlog).run()
                case .vectorize: try await VectorizeBenchmark(rows: self.rows ?? VectorizeBenchmark.usualRows).run()
                case .serve: try await ServeBenchmark().run()
                case .etl: try await ETLBenchmark(rows: self.rows ?? 100_000).run()
                }
            report.add(benchmark.rawValue, figures)
        }
        if let json { try report.write(to: json) }
    }
}
