public import Foundation
import UUIDText

/// An element of an array that a value of a result can be read as.
public protocol PostgresArrayElement: Sendable {
    /// - Parameter arrayElement: the text of the element; nil for NULL.
    /// - Returns: nil if it cannot be read.
    static func parse(arrayElement: String?) -> Self?

    static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Self]
}

extension PostgresArrayElement {
    public static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Self] {
        try cell.parse([Self].self) { bytes in
            guard let elements = ArrayText.elements(bytes) else { return nil }
            var values: [Self] = []
            values.reserveCapacity(elements.count)
            for element in elements {
                guard let value = Self.parse(arrayElement: element) else { return nil }
                values.append(value)
            }
            return values
        }
    }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> [Element] { try Element.decodeArray(cell) }
}

extension String: PostgresArrayElement {
    public static func parse(arrayElement: String?) -> String? { arrayElement }
}

extension Int: PostgresArrayElement {
    public static func parse(arrayElement: String?) -> Int? { arrayElement.flatMap { Int($0) } }
}

extension UUID: PostgresArrayElement {
    public static func parse(arrayElement: String?) -> UUID? { arrayElement.flatMap { UUID(text: $0) } }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresArrayElement {
    public static func parse(arrayElement: String?) -> Wrapped?? {
        guard let arrayElement else { return .some(.none) }
        return Wrapped.parse(arrayElement: arrayElement).map { .some($0) }
    }
}

/// An array of bytes is a `bytea`, not an array.
extension UInt8: PostgresArrayElement {
    public static func parse(arrayElement: String?) -> UInt8? { arrayElement.flatMap { UInt8($0) } }

    public static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [UInt8] {
        try cell.parse([UInt8].self) { Hexadecimal.bytes($0) }
    }
}
