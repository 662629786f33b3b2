public import Hummingbird
public import Logging

/// The sandbox as a server: GitHub under `/github`, Jira under `/jira`, an embedding provider under `/embeddings`, and its own
/// switches under `/sandbox`.
public struct SandboxApplication: Sendable {
    /// What is served; tests may change it meanwhile.
    public let state: SandboxState
    private let configuration: SandboxConfiguration
    private let logger: Logger

    /// Makes or reads the world.
    ///
    /// - Throws: `SandboxError` where the scale is out of range or recorded answers are missing.
    public init(configuration: SandboxConfiguration, logger: Logger = Logger(label: "pulse.sandbox")) throws {
        self.configuration = configuration
        self.logger = logger
        state = try SandboxState(configuration: configuration)
    }

    /// The server, to be run once.
    ///
    /// - Parameter onServerRunning: is told the port once it is bound.
    public func build(
        onServerRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) -> some ApplicationProtocol {
        let router = Router(context: SandboxContext.self)
        router.add(middleware: CountingMiddleware(state: state))
        router.add(middleware: FaultMiddleware(state: state))
        let tokens = (configuration.requiredToken ?? "").split(separator: ",").map(String.init)
        let gate = GitHubGate(state: state, tokens: tokens)
        GitHubRoutes(state: state, gate: gate).add(to: router)
        GraphRoutes(state: state, gate: gate).add(to: router)
        JiraRoutes(state: state, requiredToken: configuration.requiredToken).add(to: router)
        EmbeddingRoutes(
            requiredToken: configuration.requiredToken,
            dimensions: configuration.embeddingDimensions,
            latency: configuration.embeddingLatency
        ).add(to: router)
        AdminRoutes(state: state).add(to: router)
        return Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: "pulse-sandbox"
            ),
            onServerRunning: { channel in await onServerRunning(channel.localAddress?.port ?? 0) },
            logger: logger
        )
    }
}
