/// A position in JSON bytes, moved over one grammatical piece at a time; never beyond the end.
struct ByteCursor {
    let bytes: [UInt8]
    private(set) var position = 0
    private var depth = 0
    /// Numbers of the last array that was read.
    private var lastCount = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    // MARK: Between values

    mutating func skipSpace() throws(FloatJSONError) {
        while self.position < self.bytes.count {
            switch self.bytes[self.position] {
            case 0x20, 0x0A, 0x0D, 0x09: self.position += 1
            default: return
            }
        }
        throw FloatJSONError(.truncated, at: self.position)
    }

    /// Only space may follow the document.
    mutating func finish() throws(FloatJSONError) {
        while self.position < self.bytes.count {
            switch self.bytes[self.position] {
            case 0x20, 0x0A, 0x0D, 0x09: self.position += 1
            default: throw FloatJSONError(.unexpectedByte, at: self.position)
            }
        }
    }

    mutating func enter() throws(FloatJSONError) {
        guard self.depth < FloatScanner.maximumDepth else { throw FloatJSONError(.tooDeep, at: self.position) }
        self.depth += 1
    }

    mutating func leave() {
        self.depth -= 1
    }

    /// Enters an array or object; says whether it has something in it, else has passed its end.
    mutating func open(_ bracket: UInt8, empty close: UInt8) throws(FloatJSONError) -> Bool {
        try self.skipSpace()
        guard self.bytes[self.position] == bracket else { throw self.typeError() }
        self.position += 1
        try self.skipSpace()
        guard self.bytes[self.position] == close else { return true }
        self.position += 1
        return false
    }

    /// After an element: passes a comma and says true, or the closing bracket and says false.
    mutating func next(before close: UInt8) throws(FloatJSONError) -> Bool {
        try self.skipSpace()
        switch self.bytes[self.position] {
        case UInt8(ascii: ","):
            self.position += 1
            return true
        case close:
            self.position += 1
            return false
        default:
            throw FloatJSONError(.unexpectedByte, at: self.position)
        }
    }

    /// Passes a member's key and its colon.
    mutating func key(equals name: [UInt8]) throws(FloatJSONError) -> Bool {
        try self.skipSpace()
        guard self.bytes[self.position] == UInt8(ascii: "\"") else { throw FloatJSONError(.unexpectedByte, at: self.position) }
        let start = self.position
        let escaped = try self.skipString()
        let matches: Bool
        if escaped {
            matches = try JSONStringDecoder.bytes(of: self.bytes[start + 1..<self.position - 1]) == name
        } else {
            matches = self.position - start - 2 == name.count && self.bytes[start + 1..<self.position - 1].elementsEqual(name)
        }
        try self.skipSpace()
        guard self.bytes[self.position] == UInt8(ascii: ":") else { throw FloatJSONError(.unexpectedByte, at: self.position) }
        self.position += 1
        return matches
    }

    /// Passes a member's key and its colon.
    mutating func key() throws(FloatJSONError) -> String {
        try self.skipSpace()
        guard self.bytes[self.position] == UInt8(ascii: "\"") else { throw FloatJSONError(.unexpectedByte, at: self.position) }
        let key = try self.string()
        try self.skipSpace()
        guard self.bytes[self.position] == UInt8(ascii: ":") else { throw FloatJSONError(.unexpectedByte, at: self.position) }
        self.position += 1
        return key
    }

    /// Passes a member's key and its colon.
    ///
    /// - Parameter likely: the place among `keys` to try first.
    /// - Returns: the key's place among `keys`; nil where it is none of them.
    mutating func key(of keys: JSONKeys, likely: Int) throws(FloatJSONError) -> Int? {
        try self.skipSpace()
        guard self.bytes[self.position] == UInt8(ascii: "\"") else { throw FloatJSONError(.unexpectedByte, at: self.position) }
        var place = self.bytes.withUnsafeBytes { bytes in
            keys.place(at: UnsafeRawBufferPointer(rebasing: bytes[self.position...]), likely: likely)
        }
        if let place {
            self.position += keys.length(at: place)
        } else {
            let start = self.position
            // Any character may be written as an escape.
            if try self.skipString() {
                let name = try JSONStringDecoder.bytes(of: self.bytes[start + 1..<self.position - 1])
                place = keys.names.firstIndex { $0.utf8.elementsEqual(name) }
            }
        }
        try self.skipSpace()
        guard self.bytes[self.position] == UInt8(ascii: ":") else { throw FloatJSONError(.unexpectedByte, at: self.position) }
        self.position += 1
        return place
    }

