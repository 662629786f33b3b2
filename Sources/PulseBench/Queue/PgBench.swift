import Foundation

/// PostgreSQL's own benchmark program, which runs the same statements without Pulse.
struct PgBench {
    var url: String

    /// - Returns: transactions a second.
    func run(script: String, clients: Int, transactions: Int) throws -> Double {
        let file = NSTemporaryDirectory() + "pulse-bench-\(UUID().uuidString).sql"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Data(script.utf8).write(to: URL(fileURLWithPath: file))
        let child = try Child(
            ["-n", "-M", "prepared", "-c", "\(clients)", "-j", "2", "-t", "\(transactions)", "-D", "k=0", "-f", file, self.url],
            executable: try Self.executable("pgbench"),
            environment: ["PGOPTIONS": "-c role=pulse_app"]
        )
        let output = String(decoding: try child.finish(), as: UTF8.self)
        guard let line = output.split(separator: "\n").first(where: { $0.hasPrefix("tps = ") }),
            let rate = line.split(separator: " ").dropFirst(2).first.flatMap({ Double($0) })
        else { throw BenchError("pgbench says nothing of its rate: \(output)") }
        return rate
    }

    /// Puts names for pgbench's variables, or expressions, in the place of a statement's parameters.
    static func fill(_ sql: String, _ values: [String]) -> String {
        // The highest first: $1 is also the beginning of $10.
        var sql = sql
        for (index, value) in values.enumerated().reversed() { sql = sql.replacing("$\(index + 1)", with: value) }
        return sql.split(separator: "\n").map { $0.split(separator: "--", maxSplits: 1, omittingEmptySubsequences: false)[0] }
            .joined(separator: " ")
    }

    /// Where one of PostgreSQL's programs stands.
    static func executable(_ name: String) throws -> String {
        var folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let debian = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: debian)) ?? []
        folders += versions.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }.map { "\(debian)/\($0)/bin" }
        guard let folder = folders.first(where: { FileManager.default.isExecutableFile(atPath: $0 + "/\(name)") }) else {
            throw BenchError("\(name) is missing; it comes with the package postgresql")
        }
        return folder + "/\(name)"
    }
}
