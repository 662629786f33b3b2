import Foundation

/// Prints figures as tables, and keeps them for a file.
struct BenchReport {
    private struct Document: Encodable {
        var at: Date
        var processors: Int
        var benchmarks: [String: [Figure]]
    }

    private var benchmarks: [String: [Figure]] = [:]

    mutating func add(_ benchmark: String, _ figures: [Figure]) {
        self.benchmarks[benchmark] = figures
        let header = ["", "figure", "limit", "ratio", "target", "", "runs"]
        let table = [header] + figures.map(Self.row)
        let widths: [Int] = header.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        print("\n\(benchmark)")
        for row in table {
            var line = ""
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                // Figures end beside each other, so that they can be compared.
                line += "  " + (Self.right.contains(column) ? padding + cell : cell + padding)
            }
            print(line)
        }
        fflush(nil)
    }

    /// Columns of numbers.
    private static let right: Set<Int> = [1, 3, 6]

    private static func row(_ figure: Figure) -> [String] {
        let value = "\(Figure.text(figure.value)) \(figure.unit)"
        let limit = figure.limit.map { "\(Figure.text($0)) \(figure.unit) (\(figure.limitName ?? ""))" }
        let ratio = figure.ratio.map { "\(Int(($0 * 100).rounded()))%" }
        let reached = figure.isReached.map { $0 ? "reached" : "not reached" }
        return [
            figure.name, value, limit ?? "", ratio ?? "", figure.target?.text(unit: figure.unit) ?? "", reached ?? "",
            "\(figure.runs)",
        ]
    }

    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        let document = Document(
            at: Date(),
            processors: ProcessInfo.processInfo.activeProcessorCount,
            benchmarks: self.benchmarks
        )
        try encoder.encode(document).write(to: URL(fileURLWithPath: path))
    }
}
