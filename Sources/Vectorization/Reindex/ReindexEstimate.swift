/// What moving a tenant to another space would take, reckoned from a sample of its entities.
public struct ReindexEstimate: Sendable, Equatable {
    public var entities: Int
    /// Entities whose documents were made to reckon from.
    public var sampled: Int
    public var chunks: Int
    public var tokens: Int
    /// US dollars; nil where the provider's file names no price.
    public var dollars: Double?
    public var seconds: Double
    /// Chunks a second, as the provider answered the sample.
    public var rate: Double
    public var dimensions: Int
}
