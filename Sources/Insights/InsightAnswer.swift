import Foundation
public import Store

/// A metric's rows with what they mean.
public struct InsightAnswer: Sendable {
    public var definition: MetricDefinition
    public var scope: InsightScope
    public var rows: [InsightRow]
}

extension InsightAnswer: Encodable {
    private enum Keys: String, CodingKey {
        case metric, title, definition, counts, figures, from, to, by, period, project, repository, team, sprint, rows
    }

    private struct Row: Encodable {
        var group: String
        var period: String?
        var count: Int
        var values: [String: Double]
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(self.definition.metric, forKey: .metric)
        try container.encode(self.definition.title, forKey: .title)
        try container.encode(self.definition.definition, forKey: .definition)
        try container.encode(self.definition.counts, forKey: .counts)
        try container.encode(self.definition.figures, forKey: .figures)
        try container.encode(self.scope.from, forKey: .from)
        try container.encode(self.scope.to, forKey: .to)
        try container.encode(self.scope.by, forKey: .by)
        try container.encode(self.scope.period, forKey: .period)
        try container.encodeIfPresent(self.scope.project, forKey: .project)
        try container.encodeIfPresent(self.scope.repository, forKey: .repository)
        try container.encodeIfPresent(self.scope.team, forKey: .team)
        try container.encodeIfPresent(self.scope.sprint, forKey: .sprint)
        try container.encode(
            self.rows.map {
                Row(group: $0.group, period: $0.period, count: $0.count, values: $0.values.compactMapValues(\.self))
            },
            forKey: .rows
        )
    }
}
