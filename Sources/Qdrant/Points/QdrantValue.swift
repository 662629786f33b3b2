public import Foundation
import UUIDText

/// A value of a point's payload.
public enum QdrantValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case array([QdrantValue])
    case object([String: QdrantValue])

    /// A moment as RFC 3339 text in UTC with milliseconds, which a datetime index reads.
    public static func date(_ date: Date) -> Self { .string(Self.text(of: date)) }

    /// A UUID in the spelling that filters compare with.
    public static func uuid(_ uuid: UUID) -> Self { .string(uuid.qdrantText) }

    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var integerValue: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    public var uuidValue: UUID? { self.stringValue.flatMap { UUID(text: $0) } }

    static func text(of date: Date) -> String { Self.withFraction.format(date) }

    private static let withFraction = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}

extension QdrantValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension QdrantValue: ExpressibleByFloatLiteral, ExpressibleByNilLiteral {
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(nilLiteral: ()) { self = .null }
}

extension QdrantValue: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    public init(arrayLiteral elements: QdrantValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, QdrantValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}
