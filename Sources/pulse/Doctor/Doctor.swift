import ArgumentParser
import Foundation
import Store

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check everything that Pulse needs, and say what to do about what is not as it should be.",
        discussion: """
            Configuration, PostgreSQL with its migrations and row-level security, Qdrant and the layout of its collections, the model, \
            the providers, the secrets, each tenant's sources, the clock and the disk. Exit code 1 where something does not work.
            """
    )

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Leave out what asks other systems: GitHub, Jira and remote embedding providers.")
    var offline = false

    func run() async throws {
        let settings = try await Settings.read()
        var findings = ConfigurationChecks(settings: settings).findings()
        // Without a usable configuration there is nothing to connect to.
        if !findings.contains(where: { $0.verdict == .bad }) {
            findings += try await Context.run { context in
                var found = await DatabaseChecks(context: context).findings()
                let isUsable = !found.contains { $0.verdict == .bad }
                found += await IndexChecks(context: context, asksDatabase: isUsable).findings()
                found += await ProviderChecks(context: context, asksDatabase: isUsable).findings()
                if isUsable { found += await TenantChecks(context: context, asksSources: !self.offline).findings() }
                return found
            }
        }
        findings += MachineChecks(settings: settings).findings()
        if self.json {
            try Terminal.printJSON(findings)
        } else {
            for finding in findings { Self.print(finding) }
        }
        if findings.contains(where: { $0.verdict == .bad }) { throw ExitCode.failure }
    }

    private static func print(_ finding: Finding) {
        let mark =
            switch finding.verdict {
            case .good: Terminal.styled("good", .green)
            case .doubtful: Terminal.styled("look", .yellow)
            case .bad: Terminal.styled("bad ", .red)
            }
        Swift.print("\(mark)  \(finding.subject): \(Terminal.plain(finding.detail))")
        if let remedy = finding.remedy { Swift.print("      → \(Terminal.plain(remedy))") }
    }
}
