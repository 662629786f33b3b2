/// What a reindex came to.
public struct ReindexReport: Sendable, Equatable {
    public enum End: String, Sendable, Equatable {
        /// The tenant searches and writes the new space.
        case switched
        /// It did already.
        case already
        /// It had no vectors: the provider is chosen, and the queue makes them.
        case chosen
        /// Another provider of the same space makes the vectors from now on; those stay whose texts it cuts in the same way.
        case providerChanged
    }

    public var end: End
    public var copied = 0
    public var embedded = 0
    public var tokens = 0
    /// Entities that the provider refused; they are in the queue, and will be listed by `pulse failures`.
    public var failed = 0
    /// Entities whose texts another provider of the same space cuts otherwise; the queue makes their vectors anew.
    public var queued = 0
    /// Entities whose copy a proof before the switch found wrong, and which were made again.
    public var mended = 0
    public var seconds = 0.0

    public init(end: End) {
        self.end = end
    }
}
