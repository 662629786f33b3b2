import ArgumentParser
import AsyncHTTPClient
import AsyncHTTPTransport
import Connectors
import Foundation
import Logging
import Resilience
import Store
import Synchronization

/// Synchronizes one tenant from the played sources in a process of its own, as `pulse sync github` and `pulse sync jira` do beside
/// each other, and says what that took.
struct Extraction: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Extract and measure it.", shouldDisplay: false)

    /// What a run took.
    struct Outcome: Codable {
        var seconds: Double
        /// Of this process alone.
        var processorSeconds: Double
        /// Memory that no file backs, by rows read so far.
        var memory: [Sample]

        struct Sample: Codable {
            var rows: Int
            var kilobytes: Int
        }
    }

    @Option var database: String
    @Option(help: "The port of the played sources.") var port: Int
    @Option var tenant: String
    @Option var github: String
    @Option var jira: String

    func run() async throws {
        let (tenant, github, jira) = (try Self.id(self.tenant), try Self.id(self.github), try Self.id(self.jira))
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        let transport = AsyncHTTPTransport(client: client)
        var logger = Logger(label: "bench") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        let store = try Store(url: self.database, maximumConnections: 8)
        let base = "http://127.0.0.1:\(self.port)"
        let token = SecretReference(variable: "BENCH_TOKEN")
        let gitHub = try GitHubConnector(
            GitHubDefinition(baseURL: "\(base)/github", organization: "acme", repositories: [], token: token),
            tokens: [Secret("bench")],
            transport: transport,
            store: store,
            tenant: tenant,
            integration: github,
            logger: logger
        )
        let jiraCloud = try JiraConnector(
            // Named, so that they are read side by side, as the repositories are.
            JiraDefinition(
                baseURL: "\(base)/jira",
                email: "bench@acme.example",
                apiToken: token,
                projects: ["PAY", "WEB", "MOB", "OPS", "DATA"]
            ),
            token: Secret("bench"),
            transport: transport,
            store: store,
            tenant: tenant,
            integration: jira,
            logger: logger
        )
        let samples = Mutex<[Outcome.Sample]>([])
        let meter: @Sendable (SyncProgress) -> Void = { progress in
            guard case .page(_, let rows, _, _) = progress else { return }
            samples.withLock {
                $0.append(.init(rows: ($0.last?.rows ?? 0) + rows, kilobytes: Measure.anonymousKilobytes))
            }
        }
        let before = Measure.processorSeconds
        let started = ContinuousClock.now
        async let fromGitHub = gitHub.sync(progress: meter)
        async let fromJira = jiraCloud.sync(progress: meter)
        for report in await [fromGitHub, fromJira] where !report.isSuccess {
            throw BenchError("the synchronization failed: \(report.ending), \(report.failures)")
        }
        let (seconds, attoseconds) = started.duration(to: .now).components
        let outcome = Outcome(
            seconds: Double(seconds) + Double(attoseconds) * 1e-18,
            processorSeconds: Measure.processorSeconds - before,
            memory: samples.withLock { $0 }
        )
        await store.close()
        try await client.shutdown()
        print(String(decoding: try JSONEncoder().encode(outcome), as: UTF8.self))
    }

    private static func id(_ text: String) throws -> UUID {
        guard let id = UUID(uuidString: text) else { throw BenchError("\(text) is no id") }
        return id
    }
}
