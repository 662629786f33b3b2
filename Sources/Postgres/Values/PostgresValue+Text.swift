import Foundation
import UUIDText

extension PostgresValue {
    /// The OID of the type that is sent with a parameter; 0 leaves it to the server.
    var type: UInt32 {
        switch self {
        case .null, .text: 0
        case .bool: 16
        case .bytes: 17
        case .int: 20
        case .double: 701
        case .texts: 1009
        case .ints: 1016
        case .timestamp: 1184
        case .uuid: 2950
        case .uuids: 2951
        case .json: 3802
        }
    }

    /// Appends PostgreSQL's text form. NULL has none and appends nothing.
    ///
    /// - Throws: ``PostgresError`` of kind `invalidParameter` for a NUL byte in a text, or a date out of PostgreSQL's range.
    func appendText(to buffer: inout [UInt8]) throws(PostgresError) {
        switch self {
        case .null: break
        case .bool(let value): buffer.append(UInt8(ascii: value ? "t" : "f"))
        case .int(let value): buffer.append(contentsOf: String(value).utf8)
        case .double(let value): buffer.append(contentsOf: Self.text(of: value).utf8)
        case .text(let value), .json(let value): try Self.append(value, to: &buffer)
        case .bytes(let value): Hexadecimal.append(value, to: &buffer)
        case .uuid(let value): value.appendText(to: &buffer)
        case .timestamp(let value): try PostgresTimestamp(value).appendText(to: &buffer)
        case .texts(let values):
            try ArrayText.append(values, to: &buffer) { (value, buffer) throws(PostgresError) in
                try ArrayText.appendQuoted(value, to: &buffer)
            }
        case .ints(let values):
            try ArrayText.append(values, to: &buffer) { (value, buffer) throws(PostgresError) in
                buffer.append(contentsOf: String(value).utf8)
            }
        case .uuids(let values):
            try ArrayText.append(values, to: &buffer) { (value, buffer) throws(PostgresError) in
                value.appendText(to: &buffer)
            }
        }
    }

    private static func text(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return value.description
    }

    static func append(_ text: String, to buffer: inout [UInt8]) throws(PostgresError) {
        var text = text
        let holdsNUL = text.withUTF8 { bytes in
            if bytes.contains(0) { return true }
            buffer.append(contentsOf: bytes)
            return false
        }
        if holdsNUL { throw .nulByte }
    }
}

extension PostgresError {
    static var nulByte: PostgresError {
        PostgresError(
            kind: .invalidParameter,
            message:
                "A text holds a NUL byte (U+0000), which PostgreSQL cannot store. Remove it, or send bytes to a bytea column."
        )
    }
}
