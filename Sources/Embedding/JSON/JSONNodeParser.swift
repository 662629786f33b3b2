/// Strict JSON (RFC 8259) to ``JSONNode``.
struct JSONNodeParser {
    private static let deepest = 64

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var lineStart = 0

    /// - Throws: ``JSONSyntaxError``.
    static func parse(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONNode {
        var parser = JSONNodeParser(bytes: bytes)
        parser.skipByteOrderMark()
        let node = try parser.value(depth: 0)
        parser.skipSpace()
        if parser.position < bytes.count { throw parser.error("nothing may follow the value") }
        return node
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var current: UInt8? { self.position < self.bytes.count ? self.bytes[self.position] : nil }
    private var column: Int { self.position - self.lineStart + 1 }

    private func error(_ message: String) -> JSONSyntaxError {
        JSONSyntaxError(line: self.line, column: self.column, message: message)
    }

    private mutating func skipByteOrderMark() {
        guard self.bytes.starts(with: [0xEF, 0xBB, 0xBF]) else { return }
        self.position = 3
        self.lineStart = 3
    }

    private mutating func skipSpace() {
        while let byte = self.current {
            switch byte {
            case UInt8(ascii: "\n"):
                self.position += 1
                self.line += 1
                self.lineStart = self.position
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
                self.position += 1
            default:
                return
            }
        }
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONNode {
        self.skipSpace()
        guard depth < Self.deepest else { throw self.error("nested deeper than \(Self.deepest) levels") }
        let (line, column) = (self.line, self.column)
        let value: JSONNode.Value
        switch self.current {
        case UInt8(ascii: "{"): value = .object(try self.object(depth: depth))
        case UInt8(ascii: "["): value = .array(try self.array(depth: depth))
        case UInt8(ascii: "\""): value = .string(try self.string())
        case UInt8(ascii: "t"): value = try self.word("true", .bool(true))
        case UInt8(ascii: "f"): value = try self.word("false", .bool(false))
        case UInt8(ascii: "n"): value = try self.word("null", .null)
        case nil: throw self.error("the text ends where a value is expected")
        case let byte? where byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
            value = .number(try self.number())
        case let byte?: throw self.error("a value cannot begin with \(Self.name(byte))")
        }
        return JSONNode(value: value, line: line, column: column)
    }

    private mutating func word(_ word: String, _ value: JSONNode.Value) throws(JSONSyntaxError) -> JSONNode.Value {
        guard self.bytes[self.position...].starts(with: word.utf8) else { throw self.error("expected \(word)") }
        self.position += word.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> [JSONNode.Member] {
        var members: [JSONNode.Member] = []
        self.position += 1
        self.skipSpace()
        if self.current == UInt8(ascii: "}") {
            self.position += 1
            return members
        }
        while true {
            self.skipSpace()
            let (line, column) = (self.line, self.column)
            if self.current == UInt8(ascii: "}") { throw self.error("a comma stands before another key, and none follows") }
            guard self.current == UInt8(ascii: "\"") else { throw self.error("expected a key in quotation marks") }
            let key = try self.string()
            self.skipSpace()
            guard self.current == UInt8(ascii: ":") else { throw self.error("expected : after \"\(key)\"") }
            self.position += 1
            members.append(.init(key: key, line: line, column: column, value: try self.value(depth: depth + 1)))
            self.skipSpace()
            switch self.current {
            case UInt8(ascii: ","): self.position += 1
            case UInt8(ascii: "}"):
                self.position += 1
                return members
            default: throw self.error("expected , or } after the value of \"\(key)\"")
            }
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> [JSONNode] {
        var elements: [JSONNode] = []
        self.position += 1
        self.skipSpace()
        if self.current == UInt8(ascii: "]") {
            self.position += 1
            return elements
        }
        while true {
            elements.append(try self.value(depth: depth + 1))
            self.skipSpace()
            switch self.current {
            case UInt8(ascii: ","): self.position += 1
            case UInt8(ascii: "]"):
                self.position += 1
                return elements
            default: throw self.error("expected , or ] in an array")
            }
        }
    }

    private mutating func number() throws(JSONSyntaxError) -> String {
        let start = self.position
        if self.current == UInt8(ascii: "-") { self.position += 1 }
        let firstDigit = self.current
        guard self.digits() > 0 else { throw self.error("expected a digit") }
        if firstDigit == UInt8(ascii: "0"), self.bytes[start..<self.position].drop(while: { $0 == UInt8(ascii: "-") }).count > 1 {
            throw self.error("a number cannot begin with 0")
        }
        if self.current == UInt8(ascii: ".") {
            self.position += 1
            guard self.digits() > 0 else { throw self.error("expected a digit after the decimal point") }
        }
        if self.current == UInt8(ascii: "e") || self.current == UInt8(ascii: "E") {
            self.position += 1
            if self.current == UInt8(ascii: "+") || self.current == UInt8(ascii: "-") { self.position += 1 }
            guard self.digits() > 0 else { throw self.error("expected a digit in the exponent") }
        }
        return String(decoding: self.bytes[start..<self.position], as: UTF8.self)
    }

    private mutating func digits() -> Int {
        let start = self.position
        while let byte = self.current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { self.position += 1 }
        return self.position - start
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        self.position += 1
        var text: [UInt8] = []
        while let byte = self.current {
            switch byte {
            case UInt8(ascii: "\""):
                self.position += 1
                guard let string = String(validating: text, as: UTF8.self) else { throw self.error("the string is not UTF-8") }
                return string
            case UInt8(ascii: "\\"):
                self.position += 1
                text.append(contentsOf: String(try self.escape()).utf8)
            case 0..<0x20:
                throw self.error("a string cannot hold \(Self.name(byte)) as it is; escape it, or close the string")
            default:
                text.append(byte)
                self.position += 1
            }
        }
        throw self.error("the text ends within a string")
    }

    private mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
        guard let byte = self.current else { throw self.error("the text ends within a string") }
        self.position += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let high = try self.hexadecimal()
            if let scalar = Unicode.Scalar(high) { return scalar }
            guard high < 0xDC00, self.bytes[self.position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
                return "\u{FFFD}"
            }
            let back = self.position
            self.position += 2
            let low = try self.hexadecimal()
            guard (0xDC00...0xDFFF).contains(low) else {
                self.position = back
                return "\u{FFFD}"
            }
            return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
        default:
            throw self.error("\\ cannot be followed by \(Self.name(byte))")
        }
    }

    private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt32 {
        guard self.position + 4 <= self.bytes.count,
            self.bytes[self.position..<self.position + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt32(String(decoding: self.bytes[self.position..<self.position + 4], as: UTF8.self), radix: 16)
        else { throw self.error("\\u needs four hexadecimal digits") }
        self.position += 4
        return value
    }

    private static func name(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "\n"): "a line break"
        case UInt8(ascii: "\t"): "a tabulator"
        case 0x21..<0x7F: "\(Character(Unicode.Scalar(byte)))"
        default: "byte 0x\(String(byte, radix: 16))"
        }
    }
}
