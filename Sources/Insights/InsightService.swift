public import Foundation
public import Store

/// Takes metrics over a tenant's rows.
public struct InsightService: Sendable {
    private let store: Store

    public init(store: Store) {
        self.store = store
    }

    /// - Throws: ``InsightError`` where the metric cannot be cut that way.
    public func answer(_ metric: InsightMetric, over scope: InsightScope, tenant: UUID) async throws -> InsightAnswer {
        let definition = MetricDefinition.of(metric)
        try Self.check(scope, for: definition)
        let rows = try await self.store.insight(metric, over: scope, tenant: tenant)
        return InsightAnswer(definition: definition, scope: scope, rows: rows)
    }

    static func check(_ scope: InsightScope, for definition: MetricDefinition) throws(InsightError) {
        let name = definition.metric.rawValue
        guard scope.from < scope.to else {
            throw InsightError("from", "the window ends before it begins", remedy: "give a `from` that is earlier than `to`")
        }
        guard definition.groupings.contains(scope.by) else {
            throw InsightError(
                "by",
                "\(name) cannot be grouped by \(scope.by.rawValue)",
                remedy: "use \(definition.groupings.map(\.rawValue).joined(separator: ", "))"
            )
        }
        guard scope.period == .none || definition.takesPeriods else {
            throw InsightError("period", "\(name) is not cut into periods", remedy: "leave it out")
        }
        let given: [(MetricDefinition.Filter, String?)] = [
            (.project, scope.project), (.repository, scope.repository), (.team, scope.team), (.sprint, scope.sprint),
        ]
        for (filter, value) in given where value != nil && !definition.filters.contains(filter) {
            throw InsightError(
                filter.rawValue,
                "\(name) does not know it",
                remedy: "use \(definition.filters.map(\.rawValue).joined(separator: ", "))"
            )
        }
        if definition.metric == .burndown, scope.sprint == nil {
            throw InsightError("sprint", "a burndown is one sprint's", remedy: "give the sprint's id or name")
        }
    }
}
