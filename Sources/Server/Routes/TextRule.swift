import Foundation

/// What a text must be, for the description of the API and for the check of what arrives; both say the same.
struct TextRule: Sendable {
    /// A regular expression (ECMA 262) that says what ``check`` does, as far as ``format`` does not.
    var pattern: String?
    /// A format of JSON Schema, such as `uuid`.
    var format: String?
    /// Characters, as JSON Schema counts them: Unicode scalars.
    var length: ClosedRange<Int>?
    /// What is allowed, for a person.
    var allowed: String
    var check: @Sendable (String) -> Bool

    /// Of answers: any text at all.
    static let any = TextRule(allowed: "give a text") { _ in true }

    /// Any text without NUL, which PostgreSQL cannot hold.
    static func plain(_ length: ClosedRange<Int>) -> TextRule {
        TextRule(
            pattern: #"^[^\u0000]*$"#,
            length: length,
            allowed: "give \(length.lowerBound) to \(length.upperBound) characters, no NUL among them"
        ) { !$0.utf8.contains(0) }
    }

    /// A text without NUL that says something: not white space alone, as Unicode's property White_Space has it.
    static func filled(_ length: ClosedRange<Int>) -> TextRule {
        // What white space is stands there in full, for readers of patterns differ on `\s`; and as what is excluded, for they also
        // differ on whether a character beyond U+FFFF is one.
        let blank = #"\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"#
        return TextRule(
            pattern: #"^[^\u0000]*[^\u0000\#(blank)][^\u0000]*$"#,
            length: max(1, length.lowerBound)...length.upperBound,
            allowed: "give a text of at most \(length.upperBound) characters that is not blank and holds no NUL"
        ) { text in !text.utf8.contains(0) && !text.unicodeScalars.allSatisfy(\.properties.isWhitespace) }
    }

    /// Lower-case letters, digits, `-` and `_`, beginning with a letter or digit.
    static let name = TextRule(
        pattern: "^[a-z0-9][a-z0-9_-]{0,62}$",
        allowed: "use lower-case letters, digits, - and _, at most 63"
    ) { text in
        guard let first = text.utf8.first, text.utf8.count <= 63, first != UInt8(ascii: "-"), first != UInt8(ascii: "_") else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    /// Letters, digits, `.`, `-` and `_`, at most 100.
    static let identifier = TextRule(
        pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
        allowed: "use letters, digits, ., - and _, at most 100, and begin with a letter or digit"
    ) { text in
        guard let first = text.utf8.first, text.utf8.count <= 100, ![UInt8(ascii: "."), 0x2D, 0x5F].contains(first) else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
    }

    static let uuid = TextRule(format: "uuid", allowed: "give a UUID") { UUID(uuidString: $0) != nil }

    /// ISO 8601, with or without a time; see ``InstantText``. Whether a calendar has such a day is told afterwards, with 422.
    static let instant = TextRule(
        pattern:
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2}))?$",
        allowed: InstantText.allowed
    ) { InstantText.hasShape($0) }

    /// Where a list goes on: the `next_cursor` of the answer before.
    static let cursor = TextRule(
        pattern: "^[A-Za-z0-9_-]{1,1000}$",
        allowed: "give the next_cursor of the page before"
    ) { text in
        (1...1_000).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
