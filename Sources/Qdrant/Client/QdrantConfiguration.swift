/// Where Qdrant is and how to talk to it.
public struct QdrantConfiguration: Sendable {
    /// How far a cluster orders writes to the same points.
    public enum WriteOrdering: String, Sendable, CaseIterable {
        /// Each replica in its own order.
        case weak
        /// Through a leader that may change.
        case medium
        /// Through the permanent leader of the shard.
        case strong
    }

    /// `http://127.0.0.1:6333`, without a path; a trailing slash is dropped.
    public var url: String
    /// Sent as `api-key`; never part of an error.
    public var apiKey: String?
    /// From the first byte of a request to the last of its answer.
    public var timeout: Duration
    /// The largest body of a write. Qdrant refuses 32 MiB and answers large ones late; a body holds at least one point.
    public var maximumRequestBytes: Int
    /// Conditional upserts need one order of writes on all replicas, hence `strong`; on a single node it costs nothing.
    public var ordering: WriteOrdering
    /// What a person can do when there is no connection; the end of that error's line.
    public var remedy: String

    public init(
        url: String,
        apiKey: String? = nil,
        timeout: Duration = .seconds(30),
        maximumRequestBytes: Int = 8 << 20,
        ordering: WriteOrdering = .strong,
        remedy: String = "start it or set PULSE_QDRANT_URL"
    ) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.apiKey = apiKey
        self.timeout = timeout
        self.maximumRequestBytes = maximumRequestBytes
        self.ordering = ordering
        self.remedy = remedy
    }
}
