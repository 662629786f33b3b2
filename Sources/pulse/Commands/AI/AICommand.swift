import ArgumentParser
import Foundation

/// What is measured of the AI's work, what is out of the ordinary, and what failed before.
struct AICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ai",
        abstract: "Look at the AI's work: what was measured, what is out of the ordinary, what failed and what helped.",
        subcommands: [Metrics.self, Anomalies.self, Memory.self, Suggest.self]
    )

    /// Who acts, for the record.
    static var person: String { "\(ProcessInfo.processInfo.environment["USER"] ?? "somebody") at a terminal" }

    static func time(_ date: Date?) -> String { date.map { $0.formatted(.iso8601.dateTimeSeparator(.space)) } ?? "" }

    /// Three digits that matter, without an exponent where it can be avoided.
    static func figure(_ value: Double) -> String {
        if value == 0 { return "0" }
        let size = abs(value)
        if size >= 100, size < 1e15 { return Terminal.count(Int(value.rounded())) }
        return String(format: "%.3g", value)
    }
}

/// `--from` and `--to`: a time as people say it.
struct TimeRangeOptions: ParsableArguments {
    @Option(help: "Start (inclusive): 2026-01-31, 2026-01-31T10:00:00Z, or how long ago: 90m, 24h, 7d.")
    var from = "24h"

    @Option(help: "End (exclusive), in the same forms (default: now).")
    var to: String?

    /// - Throws: `ValidationError` where one is no time, or the first not before the second.
    func range(now: Date = Date()) throws -> (from: Date, to: Date) {
        func date(_ text: String, _ option: String) throws -> Date {
            if let date = Self.date(text, now: now) { return date }
            throw ValidationError("\(option) is \(text); give 2026-01-31, 2026-01-31T10:00:00Z, or how long ago: 90m, 24h, 7d")
        }
        let from = try date(self.from, "--from")
        let to = try self.to.map { try date($0, "--to") } ?? now
        guard from < to else { throw ValidationError("--from is not before --to") }
        return (from, to)
    }

    static func date(_ text: String, now: Date) -> Date? {
        if let unit = text.last, let number = Double(text.dropLast()), number.isFinite, number >= 0, number < 1e6 {
            let seconds: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
            if let length = seconds[unit] { return now.addingTimeInterval(-number * length) }
        }
        if let date = try? Date(text, strategy: .iso8601) { return date }
        return try? Date(text, strategy: Date.ISO8601FormatStyle().year().month().day())
    }
}