    // MARK: Values

    /// What to say of a byte that begins another kind of value, or none.
    func typeError() -> FloatJSONError {
        switch self.bytes[self.position] {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            FloatJSONError(.wrongType, at: self.position)
        default:
            FloatJSONError(.unexpectedByte, at: self.position)
        }
    }

    mutating func skipValue() throws(FloatJSONError) {
        try self.skipSpace()
        switch self.bytes[self.position] {
        case UInt8(ascii: "{"):
            try self.enter()
            var more = try self.open(UInt8(ascii: "{"), empty: UInt8(ascii: "}"))
            while more {
                _ = try self.key(equals: [])
                try self.skipValue()
                more = try self.next(before: UInt8(ascii: "}"))
            }
            self.leave()
        case UInt8(ascii: "["):
            try self.enter()
            var more = try self.open(UInt8(ascii: "["), empty: UInt8(ascii: "]"))
            while more {
                try self.skipValue()
                more = try self.next(before: UInt8(ascii: "]"))
            }
            self.leave()
        case UInt8(ascii: "\""): _ = try self.skipString()
        case UInt8(ascii: "t"): try self.word("true")
        case UInt8(ascii: "f"): try self.word("false")
        case UInt8(ascii: "n"): try self.word("null")
        default: _ = try self.digits()
        }
    }

    /// Passes `null` if it stands here.
    mutating func skipNull() throws(FloatJSONError) -> Bool {
        guard self.bytes[self.position] == UInt8(ascii: "n") else { return false }
        try self.word("null")
        return true
    }

    private mutating func word(_ word: StaticString) throws(FloatJSONError) {
        for at in 0..<word.utf8CodeUnitCount {
            guard self.position < self.bytes.count else { throw FloatJSONError(.truncated, at: self.position) }
            guard self.bytes[self.position] == word.utf8Start[at] else {
                throw FloatJSONError(.unexpectedByte, at: self.position)
            }
            self.position += 1
        }
    }

    /// Passes a string; says whether it holds escapes.
    private mutating func skipString() throws(FloatJSONError) -> Bool {
        var escaped = false
        self.position += 1
        while self.position < self.bytes.count {
            self.skipPlainCharacters()
            switch self.bytes[self.position] {
            case UInt8(ascii: "\""):
                self.position += 1
                return escaped
            case UInt8(ascii: "\\"):
                escaped = true
                try self.skipEscape()
            case 0..<0x20:
                throw FloatJSONError(.malformedString, at: self.position)
            default:
                self.position += 1
            }
        }
        throw FloatJSONError(.truncated, at: self.position)
    }

