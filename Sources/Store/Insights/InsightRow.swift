/// One row of a metric: a group in a period.
public struct InsightRow: Sendable, Equatable {
    /// Empty where nothing is grouped.
    public var group: String
    /// The period's first day, `2026-03-02`; nil where time is not cut.
    public var period: String?
    /// How many things the values are taken over.
    public var count: Int
    /// By name; nil where there is nothing to take it over.
    public var values: [String: Double?]

    public init(group: String, period: String?, count: Int, values: [String: Double?]) {
        self.group = group
        self.period = period
        self.count = count
        self.values = values
    }
}
