import ArgumentParser
import Foundation
import Logging
import Sandbox

/// Plays GitHub and Jira in a process of its own, so that its memory is not taken for the extraction's.
struct PlayedSources: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sources",
        abstract: "Play GitHub and Jira.",
        shouldDisplay: false
    )

    @Option(help: "1 is about 60 pull requests and 120 issues.") var scale: Int

    func run() async throws {
        var logger = Logger(label: "bench") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        let sandbox = try SandboxApplication(
            configuration: SandboxConfiguration(world: .generated(seed: 1, scale: self.scale)),
            logger: logger
        )
        let server = sandbox.build { port in
            print(port)
            fflush(nil)
        }
        try await server.runService()
    }
}
