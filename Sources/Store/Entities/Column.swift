import Foundation
import PulseModel

/// A column of an entity's table as a bulk write sees it: all rows' values travel as one array of text, and the database converts
/// them.
struct Column<Row: Sendable>: Sendable {
    enum Kind: Sendable {
        case text
        case integer
        case double
        case boolean
        case timestamp
        case texts
        case json
    }

    var name: String
    var kind: Kind
    var value: @Sendable (Row) -> String?

    /// How the database reads the array's element `expression`.
    func expression(_ expression: String) -> String {
        switch self.kind {
        case .text: expression
        case .integer: "\(expression)::integer"
        case .double: "\(expression)::double precision"
        case .boolean: "\(expression)::boolean"
        case .timestamp: "to_timestamp(\(expression)::double precision)"
        case .texts: "string_to_array(\(expression), E'\\x1f')"
        case .json: "\(expression)::jsonb"
        }
    }
}

extension Column {
    static func text(_ name: String, _ value: @escaping @Sendable (Row) -> String?) -> Self {
        Self(name: name, kind: .text) { value($0).map(StorableText.plain) }
    }

    static func integer(_ name: String, _ value: @escaping @Sendable (Row) -> Int?) -> Self {
        Self(name: name, kind: .integer) { value($0).map(String.init) }
    }

    static func double(_ name: String, _ value: @escaping @Sendable (Row) -> Double?) -> Self {
        Self(name: name, kind: .double) { value($0).map { "\($0)" } }
    }

    static func boolean(_ name: String, _ value: @escaping @Sendable (Row) -> Bool?) -> Self {
        Self(name: name, kind: .boolean) { value($0).map { $0 ? "t" : "f" } }
    }

    static func timestamp(_ name: String, _ value: @escaping @Sendable (Row) -> Date?) -> Self {
        Self(name: name, kind: .timestamp) { value($0).map { "\($0.timeIntervalSince1970)" } }
    }

    static func texts(_ name: String, _ value: @escaping @Sendable (Row) -> [String]) -> Self {
        Self(name: name, kind: .texts) { row in
            value(row).map { StorableText.plain($0).replacing("\u{1f}", with: " ") }.joined(separator: "\u{1f}")
        }
    }

    static func json(_ name: String, _ value: @escaping @Sendable (Row) -> String) -> Self {
        Self(name: name, kind: .json) { value($0) }
    }
}
