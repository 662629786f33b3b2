/// Reads JSON piece by piece in the document's order, without building a tree: an order of magnitude faster than `JSONDecoder`.
///
///     var json = JSONByteReader(bytes)
///     try json.object { key, json throws(FloatJSONError) in
///         switch key {
///         case "id": id = try json.string()
///         default: try json.skip()
///         }
///     }
///     try json.finish()
///
/// Each closure must read, or skip, exactly the one value that stands at its turn.
public struct JSONByteReader: Sendable {
    public enum Kind: Sendable {
        case null, bool, number, string, array, object
    }

    private var cursor: ByteCursor

    public init(_ bytes: [UInt8]) {
        self.cursor = ByteCursor(bytes)
    }

    /// What stands here.
    public mutating func kind() throws(FloatJSONError) -> Kind {
        try self.cursor.skipSpace()
        switch self.cursor.bytes[self.cursor.position] {
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw self.cursor.typeError()
        }
    }

    /// Calls `member` with each key, in their order.
    public mutating func object(
        _ member: (String, inout JSONByteReader) throws(FloatJSONError) -> Void
    ) throws(FloatJSONError) {
        try self.cursor.enter()
        var more = try self.cursor.open(UInt8(ascii: "{"), empty: UInt8(ascii: "}"))
        while more {
            let key = try self.cursor.key()
            try member(key, &self)
            more = try self.cursor.next(before: UInt8(ascii: "}"))
        }
        self.cursor.leave()
    }

    /// Calls `member` with the place of each key among `keys`, or nil where it is none of them, in the members' order.
    public mutating func object(
        _ keys: JSONKeys,
        _ member: (Int?, inout JSONByteReader) throws(FloatJSONError) -> Void
    ) throws(FloatJSONError) {
        try self.cursor.enter()
        var more = try self.cursor.open(UInt8(ascii: "{"), empty: UInt8(ascii: "}"))
        var likely = 0
        while more {
            let place = try self.cursor.key(of: keys, likely: likely)
            likely = (place ?? likely) + 1
            try member(place, &self)
            more = try self.cursor.next(before: UInt8(ascii: "}"))
        }
        self.cursor.leave()
    }

    /// Calls `element` for each element.
    public mutating func array(_ element: (inout JSONByteReader) throws(FloatJSONError) -> Void) throws(FloatJSONError) {
        try self.cursor.enter()
        var more = try self.cursor.open(UInt8(ascii: "["), empty: UInt8(ascii: "]"))
        while more {
            try element(&self)
            more = try self.cursor.next(before: UInt8(ascii: "]"))
        }
        self.cursor.leave()
    }

    public mutating func string() throws(FloatJSONError) -> String { try self.cursor.string() }

    /// Calls `body` with a string's bytes, escapes resolved, without making a `String` of them. They are not checked to be UTF-8, and
    /// valid only within it.
    public mutating func withString<R>(
        _ body: (UnsafeRawBufferPointer) throws(FloatJSONError) -> R
    ) throws(FloatJSONError) -> R {
        try self.cursor.withStringBytes(body)
    }

    public mutating func bool() throws(FloatJSONError) -> Bool {
        try self.cursor.skipSpace()
        let isTrue = self.cursor.bytes[self.cursor.position] == UInt8(ascii: "t")
        guard isTrue || self.cursor.bytes[self.cursor.position] == UInt8(ascii: "f") else { throw self.cursor.typeError() }
        try self.cursor.skipValue()
        return isTrue
    }

    /// A number; whole where it has no fraction.
    public mutating func number() throws(FloatJSONError) -> (whole: Int?, double: Double) {
        try self.cursor.number()
    }

    /// The `Float` nearest to the digits that stand here.
    public mutating func float() throws(FloatJSONError) -> Float { try self.cursor.float() }

    /// An array of numbers; each is the `Float` nearest to its digits.
    public mutating func floats() throws(FloatJSONError) -> [Float] { try self.cursor.floatArray() }

    /// Passes `null` if it stands here.
    public mutating func null() throws(FloatJSONError) -> Bool {
        try self.cursor.skipSpace()
        return try self.cursor.skipNull()
    }

    public mutating func skip() throws(FloatJSONError) { try self.cursor.skipValue() }

    /// Only space may follow.
    public mutating func finish() throws(FloatJSONError) { try self.cursor.finish() }
}
