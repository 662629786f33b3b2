public import Foundation

/// A parameter of a statement, or a value for COPY.
public enum PostgresValue: Sendable, Hashable {
    /// Untyped: the server infers what is missing.
    case null
    case bool(Bool)
    /// `int8`.
    case int(Int)
    /// `float8`.
    case double(Double)
    /// Untyped: the server infers text, a number, a date, an enum from its place. `$1::text` says it.
    case text(String)
    /// `bytea`.
    case bytes([UInt8])
    case uuid(UUID)
    /// `timestamptz`, rounded to the microsecond. A `Date` tells microseconds apart between 1865 and 2137.
    case timestamp(Date)
    /// `jsonb`.
    case json(String)
    /// `text[]`.
    case texts([String?])
    /// `int8[]`.
    case ints([Int?])
    /// `uuid[]`.
    case uuids([UUID?])

    /// `.null` where there is no value.
    public static func optional(_ value: String?) -> PostgresValue { value.map { .text($0) } ?? .null }
    public static func optional(_ value: Int?) -> PostgresValue { value.map { .int($0) } ?? .null }
    public static func optional(_ value: Double?) -> PostgresValue { value.map { .double($0) } ?? .null }
    public static func optional(_ value: Bool?) -> PostgresValue { value.map { .bool($0) } ?? .null }
    public static func optional(_ value: Date?) -> PostgresValue { value.map { .timestamp($0) } ?? .null }
    public static func optional(_ value: UUID?) -> PostgresValue { value.map { .uuid($0) } ?? .null }
}

extension PostgresValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self = .text(value) }
}

extension PostgresValue: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) { self = .int(value) }
}

extension PostgresValue: ExpressibleByFloatLiteral {
    public init(floatLiteral value: Double) { self = .double(value) }
}

extension PostgresValue: ExpressibleByBooleanLiteral {
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension PostgresValue: ExpressibleByNilLiteral {
    public init(nilLiteral: ()) { self = .null }
}
