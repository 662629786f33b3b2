/// Where the server listens and what it grants.
public struct ServerConfiguration: Sendable {
    /// A name or an address: `127.0.0.1` for this machine only, `0.0.0.0` for all.
    public var host: String
    /// 0 takes any free one.
    public var port: Int
    /// Open connections of any kind; further ones wait in the kernel's queue.
    public var maximumConnections: Int
    /// Web pages, beside the server's own, that may open progress channels: `https://pulse.example.com`. Needed behind a proxy that
    /// rewrites the Host header.
    public var allowedOrigins: [String]
    public var progress: ProgressLimits
    /// Requests that one key may make in a minute, at each process; 0 for any number.
    public var requestsPerMinute: Int
    /// Keys that are nobody's which one address may present in a minute, at each process; 0 for any number.
    public var failedKeysPerMinute: Int
    /// Whose `X-Forwarded-For` says which address that is.
    public var trustedProxies: TrustedProxies
    /// How long a client may take to send a request's body.
    public var bodyDeadline: Duration
    /// How long requests are still taken after the process was told to stop, and `/ready` has said so.
    public var drain: Duration
    /// Of the program, for the description of the API.
    public var version: String

    public init(
        host: String = "127.0.0.1",
        port: Int = 8080,
        maximumConnections: Int = 4_096,
        allowedOrigins: [String] = [],
        progress: ProgressLimits = ProgressLimits(),
        requestsPerMinute: Int = 6_000,
        failedKeysPerMinute: Int = 60,
        trustedProxies: TrustedProxies = TrustedProxies(),
        bodyDeadline: Duration = .seconds(30),
        drain: Duration = .seconds(1),
        version: String = "0.1.0"
    ) {
        self.host = host
        self.port = port
        self.maximumConnections = maximumConnections
        self.allowedOrigins = allowedOrigins
        self.progress = progress
        self.requestsPerMinute = requestsPerMinute
        self.failedKeysPerMinute = failedKeysPerMinute
        self.trustedProxies = trustedProxies
        self.bodyDeadline = bodyDeadline
        self.drain = drain
        self.version = version
    }
}
