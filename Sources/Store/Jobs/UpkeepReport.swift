/// What the upkeep of a tenant came to.
public struct UpkeepReport: Sendable, Equatable {
    public var requeuedRows = 0
    public var prunedMeasurements = 0
    public var prunedEvents = 0
    public var prunedRawRecords = 0

    public init() {}
}
