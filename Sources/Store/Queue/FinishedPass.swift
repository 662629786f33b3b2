public import PulseModel

/// One row at the end of a pass, with what now stands in Qdrant for it.
public struct FinishedPass: Sendable, Equatable {
    public var row: ClaimedRow
    public var verdict: Verdict
    /// How long the row waits where it comes back.
    public var delay: Duration
    /// Where it was written; nil where the entity is gone and its points with it.
    public var space: WrittenSpace?
    public var chunks: [WrittenChunk]
    public var documentVersion: Int

    public init(
        row: ClaimedRow,
        verdict: Verdict,
        delay: Duration = .zero,
        space: WrittenSpace? = nil,
        chunks: [WrittenChunk] = [],
        documentVersion: Int = 0
    ) {
        self.row = row
        self.verdict = verdict
        self.delay = delay
        self.space = space
        self.chunks = chunks
        self.documentVersion = documentVersion
    }
}

/// A chunk that stands in Qdrant.
public struct WrittenChunk: Sendable, Equatable {
    public var number: Int
    public var hash: ContentHash

    public init(number: Int, hash: ContentHash) {
        self.number = number
        self.hash = hash
    }
}

/// A vector space and the collection that holds it.
public struct WrittenSpace: Sendable, Equatable {
    public var name: String
    public var collection: String

    public init(name: String, collection: String) {
        self.name = name
        self.collection = collection
    }
}

/// What became of a batch of rows.
public struct FinishSummary: Sendable, Equatable {
    public var done = 0
    public var waiting = 0
    public var failed = 0
    /// Their lease had gone to another; they are in the queue again.
    public var refused = 0
    /// Whether the tenant has moved to another space meanwhile: all rows have gone back.
    public var hasMoved = false

    public init(done: Int = 0, waiting: Int = 0, failed: Int = 0, refused: Int = 0, hasMoved: Bool = false) {
        self.done = done
        self.waiting = waiting
        self.failed = failed
        self.refused = refused
        self.hasMoved = hasMoved
    }
}
