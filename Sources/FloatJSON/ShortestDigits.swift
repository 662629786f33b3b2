/// A float in the fewest digits that read back as the same float, as `description` gives it; several times as fast for the numbers
/// that vectors are made of.
enum ShortestDigits {
    /// Bytes that are written at most, what lies behind the number included.
    static let width = 24

    /// Writes the number and returns its length in bytes.
    ///
    /// - Parameters:
    ///   - value: finite.
    ///   - out: has room for ``width`` bytes.
    ///   - scales: the numbers of ``scales``; looked up once for many floats.
    @inline(__always)
    static func write(_ value: Float, to out: UnsafeMutableRawPointer, scales: UnsafePointer<Double>) -> Int {
        let bits = value.bitPattern & 0x7FFF_FFFF
        // From 0.0001 up to, but without, 1; and not where two floats lie at different distances, as at powers of two.
        guard bits > 0x38D1_B717, bits < 0x3F80_0000, bits & 0x007F_FFFF != 0 else {
            return Self.writeDescription(value, to: out)
        }
        let magnitude = Double(Float(bitPattern: bits))
        let zeros = (magnitude < 0.1 ? 1 : 0) + (magnitude < 0.01 ? 1 : 0) + (magnitude < 0.001 ? 1 : 0)
        // What reads back as the same float lies no further away than half of the step to the next; nearly half, so that no
        // rounding of the arithmetic can matter. Nine digits are always enough. Six and fewer need no numbers of their own: they
        // are seven, of which the last are zero, but for a short stretch below 0.001 where steps are wide.
        guard magnitude >= 0.001 || magnitude < 0.000_976 else { return Self.writeDescription(value, to: out) }
        let half = Double(bitPattern: (UInt64(bits >> 23) + 1023 - 127 - 24) << 52) * 0.999_999
        // All three at once: which of them it is cannot be foreseen.
        let seven = magnitude * scales[zeros]
        let eight = magnitude * scales[zeros + 1]
        let rounded7 = Int64(seven + 0.5)
        let rounded8 = Int64(eight + 0.5)
        let rounded9 = Int64(magnitude * scales[zeros + 2] + 0.5)
        let isSeven = abs(Double(rounded7) - seven) < half * scales[zeros]
        let isEight = abs(Double(rounded8) - eight) < half * scales[zeros + 1]
        let digits = UInt64(bitPattern: isSeven ? rounded7 : isEight ? rounded8 : rounded9)
        let places = zeros + (isSeven ? 7 : isEight ? 8 : 9)

        // Sixteen digits, zeros first, as they stand in memory: the first in the lowest byte.
        let low = Self.eight(digits % 100_000_000)
        // Of nine digits the first; more than nine there are not.
        let high = (digits / 100_000_000) << 56 | 0x3030_3030_3030_3030
        let trailingZeros = (low ^ 0x3030_3030_3030_3030).leadingZeroBitCount / 8
        let all = UInt128(low) << 64 | UInt128(high)
        let isNegative = value.sign == .minus
        out.storeBytes(of: UInt8(ascii: "-"), as: UInt8.self)
        let start = out + (isNegative ? 1 : 0)
        start.storeBytes(of: (UInt16(UInt8(ascii: ".")) << 8 | UInt16(UInt8(ascii: "0"))).littleEndian, as: UInt16.self)
        (start + 2).storeBytes(of: (all >> UInt128(8 * (16 - places))).littleEndian, as: UInt128.self)
        return (isNegative ? 3 : 2) + places - trailingZeros
    }

    private static func writeDescription(_ value: Float, to out: UnsafeMutableRawPointer) -> Int {
        var length = 0
        for byte in value.description.utf8 {
            out.storeBytes(of: byte, toByteOffset: length, as: UInt8.self)
            length += 1
        }
        return length
    }

    /// The eight decimal digits of a number below 10⁸ in ASCII, the first in the lowest byte.
    @inline(__always)
    private static func eight(_ number: UInt64) -> UInt64 {
        // Two numbers of four digits, then four of two, then eight of one, side by side in one word.
        let thousands = number / 10_000
        let fours = thousands | (number &- thousands &* 10_000) << 32
        let hundreds = (fours &* 10_486) >> 20 & 0x0000_007F_0000_007F
        let twos = hundreds | (fours &- hundreds &* 100) << 16
        let tens = (twos &* 103) >> 10 & 0x000F_000F_000F_000F
        return (tens | (twos &- tens &* 10) << 8) &+ 0x3030_3030_3030_3030
    }

    /// 10⁷ … 10¹²
    static let scales = [1e7, 1e8, 1e9, 1e10, 1e11, 1e12]
}
