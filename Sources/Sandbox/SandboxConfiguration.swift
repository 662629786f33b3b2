/// What the sandbox plays, and where.
public struct SandboxConfiguration: Sendable {
    /// Where the data comes from.
    public enum World: Sendable {
        /// A company made up from a seed; the same seed gives the same answers. Scale 1 is about 60 pull requests and 120 issues.
        case generated(seed: UInt64, scale: Int = 1)
        /// Recorded answers: a directory with `github/devlake_json` and `jira/devlake_json`, lists of {url, input, items}.
        case recorded(directory: String)
    }

    public var host: String
    /// 0 takes any free port.
    public var port: Int
    public var world: World
    /// Adds records that a connector must refuse: a pull request without a title, an issue without a status, and the like.
    public var includesInvalidRecords: Bool
    /// Where set, GitHub and the embedding provider want it as bearer token, Jira as the password of basic authentication. GitHub
    /// takes several, separated by commas, each with limits of its own.
    public var requiredToken: String?
    /// Where set, the tokens of this app's installation are taken besides, and none where there is no `requiredToken`.
    public var gitHubApp: SandboxApp?
    /// Requests an hour before the played GitHub refuses with 403.
    public var gitHubRateLimit: Int
    /// Length of the vectors where a request names none.
    public var embeddingDimensions: Int
    /// How long the embedding provider thinks over each request.
    public var embeddingLatency: Duration

    public init(
        host: String = "127.0.0.1",
        port: Int = 0,
        world: World = .generated(seed: 1),
        includesInvalidRecords: Bool = false,
        requiredToken: String? = nil,
        gitHubApp: SandboxApp? = nil,
        gitHubRateLimit: Int = 1_000_000,
        embeddingDimensions: Int = 384,
        embeddingLatency: Duration = .zero
    ) {
        self.host = host
        self.port = port
        self.world = world
        self.includesInvalidRecords = includesInvalidRecords
        self.requiredToken = requiredToken
        self.gitHubApp = gitHubApp
        self.gitHubRateLimit = gitHubRateLimit
        self.embeddingDimensions = embeddingDimensions
        self.embeddingLatency = embeddingLatency
    }
}
