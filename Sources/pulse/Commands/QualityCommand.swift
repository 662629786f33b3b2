import ArgumentParser
import Foundation
import Store

struct QualityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quality",
        abstract: "Show how good a tenant's data is: completeness, consistency, accuracy, timeliness.",
        discussion: "Each synchronization ends with an assessment; --now makes a new one. Scores go from 0 to 100."
    )

    @OptionGroup var tenant: TenantOption

    @Option(help: "Only the integration of this name.")
    var integration: String?

    @Flag(help: "Assess again first.")
    var now = false

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        struct Rule: Encodable {
            var rule: String
            var quality: String
            var description: String
            var checked: Int
            var broken: Int
        }

        struct Finding: Encodable {
            var rule: String
            var quality: String
            var table: String
            var externalID: String
            var reason: String
        }

        var integration: String
        var assessedAt: Date
        var score: Double
        var scores: [String: Double]
        var rules: [Rule]
        var findings: [Finding]
    }

    func run() async throws {
        try await Context.run { context in
            let tenant = try await self.tenant.find(in: context.store)
            if self.now {
                for integration in try await context.store.integrations(tenant: tenant.id)
                where self.integration == nil || integration.name == self.integration {
                    try await context.store.assessQuality(tenant: tenant.id, integration: integration.id)
                }
            }
            let assessments = try await context.store.dataQuality(tenant: tenant.id, integration: self.integration)
            guard !assessments.isEmpty else {
                throw Failure("nothing is assessed yet: run `pulse sync`, or `pulse quality --now`")
            }
            if self.json { return try Terminal.printJSON(assessments.map(Self.output)) }
            for assessment in assessments { Self.print(assessment) }
        }
    }

    private static func output(_ quality: DataQuality) -> Output {
        Output(
            integration: quality.integration,
            assessedAt: quality.assessedAt,
            score: quality.score,
            scores: Dictionary(uniqueKeysWithValues: quality.scores.map { ($0.key.rawValue, $0.value) }),
            rules: quality.rules.map {
                .init(
                    rule: $0.name,
                    quality: $0.kind.rawValue,
                    description: $0.description,
                    checked: $0.checked,
                    broken: $0.broken
                )
            },
            findings: quality.findings.map {
                .init(rule: $0.rule, quality: $0.kind.rawValue, table: $0.table, externalID: $0.externalID, reason: $0.reason)
            }
        )
    }

    private static func print(_ quality: DataQuality) {
        let kinds = QualityKind.allCases.map { "\($0.rawValue) \(Self.text(quality.scores[$0] ?? 100))" }.joined(separator: ", ")
        Swift.print("\(Terminal.styled(quality.integration, .bold)): \(Self.text(quality.score)) of 100 (\(kinds))")
        let broken = quality.rules.filter { $0.broken > 0 }
        guard !broken.isEmpty else { return Swift.print("  every rule holds") }
        var table = Table([
            .init("quality"), .init("rule"), .init("broken by", .right), .init("of", .right), .init("for example"),
        ])
        for rule in broken {
            let example = quality.findings.first { $0.rule == rule.name }.map { "\($0.externalID): \($0.reason)" } ?? ""
            table.add([
                rule.kind.rawValue, rule.description, Terminal.count(rule.broken), Terminal.count(rule.checked), example,
            ])
        }
        table.print()
    }

    private static func text(_ score: Double) -> String { String(format: "%.1f", score) }
}
