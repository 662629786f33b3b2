/// Writes JSON straight into bytes, about ten times as fast as `JSONEncoder` where floats are many.
///
///     var json = JSONByteWriter()
///     try json.object { json throws(FloatJSONError) in
///         json.key("id")
///         json.integer(7)
///         json.key("vector")
///         try json.floats([0.5, -1])
///     }
///     json.bytes  // {"id":7,"vector":[0.5,-1.0]}
///
/// Commas are set by the writer; that keys and values alternate is the caller's duty.
public struct JSONByteWriter: Sendable {
    public private(set) var bytes: [UInt8] = []
    /// Whether a value stands before, in the same array or object.
    private var follows = false

    /// - Parameter capacity: bytes to reserve; about 11 a float.
    public init(capacity: Int = 0) {
        self.bytes.reserveCapacity(capacity)
    }

    // MARK: Containers

    public mutating func object<E: Error>(_ members: (inout JSONByteWriter) throws(E) -> Void) throws(E) {
        self.separate()
        self.bytes.append(UInt8(ascii: "{"))
        self.follows = false
        try members(&self)
        self.bytes.append(UInt8(ascii: "}"))
        self.follows = true
    }

    public mutating func array<E: Error>(_ elements: (inout JSONByteWriter) throws(E) -> Void) throws(E) {
        self.separate()
        self.bytes.append(UInt8(ascii: "["))
        self.follows = false
        try elements(&self)
        self.bytes.append(UInt8(ascii: "]"))
        self.follows = true
    }

    /// The name of the value that follows.
    public mutating func key(_ name: String) {
        self.string(name)
        self.bytes.append(UInt8(ascii: ":"))
        self.follows = false
    }

    // MARK: Values

    public mutating func string(_ text: String) {
        self.separate()
        var text = text
        text.withUTF8 { self.quote($0) }
    }

    /// How many bytes ``string(_:)`` writes for a text, its quotes included.
    public static func length(of text: String) -> Int {
        var length = 2
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x08, 0x09, 0x0A, 0x0C, 0x0D: length += 2
            case 0..<0x20: length += 6
            default: length += 1
            }
        }
        return length
    }

    public mutating func integer(_ value: some FixedWidthInteger) {
        self.separate()
        self.bytes.append(contentsOf: value.description.utf8)
    }

    public mutating func bool(_ value: Bool) {
        self.separate()
        self.bytes.append(contentsOf: value ? "true".utf8 : "false".utf8)
    }

    public mutating func null() {
        self.separate()
        self.bytes.append(contentsOf: "null".utf8)
    }

    /// Shortest digits that read back as the same `Double`.
    ///
    /// - Throws: kind `notFinite`; `offset` is where the number would stand.
    public mutating func double(_ value: Double) throws(FloatJSONError) {
        guard value.isFinite else { throw FloatJSONError(.notFinite, at: self.bytes.count) }
        self.separate()
        self.bytes.append(contentsOf: value.description.utf8)
    }

    /// Shortest digits that read back as the same `Float`.
    ///
    /// - Throws: kind `notFinite`; `offset` is where the number would stand.
    public mutating func float(_ value: Float) throws(FloatJSONError) {
        guard value.isFinite else { throw FloatJSONError(.notFinite, at: self.bytes.count) }
        self.separate()
        self.bytes.append(contentsOf: value.description.utf8)
    }

    /// An array of numbers; each with the shortest digits that read back as the same `Float`.
    ///
    /// - Throws: kind `notFinite`; what was written until then is not JSON.
    public mutating func floats(_ values: [Float]) throws(FloatJSONError) {
        self.separate()
        self.bytes.append(UInt8(ascii: "["))
        var written = 0
        while written < values.count {
            written = self.append(values, from: written)
            guard written == values.count || values[written].isFinite else {
                throw FloatJSONError(.notFinite, at: self.bytes.count)
            }
        }
        self.bytes.append(UInt8(ascii: "]"))
    }

    /// Appends numbers with their commas, some hundreds at most; returns the position of the first that was not.
    private mutating func append(_ values: [Float], from start: Int) -> Int {
        let each = ShortestDigits.width + 1
        let end = min(values.count, start + 256)
        return ShortestDigits.scales.withUnsafeBufferPointer { scales in
            withUnsafeTemporaryAllocation(byteCount: (end - start) * each, alignment: 16) { buffer in
                guard let base = buffer.baseAddress, let scales = scales.baseAddress else { return start }
                var length = 0
                var at = start
                while at < end {
                    let value = values[at]
                    guard value.isFinite else { break }
                    if at > 0 {
                        base.storeBytes(of: UInt8(ascii: ","), toByteOffset: length, as: UInt8.self)
                        length += 1
                    }
                    length += ShortestDigits.write(value, to: base + length, scales: scales)
                    at += 1
                }
                self.bytes.append(contentsOf: UnsafeRawBufferPointer(start: base, count: length))
                return at
            }
        }
    }

    /// A value that is JSON already; it is not checked.
    public mutating func encoded(_ json: some Sequence<UInt8>) {
        self.separate()
        self.bytes.append(contentsOf: json)
    }

    // MARK: -

    private mutating func separate() {
        if self.follows { self.bytes.append(UInt8(ascii: ",")) }
        self.follows = true
    }

    private mutating func quote(_ text: UnsafeBufferPointer<UInt8>) {
        self.bytes.append(UInt8(ascii: "\""))
        var plain = 0
        for at in 0..<text.count {
            let byte = text[at]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            self.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[plain..<at]))
            plain = at + 1
            self.escape(byte)
        }
        self.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[plain...]))
        self.bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        self.bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: self.bytes.append(UInt8(ascii: "b"))
        case 0x09: self.bytes.append(UInt8(ascii: "t"))
        case 0x0A: self.bytes.append(UInt8(ascii: "n"))
        case 0x0C: self.bytes.append(UInt8(ascii: "f"))
        case 0x0D: self.bytes.append(UInt8(ascii: "r"))
        case 0..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            self.bytes.append(contentsOf: "u00".utf8)
            self.bytes.append(digits[Int(byte >> 4)])
            self.bytes.append(digits[Int(byte & 15)])
        default: self.bytes.append(byte)
        }
    }
}
