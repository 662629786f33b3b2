/// Reads JSON text (RFC 8259), nested at most 256 deep.
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// - Throws: `SandboxError` that names the byte at which the text stops being JSON.
    static func parse(_ bytes: [UInt8]) throws(SandboxError) -> JSONValue {
        var parser = JSONParser(bytes)
        let value = try parser.value()
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.failure("text after the end") }
        return value
    }

    private func failure(_ what: String) -> SandboxError {
        SandboxError("The text is not JSON: \(what) at byte \(position).")
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func value() throws(SandboxError) -> JSONValue {
        skipSpace()
        guard position < bytes.count else { throw failure("end of text") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ text: String, _ value: JSONValue) throws(SandboxError) -> JSONValue {
        guard bytes[position...].starts(with: text.utf8) else { throw failure("unknown word") }
        position += text.utf8.count
        return value
    }

    private mutating func number() throws(SandboxError) -> JSONValue {
        let start = position
        let allowed = Set("+-.0123456789eE".utf8)
        while position < bytes.count, allowed.contains(bytes[position]) { position += 1 }
        let lexeme = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let number = Double(lexeme), number.isFinite, !lexeme.hasPrefix("+") else { throw failure("no value") }
        return .number(lexeme)
    }

    private mutating func enter() throws(SandboxError) {
        depth += 1
        guard depth <= 256 else { throw failure("nested deeper than 256") }
        position += 1
        skipSpace()
    }

    private mutating func array() throws(SandboxError) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        var values: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return .array([]) }
        while true {
            values.append(try value())
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(values) }
            guard take(UInt8(ascii: ",")) else { throw failure("no comma in an array") }
        }
    }

    private mutating func object() throws(SandboxError) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        var members: [JSONMember] = []
        if take(UInt8(ascii: "}")) { return .object([]) }
        while true {
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw failure("no key") }
            let key = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw failure("no colon after a key") }
            members.append(JSONMember(key: key, value: try value()))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw failure("no comma in an object") }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func string() throws(SandboxError) -> String {
        position += 1
        var text: [UInt8] = []
        while true {
            guard position < bytes.count else { throw failure("unfinished string") }
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                try appendEscape(to: &text)
            default:
                text.append(byte)
            }
        }
    }

    private mutating func appendEscape(to text: inout [UInt8]) throws(SandboxError) {
        guard position < bytes.count else { throw failure("unfinished string") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code), bytes[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
                position += 2
                let low = try hexadecimal()
                code = (0xDC00..<0xE000).contains(low) ? 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00) : 0xFFFD
            }
            text.append(contentsOf: String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
        default:
            throw failure("unknown escape")
        }
    }

    private mutating func hexadecimal() throws(SandboxError) -> UInt32 {
        guard position + 4 <= bytes.count,
            let code = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw failure("a broken \\u escape") }
        position += 4
        return code
    }
}
