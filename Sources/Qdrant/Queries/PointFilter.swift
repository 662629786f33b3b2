public import Foundation

/// Which of a tenant's points are meant: those for which all conditions hold. The tenant itself is no condition; the scope adds it.
public struct PointFilter: Sendable, Equatable {
    public enum Condition: Sendable, Equatable {
        /// The key holds one of the values. No values, no points.
        case keyword(key: String, anyOf: [String])
        /// The key holds none of the values.
        case keywordNot(key: String, anyOf: [String])
        case integer(key: String, anyOf: [Int64])
        /// Bounds are inclusive; nil is open.
        case integerRange(key: String, from: Int64?, through: Int64?)
        /// From a moment on, and before another; nil is open.
        case dateRange(key: String, from: Date?, before: Date?)
        /// The points of these ids.
        case ids([UUID])
    }

    public var conditions: [Condition]

    public init(_ conditions: [Condition] = []) {
        self.conditions = conditions
    }

    /// Every point of the scope.
    public static let all = PointFilter()

    public static func entities(_ entities: [UUID]) -> PointFilter {
        PointFilter([.keyword(key: PointKey.entity, anyOf: entities.map(\.qdrantText))])
    }
}
