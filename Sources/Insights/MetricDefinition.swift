public import Store

/// What a metric counts, in words: stands in every answer, so that nobody has to guess what a number means.
public struct MetricDefinition: Sendable, Equatable, Codable {
    /// One figure of a metric's rows.
    public struct Figure: Sendable, Equatable, Codable {
        public var name: String
        /// `hours`, `days`, `items`, `points`, `lines`, or `share` from 0 to 1.
        public var unit: String
        public var meaning: String

        public init(_ name: String, _ unit: String, _ meaning: String) {
            self.name = name
            self.unit = unit
            self.meaning = meaning
        }
    }

    private enum CodingKeys: String, CodingKey {
        case metric, title, definition, counts, figures, groupings, filters
        case takesPeriods = "takes_periods"
    }

    public var metric: InsightMetric
    public var title: String
    public var definition: String
    /// What `count` counts.
    public var counts: String
    public var figures: [Figure]
    /// By what its rows can be grouped.
    public var groupings: [InsightScope.Grouping]
    /// Whether it can be cut into days, weeks and months.
    public var takesPeriods: Bool
    public var filters: [Filter]

    public enum Filter: String, Sendable, CaseIterable, Codable { case project, repository, team, sprint }

    init(
        _ metric: InsightMetric,
        _ title: String,
        _ definition: String,
        counts: String,
        figures: [Figure],
        groupings: [InsightScope.Grouping],
        takesPeriods: Bool = true,
        filters: [Filter]
    ) {
        self.metric = metric
        self.title = title
        self.definition = definition
        self.counts = counts
        self.figures = figures
        self.groupings = groupings
        self.takesPeriods = takesPeriods
        self.filters = filters
    }
}
