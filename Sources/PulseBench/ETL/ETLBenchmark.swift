import Foundation
import PulseModel
import TestSupport

/// A first synchronization of GitHub and Jira and a second one with nothing new, sources, Pulse and PostgreSQL on this machine; beside
/// the same rows written by COPY.
struct ETLBenchmark {
    /// Entity rows of the sources at scale 1, nearly.
    private static let rowsOfScale = 1_050
    private static let manyRows = 100_000
    /// Memory is compared with what it was after so many.
    private static let fewRows = 10_000

    /// Entity rows to extract.
    var rows: Int

    private var rounds: Int { self.rows > Self.manyRows ? 1 : 3 }

    private struct Round {
        var rows: Int
        var first: Extraction.Outcome
        var second: Extraction.Outcome
        /// Before the first synchronization, after it, and after the second.
        var costs: [SourceCosts]
        var copy: Double
    }

    func run() async throws -> [Figure] {
        let scale = max(1, (self.rows + Self.rowsOfScale / 2) / Self.rowsOfScale)
        let sources = try Child(["sources", "--scale", "\(scale)"])
        defer { sources.stop() }
        guard let port = Int(try sources.firstLine()) else { throw BenchError("the played sources give no port") }
        var rounds: [Round] = []
        for _ in 0..<self.rounds { rounds.append(try await self.round(port: port)) }
        return self.figures(of: rounds)
    }

    private func round(port: Int) async throws -> Round {
        try await TestDatabase.with { database in
            let tenant = try await database.tenant("bench")
            var costs = [try SourceCosts.now(port: port)]
            func extract() throws -> Extraction.Outcome {
                let child = try Child([
                    "extraction", "--database", database.url, "--port", "\(port)", "--tenant", tenant.id.uuidString, "--github",
                    tenant.github.uuidString, "--jira", tenant.jira.uuidString,
                ])
                let outcome = try JSONDecoder().decode(Extraction.Outcome.self, from: try child.finish())
                costs.append(try SourceCosts.now(port: port))
                return outcome
            }
            let first = try extract()
            var rows = 0
            for table in EntityTable.allCases { rows += try await database.count("SELECT count(*) FROM \(table.rawValue)") }
            let second = try extract()
            let queued = try await database.count("SELECT count(*) FROM vectorization_queue")
            guard queued == rows else { throw BenchError("\(queued) rows are queued, not \(rows)") }
            return Round(
                rows: rows,
                first: first,
                second: second,
                costs: costs,
                copy: try await CopiedTables.seconds(of: database)
            )
        }
    }

    private func figures(of rounds: [Round]) -> [Figure] {
        guard let last = rounds.last else { return [] }
        func median(_ value: (Round) -> Double) -> Double { Measure.median(rounds.map(value)) }
        let (pulls, issues) = (Double(last.costs[1].counts.pulls), Double(last.costs[1].counts.issues))
        func spent(_ value: (SourceCosts) -> Int, _ place: Int) -> Double {
            Double(value(last.costs[place]) - value(last.costs[place - 1]))
        }
        let memory = last.first.memory
        let peak = Double(memory.map(\.kilobytes).max() ?? 0) / 1e3
        let early = Double(memory.filter { $0.rows <= Self.fewRows }.map(\.kilobytes).max() ?? 0) / 1e3
        return [
            Figure(
                "GitHub, first: requests per pull request",
                spent(\.github, 1) / pulls,
                "requests",
                target: .atMost(0.1),
                runs: 1
            ),
            Figure("GraphQL's points per pull request", spent(\.graphPoints, 1) / pulls, "points", target: .atMost(0.3), runs: 1),
            Figure(
                "Jira, first: requests per issue, histories whole",
                spent(\.jira, 1) / issues,
                "requests",
                target: .atMost(0.03),
                runs: 1
            ),
            Figure("development panels per issue", spent(\.development, 1) / issues, "requests", runs: 1),
            Figure(
                "entity rows into PostgreSQL, \(Figure.text(Double(last.rows)))",
                median { Double($0.rows) / $0.first.seconds },
                "rows/s",
                limit: ("COPY of all that it wrote", median { Double($0.rows) / $0.copy }),
                target: .atLeast(5_000),
                runs: rounds.count
            ),
            Figure(
                "its own CPU",
                median { $0.first.processorSeconds / Double($0.rows) * 1e6 },
                "µs/row",
                runs: rounds.count
            ),
            Figure(
                "anonymous memory at most",
                peak,
                "MB",
                limit: ("of the first \(Figure.text(Double(Self.fewRows))) rows", early),
                target: .atMost(max(early * 1.5, early + 32)),
                runs: 1
            ),
            Figure(
                "GitHub, second: requests",
                spent(\.github, 2),
                "requests",
                limit: ("answered 304", spent(\.unchanged, 2)),
                target: .atMost(spent(\.unchanged, 2)),
                runs: 1
            ),
            Figure("Jira, second: requests", spent(\.jira, 2), "requests", runs: 1),
        ]
    }
}
