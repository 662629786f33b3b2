import ArgumentParser

/// Search Jira and GitHub by meaning.
@main
struct Pulse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pulse",
        abstract: "Search a company's Jira and GitHub by meaning.",
        discussion: """
            A first setup: migrate, tenant create, integration add, sync, vectorize, search. Settings come from the environment \
            (PULSE_DATABASE_URL, PULSE_QDRANT_URL, …) or from the JSON file that PULSE_CONFIG names.
            """,
        version: "0.1.0",
        subcommands: [
            Migrate.self, TenantCommand.self, KeyCommand.self, SecretCommand.self, IntegrationCommand.self, Sync.self,
            ExtractCommand.self, SweepCommand.self,
            Vectorize.self, SearchCommand.self,
            ProviderCommand.self, StatusCommand.self, Audit.self, ReindexCommand.self, BackupCommand.self, RestoreCommand.self,
            Failures.self, MappingCommand.self, QualityCommand.self, InsightsCommand.self, ExportCommand.self, Serve.self,
            Doctor.self,
            JobsCommand.self, AICommand.self, SandboxCommand.self,
        ]
    )

    static func main() async {
        let command: any ParsableCommand
        do {
            command = try Self.parseAsRoot()
        } catch {
            Self.exit(withError: error)
        }
        do {
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
        } catch {
            Failure.report(error, as: Self.self)
        }
        ProcessEnd.end(0)
    }
}
