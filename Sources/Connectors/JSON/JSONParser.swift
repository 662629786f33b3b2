/// Reads JSON text into a ``JSONValue``.
///
/// More forgiving than RFC 8259 in two points, because one odd text must not cost a page of records: raw control characters
/// in strings are taken (NUL is dropped), and bytes that are not UTF-8 are replaced.
struct JSONParser {
    /// Where and why the text is not JSON.
    struct Failure: Error, Equatable, CustomStringConvertible {
        var offset: Int
        var problem: String

        var description: String { "\(self.problem) at byte \(self.offset)" }
    }

    /// Deeper nesting is refused; no answer of GitHub or Jira comes near.
    static let maximumDepth = 256

    private let bytes: [UInt8]
    private var index = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    static func parse(_ bytes: [UInt8]) throws(Failure) -> JSONValue {
        var parser = JSONParser(bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.index = 3 }
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.index == bytes.count else { throw parser.failure("unexpected text after the document") }
        return value
    }

    static func parse(_ text: String) throws(Failure) -> JSONValue { try Self.parse(Array(text.utf8)) }

    private func failure(_ problem: String) -> Failure { Failure(offset: self.index, problem: problem) }

    private var byte: UInt8? { self.index < self.bytes.count ? self.bytes[self.index] : nil }

    private mutating func skipSpace() {
        while let byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { self.index += 1 }
    }

    private mutating func value(depth: Int) throws(Failure) -> JSONValue {
        guard depth < Self.maximumDepth else { throw self.failure("nested too deeply") }
        self.skipSpace()
        switch self.byte {
        case UInt8(ascii: "{"): return try self.object(depth: depth)
        case UInt8(ascii: "["): return try self.array(depth: depth)
        case UInt8(ascii: "\""): return .string(try self.string())
        case UInt8(ascii: "t"): return try self.word("true", .bool(true))
        case UInt8(ascii: "f"): return try self.word("false", .bool(false))
        case UInt8(ascii: "n"): return try self.word("null", .null)
        case nil: throw self.failure("the document ends early")
        case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try self.number()
        default: throw self.failure("unexpected character")
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(Failure) -> JSONValue {
        guard self.bytes[self.index...].starts(with: word.utf8) else { throw self.failure("unexpected character") }
        self.index += word.utf8.count
        return value
    }

    private mutating func number() throws(Failure) -> JSONValue {
        let start = self.index
        while let byte = self.byte {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
                UInt8(ascii: "e"), UInt8(ascii: "E"):
                self.index += 1
                continue
            default: break
            }
            break
        }
        let text = String(decoding: self.bytes[start..<self.index], as: UTF8.self)
        guard Double(text) != nil, let last = text.utf8.last, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(last) else {
            throw Failure(offset: start, problem: "not a number")
        }
        return .number(text)
    }

    private mutating func array(depth: Int) throws(Failure) -> JSONValue {
        self.index += 1
        var values: [JSONValue] = []
        self.skipSpace()
        if self.byte == UInt8(ascii: "]") {
            self.index += 1
            return .array([])
        }
        while true {
            values.append(try self.value(depth: depth + 1))
            self.skipSpace()
            switch self.byte {
            case UInt8(ascii: ","): self.index += 1
            case UInt8(ascii: "]"):
                self.index += 1
                return .array(values)
            default: throw self.failure("a comma or ] is missing")
            }
        }
    }

    private mutating func object(depth: Int) throws(Failure) -> JSONValue {
        self.index += 1
        var members: [JSONValue.Member] = []
        self.skipSpace()
        if self.byte == UInt8(ascii: "}") {
            self.index += 1
            return .object([])
        }
        while true {
            self.skipSpace()
            guard self.byte == UInt8(ascii: "\"") else { throw self.failure("a member's name is missing") }
            let name = try self.string()
            self.skipSpace()
            guard self.byte == UInt8(ascii: ":") else { throw self.failure("a colon is missing") }
            self.index += 1
            members.append(.init(name: name, value: try self.value(depth: depth + 1)))
            self.skipSpace()
            switch self.byte {
            case UInt8(ascii: ","): self.index += 1
            case UInt8(ascii: "}"):
                self.index += 1
                return .object(members)
            default: throw self.failure("a comma or } is missing")
            }
        }
    }

    private mutating func string() throws(Failure) -> String {
        self.index += 1
        let start = self.index
        // Most strings hold no escape: one pass, one copy.
        while let byte = self.byte, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte != 0 { self.index += 1 }
        if self.byte == UInt8(ascii: "\"") {
            defer { self.index += 1 }
            return String(decoding: self.bytes[start..<self.index], as: UTF8.self)
        }
        var text = Array(self.bytes[start..<self.index])
        while let byte = self.byte {
            self.index += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try self.escape(into: &text)
            case 0: continue
            default: text.append(byte)
            }
        }
        throw self.failure("a string does not end")
    }

    private mutating func escape(into text: inout [UInt8]) throws(Failure) {
        guard let byte = self.byte else { throw self.failure("a string does not end") }
        self.index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = UInt32(try self.hexadecimal())
            if (0xD800..<0xDC00).contains(code), self.bytes[self.index...].starts(with: #"\u"#.utf8) {
                let mark = self.index
                self.index += 2
                let low = UInt32(try self.hexadecimal())
                if (0xDC00..<0xE000).contains(low) {
                    code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                } else {
                    self.index = mark
                }
            }
            // A lone surrogate is no scalar and is dropped; so is NUL.
            guard code != 0, let scalar = Unicode.Scalar(code) else { return }
            text += UTF8.encode(scalar).map(Array.init) ?? []
        default: throw self.failure("unknown escape")
        }
    }

    private mutating func hexadecimal() throws(Failure) -> UInt16 {
        let end = self.index + 4
        guard end <= self.bytes.count, let code = UInt16(String(decoding: self.bytes[self.index..<end], as: UTF8.self), radix: 16)
        else { throw self.failure("bad \\u escape") }
        self.index = end
        return code
    }
}