    /// Passes eight bytes at a time as long as none of them ends a string, begins an escape or is a control character; stops
    /// before the last byte.
    private mutating func skipPlainCharacters() {
        let start = self.position
        self.position = self.bytes.withUnsafeBytes { bytes in
            var at = start
            while at + 8 < bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                let quote = word ^ 0x2222_2222_2222_2222
                let escape = word ^ 0x5C5C_5C5C_5C5C_5C5C
                let low: UInt64 = 0x0101_0101_0101_0101
                let found =
                    (quote &- low) & ~quote | (escape &- low) & ~escape | (word &- 0x2020_2020_2020_2020) & ~word
                guard found & 0x8080_8080_8080_8080 == 0 else { break }
                at += 8
            }
            return at
        }
    }

    private mutating func skipEscape() throws(FloatJSONError) {
        self.position += 1
        guard self.position < self.bytes.count else { throw FloatJSONError(.truncated, at: self.position) }
        switch self.bytes[self.position] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            self.position += 1
        case UInt8(ascii: "u"):
            self.position += 1
            for _ in 0..<4 {
                guard self.position < self.bytes.count else { throw FloatJSONError(.truncated, at: self.position) }
                guard Character(Unicode.Scalar(self.bytes[self.position])).isHexDigit else {
                    throw FloatJSONError(.malformedString, at: self.position)
                }
                self.position += 1
            }
        default:
            throw FloatJSONError(.malformedString, at: self.position)
        }
    }

    /// Calls `body` with a string's bytes, escapes resolved; they are valid only within it.
    mutating func withStringBytes<R>(
        _ body: (UnsafeRawBufferPointer) throws(FloatJSONError) -> R
    ) throws(FloatJSONError) -> R {
        try self.skipSpace()
        guard self.bytes[self.position] == UInt8(ascii: "\"") else { throw self.typeError() }
        let start = self.position
        let escaped = try self.skipString()
        let inner = start + 1..<self.position - 1
        if escaped {
            return try JSONStringDecoder.bytes(of: self.bytes[inner]).withUnsafeBufferPointer { bytes throws(FloatJSONError) in
                try body(UnsafeRawBufferPointer(bytes))
            }
        }
        return try self.bytes.withUnsafeBufferPointer { bytes throws(FloatJSONError) in
            try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[inner])))
        }
    }

    mutating func string() throws(FloatJSONError) -> String {
        try self.skipSpace()
        let start = self.position
        return try self.withStringBytes { bytes throws(FloatJSONError) in
            // What is ASCII is valid; to find out about the rest takes ten times as long.
            if Self.isASCII(bytes) { return String(decoding: bytes, as: UTF8.self) }
            guard let text = String(validating: bytes, as: UTF8.self) else { throw FloatJSONError(.malformedString, at: start) }
            return text
        }
    }

    private static func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var at = 0
        while at + 8 <= bytes.count {
            guard bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 else { return false }
            at += 8
        }
        while at < bytes.count {
            guard bytes[at] < 0x80 else { return false }
            at += 1
        }
        return true
    }

    // MARK: Numbers

    mutating func floatArray() throws(FloatJSONError) -> [Float] {
        try self.skipSpace()
        try self.enter()
        defer { self.leave() }
        var floats: [Float] = []
        // One vector is as long as the one before.
        floats.reserveCapacity(self.lastCount)
        var more = try self.open(UInt8(ascii: "["), empty: UInt8(ascii: "]"))
        while more {
            let position = self.position
            let stretch = self.bytes.withUnsafeBytes { PlainNumbers.read($0, from: position, into: &floats) }
            self.position = stretch.position
            if stretch.hasEnded { break }
            try self.skipSpace()
            floats.append(try self.requireNumber().float(in: self.bytes))
            more = try self.next(before: UInt8(ascii: "]"))
        }
        self.lastCount = floats.count
        return floats
    }

    mutating func integer() throws(FloatJSONError) -> Int {
        try self.skipSpace()
        return try self.requireNumber().integer(in: self.bytes)
    }

    mutating func double() throws(FloatJSONError) -> Double {
        try self.skipSpace()
        return try self.requireNumber().double(in: self.bytes)
    }

    /// A number; whole where it has no fraction and `Int` holds it.
    mutating func number() throws(FloatJSONError) -> (whole: Int?, double: Double) {
        try self.skipSpace()
        let digits = try self.requireNumber()
        if let whole = digits.plainInteger { return (whole, Double(whole)) }
        return (try? digits.integer(in: self.bytes), try digits.double(in: self.bytes))
    }

    mutating func float() throws(FloatJSONError) -> Float {
        try self.skipSpace()
        return try self.requireNumber().float(in: self.bytes)
    }

    private mutating func requireNumber() throws(FloatJSONError) -> DecimalDigits {
        switch self.bytes[self.position] {
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try self.digits()
        default: throw self.typeError()
        }
    }

    private mutating func digits() throws(FloatJSONError) -> DecimalDigits {
        var digits = DecimalDigits(start: self.position)
        try digits.scan(self.bytes)
        self.position = digits.end
        return digits
    }
}
