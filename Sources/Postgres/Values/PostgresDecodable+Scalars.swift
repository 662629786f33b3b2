public import Foundation
import UUIDText

extension Bool: PostgresDecodable {
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Bool {
        try cell.parse(Bool.self) { bytes in
            guard bytes.count == 1 else { return nil }
            switch bytes[0] {
            case UInt8(ascii: "t"): return true
            case UInt8(ascii: "f"): return false
            default: return nil
            }
        }
    }
}

extension Int: PostgresDecodable {
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Int {
        try cell.parse(Int.self) { bytes in
            let isNegative = bytes.first == UInt8(ascii: "-")
            let digits = isNegative ? bytes.dropFirst() : bytes[...]
            guard !digits.isEmpty else { return nil }
            // Negative, because the smallest integer has no positive counterpart.
            var value = 0
            for byte in digits {
                let digit = byte &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                let (product, tooSmall) = value.multipliedReportingOverflow(by: 10)
                let (sum, overflow) = product.subtractingReportingOverflow(Int(digit))
                guard !tooSmall, !overflow else { return nil }
                value = sum
            }
            if isNegative { return value }
            return value == .min ? nil : -value
        }
    }
}

extension Int64: PostgresDecodable {
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Int64 { Int64(try Int.decode(cell)) }
}

extension Double: PostgresDecodable {
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Double {
        try cell.parse(Double.self) { Double(String(decoding: $0, as: UTF8.self)) }
    }
}

extension Float: PostgresDecodable {
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Float {
        try cell.parse(Float.self) { Float(String(decoding: $0, as: UTF8.self)) }
    }
}

/// Any type can be read as its text; `json` and `jsonb` are read so.
extension String: PostgresDecodable {
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> String { try cell.text(for: String.self) }
}

extension UUID: PostgresDecodable {
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> UUID {
        try cell.parse(UUID.self) { UUID(text: $0) }
    }
}

/// `timestamptz`, `timestamp` (taken as UTC), and `date`.
extension Date: PostgresDecodable {
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Date {
        try cell.withBytes(for: Date.self) { bytes throws(PostgresError) in
            if let timestamp = PostgresTimestamp(text: bytes) { return timestamp.date }
            let text = String(decoding: bytes, as: UTF8.self)
            guard text == "infinity" || text == "-infinity" else {
                throw cell.failure("does not hold what Date can be read from")
            }
            throw cell.failure("holds \(text), which no Date can express; select it as text or with NULLIF")
        }
    }
}
