import ArgumentParser
import Foundation
import Store

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check everything that Pulse needs, and say what to do about what is not as it should be.",
        discussion: """
            Configuration, PostgreSQL with its migrations and row-level security, Qdrant and the layout of its collections, the model, \
            the providers, the secrets, each tenant's sources and work, the clock and the disk. Exit code 1 where something does not work.
            """
    )

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Leave out what asks other systems: GitHub, Jira and remote embedding providers.")
    var offline = false

    func run() async throws {
        let findings = await self.configuration() + MachineChecks().findings()
        if self.json {
            try Terminal.printJSON(findings)
        } else {
            for finding in findings { Self.print(finding) }
        }
        if findings.contains(where: { $0.verdict == .bad }) { throw ExitCode.failure }
    }

    /// The configuration and, where it can be used, what it leads to.
    private func configuration() async -> [Finding] {
        let settings: Settings
        do {
            settings = try await Settings.read()
        } catch {
            return [.bad("configuration", "\(error)", remedy: "correct PULSE_CONFIG")]
        }
        let findings = ConfigurationChecks(settings: settings).findings()
        guard !findings.contains(where: { $0.verdict == .bad }) else { return findings }
        do {
            return try await findings + Context.run { await self.findings(in: $0) }
        } catch {
            return findings + [.bad("configuration", "\(error)", remedy: "mend it, then run `pulse doctor` again")]
        }
    }

    private func findings(in context: Context) async -> [Finding] {
        var findings = await DatabaseChecks(context: context).findings()
        let isUsable = !findings.contains { $0.verdict == .bad }
        findings += await IndexChecks(context: context, asksDatabase: isUsable).findings()
        findings += await ProviderChecks(context: context, asksDatabase: isUsable, asksProviders: !self.offline).findings()
        if isUsable { findings += await TenantChecks(context: context, asksSources: !self.offline).findings() }
        return findings
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
