import PulseModel
import Qdrant

extension SearchRequest.Filter {
    /// The filter as the index reads it. The tenant is no part of it: the scope adds it.
    var pointFilter: PointFilter {
        var conditions: [PointFilter.Condition] = []
        func add(_ key: String, _ values: [String]) {
            if !values.isEmpty { conditions.append(.keyword(key: key, anyOf: values)) }
        }
        add(PayloadKey.source, self.sources.map(\.rawValue))
        add(PayloadKey.table, self.tables.map(\.rawValue))
        add(PayloadKey.project, self.projects.map { $0.uppercased() })
        add(PayloadKey.repository, self.repositories.map { $0.lowercased() })
        add(PayloadKey.author, self.authors)
        add(PayloadKey.status, self.statuses)
        if self.updatedFrom != nil || self.updatedTo != nil {
            conditions.append(.dateRange(key: PayloadKey.updatedAt, from: self.updatedFrom, before: self.updatedTo))
        }
        return PointFilter(conditions)
    }
}
