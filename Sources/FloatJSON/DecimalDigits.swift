/// A number's digits as they stand in the bytes: `significand` × 10^`exponent`, and where to read them again.
struct DecimalDigits {
    private let start: Int
    private(set) var end: Int
    private var negative = false
    /// The first 19 digits that matter; the rest is only counted.
    private var significand: UInt64 = 0
    private var significantDigits = 0
    private var exponent = 0

    init(start: Int) {
        self.start = start
        self.end = start
    }

    /// Reads by JSON's grammar: no leading zeros, no plus sign, digits on both sides of the point.
    mutating func scan(_ bytes: [UInt8]) throws(FloatJSONError) {
        if self.end < bytes.count, bytes[self.end] == UInt8(ascii: "-") {
            self.negative = true
            self.end += 1
        }
        if self.end < bytes.count, bytes[self.end] == UInt8(ascii: "0") {
            self.end += 1
        } else {
            try self.digits(bytes, fraction: false)
        }
        if self.end < bytes.count, bytes[self.end] == UInt8(ascii: ".") {
            self.end += 1
            try self.digits(bytes, fraction: true)
        }
        if self.end < bytes.count, bytes[self.end] | 0x20 == UInt8(ascii: "e") {
            self.end += 1
            try self.power(bytes)
        }
    }

    private mutating func digits(_ bytes: [UInt8], fraction: Bool) throws(FloatJSONError) {
        let first = self.end
        var at = first
        var significand = self.significand
        var significantDigits = self.significantDigits
        var exponent = self.exponent
        while at < bytes.count {
            let digit = bytes[at] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            if significantDigits < 19 {
                significand = significand &* 10 &+ UInt64(digit)
                if significand != 0 { significantDigits += 1 }
                if fraction { exponent -= 1 }
            } else if !fraction {
                exponent += 1
            }
            at += 1
        }
        guard at > first else {
            throw FloatJSONError(at < bytes.count ? .unexpectedByte : .truncated, at: at)
        }
        self.end = at
        self.significand = significand
        self.significantDigits = significantDigits
        self.exponent = exponent
    }

    private mutating func power(_ bytes: [UInt8]) throws(FloatJSONError) {
        var negative = false
        if self.end < bytes.count, bytes[self.end] == UInt8(ascii: "+") || bytes[self.end] == UInt8(ascii: "-") {
            negative = bytes[self.end] == UInt8(ascii: "-")
            self.end += 1
        }
        let first = self.end
        var power = 0
        while self.end < bytes.count {
            let digit = bytes[self.end] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            // Beyond a million every number is zero or out of range.
            if power < 1_000_000 { power = power * 10 + Int(digit) }
            self.end += 1
        }
        guard self.end > first else {
            throw FloatJSONError(self.end < bytes.count ? .unexpectedByte : .truncated, at: self.end)
        }
        self.exponent += negative ? -power : power
    }

    // MARK: Values

    /// The nearest `Float`.
    func float(in bytes: [UInt8]) throws(FloatJSONError) -> Float {
        if let float = Self.float(self.significand, exponent: self.exponent, isNegative: self.negative) { return float }
        guard let float = Float(self.text(in: bytes)), float.isFinite else {
            throw FloatJSONError(.numberOutOfRange, at: self.start)
        }
        return float
    }

    /// The `Float` nearest to `significand` × 10^`exponent`; nil where that takes more than one operation to know.
    static func float(_ significand: UInt64, exponent: Int, isNegative: Bool) -> Float? {
        if significand == 0 { return isNegative ? -0.0 : 0 }
        guard exponent >= -22, exponent <= 22 else { return nil }
        let power = Self.powersOfTen[abs(exponent)]
        return Self.float(exponent < 0 ? Double(significand) / power : Double(significand) * power).map { isNegative ? -$0 : $0 }
    }

    /// The `Float` nearest to a positive number that one double operation has given.
    ///
    /// It is within two units of the last place of the true value; rounding it to `Float` is then right unless it lies next to the
    /// middle between two floats. Those few, the tiny and the huge are nil: they are read again digit by digit.
    @inline(__always)
    static func float(_ near: Double) -> Float? {
        let distance = Int64(near.bitPattern & 0x1FFF_FFFF) - 0x1000_0000
        guard abs(distance) > 4, near > 1.2e-38, near < 3.4e38 else { return nil }
        return Float(near)
    }

    func double(in bytes: [UInt8]) throws(FloatJSONError) -> Double {
        guard let double = Double(self.text(in: bytes)), double.isFinite else {
            throw FloatJSONError(.numberOutOfRange, at: self.start)
        }
        return double
    }

    /// The number, where it has neither a fraction nor more digits than `Int` surely holds.
    var plainInteger: Int? {
        guard self.exponent == 0, self.significantDigits < 19 else { return nil }
        return self.negative ? -Int(self.significand) : Int(self.significand)
    }

    func integer(in bytes: [UInt8]) throws(FloatJSONError) -> Int {
        if let integer = Int(self.text(in: bytes)) { return integer }
        // A whole number may come with a point; from 2^53 on a double cannot tell.
        guard let integer = Int(exactly: try self.double(in: bytes)), abs(integer) < 1 << 53 else {
            throw FloatJSONError(.numberOutOfRange, at: self.start)
        }
        return integer
    }

    private func text(in bytes: [UInt8]) -> String {
        String(decoding: bytes[self.start..<self.end], as: UTF8.self)
    }

    /// Exact in a double.
    static let powersOfTen: InlineArray<23, Double> = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
        1e22,
    ]
}
