/// What a run has done, and what it has cost.
public struct RunTally: Sendable, Equatable {
    /// Rows.
    public var processed: Int
    public var failed: Int
    public var costs: RunCosts

    public init(processed: Int = 0, failed: Int = 0, costs: RunCosts = RunCosts()) {
        self.processed = processed
        self.failed = failed
        self.costs = costs
    }
}

/// What a run has cost.
public struct RunCosts: Sendable, Equatable {
    /// Sent to the source; by the vectorization, to the provider. nil where nobody measured.
    public var requests: Int?
    /// Received from the source. nil where nobody measured.
    public var bytes: Int?
    /// Seconds for which the parts of the run waited for the database; parts that wait at once count each. nil where nobody measured.
    public var databaseSeconds: Double?
    /// Processor seconds, user and system, of the process that ran it, from the run's beginning to its end: what else the process did
    /// meanwhile is in it; where several processes share a run, of all of them. nil where nobody measured.
    public var cpuSeconds: Double?
    /// Bytes: the largest resident memory of the process while it ran. nil where nobody measured.
    public var peakMemory: Int?

    public init(
        requests: Int? = nil,
        bytes: Int? = nil,
        databaseSeconds: Double? = nil,
        cpuSeconds: Double? = nil,
        peakMemory: Int? = nil
    ) {
        self.requests = requests
        self.bytes = bytes
        self.databaseSeconds = databaseSeconds
        self.cpuSeconds = cpuSeconds
        self.peakMemory = peakMemory
    }
}
