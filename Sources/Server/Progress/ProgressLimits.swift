/// How long and how much the progress channels bear.
public struct ProgressLimits: Sendable {
    /// Open channels of one tenant; further ones get 429.
    public var connectionsPerTenant: Int
    /// Between two pings.
    public var pingInterval: Duration
    /// A client that leaves so many pings in a row unanswered is gone.
    public var unansweredPings: Int
    /// Starts, completions and errors that may wait for a slow client; with more, its channel closes with 1013.
    public var waitingEvents: Int
    /// Bytes of a frame or of a message in several frames that a client may send.
    public var messageBytes: Int
    /// Frames that a client may send in a second, pongs aside.
    public var framesPerSecond: Int
    /// How long a closing handshake may take.
    public var closeGrace: Duration
    /// Channels are read again so often even where no notification came.
    public var pollInterval: Duration
    /// A channel whose key was revoked, or whose tenant was closed, ends within this time and half of it.
    public var accessInterval: Duration

    public init(
        connectionsPerTenant: Int = 100,
        pingInterval: Duration = .seconds(20),
        unansweredPings: Int = 2,
        waitingEvents: Int = 1_000,
        messageBytes: Int = 4_096,
        framesPerSecond: Int = 20,
        closeGrace: Duration = .seconds(2),
        pollInterval: Duration = .seconds(5),
        accessInterval: Duration = .seconds(10)
    ) {
        self.connectionsPerTenant = connectionsPerTenant
        self.pingInterval = pingInterval
        self.unansweredPings = unansweredPings
        self.waitingEvents = waitingEvents
        self.messageBytes = messageBytes
        self.framesPerSecond = framesPerSecond
        self.closeGrace = closeGrace
        self.pollInterval = pollInterval
        self.accessInterval = accessInterval
    }
}
