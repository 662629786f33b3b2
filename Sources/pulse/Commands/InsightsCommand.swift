import ArgumentParser
import Foundation
import Insights
import Store

struct InsightsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "insights",
        abstract: "Show flow, delivery and team metrics, each with its definition.",
        discussion: "Without a metric, lists them. Without a window, takes the last thirty days."
    )

    @Argument(help: "The metric, such as cycle-time or lead-time-for-changes.")
    var metric: String?

    @OptionGroup var tenant: TenantOption

    @Option(help: "The first day, as 2026-03-01 (UTC).")
    var from: String?

    @Option(help: "The day after the last, as 2026-04-01 (UTC).")
    var to: String?

    @Option(help: "none, team, project, repository, type or author.")
    var by = "none"

    @Option(help: "none, day, week or month.")
    var period = "none"

    @Option(help: "Only this project.")
    var project: String?

    @Option(help: "Only this repository.")
    var repository: String?

    @Option(help: "Only this team.")
    var team: String?

    @Option(help: "A sprint's name or id.")
    var sprint: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        guard let name = self.metric else { return try self.list() }
        guard let metric = InsightMetric(rawValue: name) else {
            let known = InsightMetric.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("there is no metric \(name); there are \(known)")
        }
        let to = try OptionText.day("--to", self.to) ?? Date()
        let scope = InsightScope(
            from: try OptionText.day("--from", self.from) ?? to - 30 * 86_400,
            to: to,
            by: try OptionText.choice("--by", self.by),
            period: try OptionText.choice("--period", self.period),
            project: self.project,
            repository: self.repository,
            team: self.team,
            sprint: self.sprint
        )
        try await Context.run { context in
            let tenant = try await self.tenant.find(in: context.store)
            let answer: InsightAnswer
            do {
                answer = try await InsightService(store: context.store).answer(metric, over: scope, tenant: tenant.id)
            } catch let error as InsightError {
                throw ValidationError("--\(error)")
            }
            if self.json { try Terminal.printJSON(answer) } else { Self.print(answer) }
        }
    }

    private func list() throws {
        if self.json { return try Terminal.printJSON(MetricDefinition.all) }
        var table = Table([.init("metric"), .init("what"), .init("by")])
        for definition in MetricDefinition.all {
            let groupings = definition.groupings.filter { $0 != .none }.map(\.rawValue).joined(separator: ", ")
            table.add([definition.metric.rawValue, definition.title, groupings])
        }
        table.print()
    }

    private static func print(_ answer: InsightAnswer) {
        let definition = answer.definition
        Swift.print(Terminal.styled(definition.title, .bold))
        Swift.print(definition.definition + "\n")
        guard !answer.rows.isEmpty else { return Swift.print("Nothing in this window.") }
        let isGrouped = answer.rows.contains { !$0.group.isEmpty }
        let isCut = answer.rows.contains { $0.period != nil }
        var columns: [Table.Column] = []
        if isGrouped { columns.append(.init("group")) }
        if isCut { columns.append(.init("from")) }
        columns.append(.init(definition.counts, .right))
        columns += definition.figures.map { .init($0.name.replacing("_", with: " "), .right) }
        var table = Table(columns)
        for row in answer.rows {
            var cells: [String] = []
            if isGrouped { cells.append(row.group) }
            if isCut { cells.append(row.period ?? "") }
            cells.append(Terminal.count(row.count))
            cells += definition.figures.map { figure in Self.text(row.values[figure.name] ?? nil, unit: figure.unit) }
            table.add(cells)
        }
        table.print()
    }

    private static func text(_ value: Double?, unit: String) -> String {
        guard let value else { return "-" }
        if unit == "share" { return String(format: "%.0f %%", value * 100) }
        return value == value.rounded() && abs(value) < 1e12 ? Terminal.count(Int(value)) : String(format: "%.1f", value)
    }
}
