import ArgumentParser
import Foundation
import Sandbox

struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Play GitHub, Jira and an embedding provider, for demos and tests.",
        discussion: """
            GitHub stands under /github, Jira under /jira, an OpenAI-shaped embedding provider under /embeddings, switches for \
            changes and faults under /sandbox.
            """
    )

    @Option(help: "The port; 0 takes any.")
    var port = 8_090

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "Seed of the generated company: the same seed gives the same answers.")
    var seed: UInt64 = 1

    @Option(help: "Scale of the generated company: 1 is about 60 pull requests and 120 issues.")
    var scale = 1

    @Option(help: "Replay the recorded answers of this folder instead.", completion: .directory)
    var recorded: String?

    @Option(help: "Require this token of every client.")
    var requiredToken: String?

    @Flag(help: "Add records that a connector must refuse.")
    var invalidRecords = false

    func run() async throws {
        guard (0...65_535).contains(self.port) else {
            throw Failure("--port is \(self.port); it must be a number from 0 to 65535")
        }
        let application = try SandboxApplication(
            configuration: SandboxConfiguration(
                host: self.host,
                port: self.port,
                world: self.recorded.map { .recorded(directory: $0) } ?? .generated(seed: self.seed, scale: self.scale),
                includesInvalidRecords: self.invalidRecords,
                requiredToken: self.requiredToken
            )
        )
        let host = self.host
        let server = application.build { port in
            print("sandbox on http://\(host):\(port)")
            fflush(nil)
        }
        do {
            try await server.runService()
        } catch {
            if "\(error)".contains("EADDRINUSE") || "\(error)".contains("Address already in use") {
                throw Failure("port \(self.port) is taken; choose another with --port, or 0 for any")
            }
            throw error
        }
    }
}
