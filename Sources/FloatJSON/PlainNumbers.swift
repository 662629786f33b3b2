/// Reads arrays of numbers in the form in which nearly all of them are written: a sign, digits, a point, digits.
///
/// Whatever else there is, from exponents to mistakes, it leaves to ``DecimalDigits``, so that there is one judge of what JSON
/// allows. Digits are read eight at a time: as one 64-bit word, whose bytes three multiplications put together.
enum PlainNumbers {
    /// How far the reading came.
    struct Stretch {
        /// Where the first number stands that was not read; behind the bracket where the array has ended.
        var position: Int
        var hasEnded: Bool
    }

    /// A number, what may stand around it, and the words that are read at once stay within as many bytes.
    private static let margin = 48

    /// Appends the numbers from `start`, where one begins, up to the closing bracket or the first that is not plain.
    static func read(_ bytes: UnsafeRawBufferPointer, from start: Int, into floats: inout [Float]) -> Stretch {
        var stretch = Stretch(position: start, hasEnded: false)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 256) { buffer in
            var filled = 256
            while filled == 256, !stretch.hasEnded {
                filled = 0
                while filled < 256, let number = Self.number(bytes, at: stretch.position) {
                    buffer.initializeElement(at: filled, to: number.value)
                    filled += 1
                    stretch.position = number.end
                    stretch.hasEnded = number.isLast
                    if number.isLast { break }
                }
                floats.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[..<filled]))
            }
        }
        return stretch
    }

    /// The number at `start` with the comma or bracket after it.
    ///
    /// The place of the next number must be known early, or each number waits for the one before it: what mostly goes one way is
    /// a branch, which the processor foresees, and what cannot be foreseen, signs and lengths, is computed.
    @inline(__always)
    private static func number(_ bytes: UnsafeRawBufferPointer, at start: Int) -> (value: Float, end: Int, isLast: Bool)? {
        guard start + Self.margin <= bytes.count else { return nil }
        var at = start
        if bytes[at] == 0x20 { at += 1 }
        let sign: UInt32 = bytes[at] == UInt8(ascii: "-") ? 1 : 0
        at += Int(sign)
        var value: Float
        if bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self).littleEndian == Self.zeroPoint,
            case let first = Self.word(bytes, at: at + 2), Self.others(first) == 0,
            case let second = Self.digits(bytes, at: at + 10), second.count < 8
        {
            // `0.` and eight to fifteen digits: so nearly all numbers of vectors are written.
            let significand = Int64(bitPattern: Self.eight(first) &* Self.powers[second.count] &+ second.value)
            at += 10 + second.count
            let near = Double(significand) / DecimalDigits.powersOfTen[8 + second.count]
            if significand != 0 {
                guard let float = DecimalDigits.float(near) else { return nil }
                value = float
            } else {
                value = 0
            }
        } else {
            guard let other = Self.unsigned(bytes, at: at) else { return nil }
            value = other.value
            at = other.end
        }
        value = Float(bitPattern: value.bitPattern | sign << 31)
        if bytes[at] == 0x20 { at += 1 }
        switch bytes[at] {
        case UInt8(ascii: ","): return (value, at + 1, false)
        case UInt8(ascii: "]"): return (value, at + 1, true)
        default: return nil
        }
    }

    /// A number of any length without its sign.
    private static func unsigned(_ bytes: UnsafeRawBufferPointer, at start: Int) -> (value: Float, end: Int)? {
        var at = start
        let whole = Self.digits(bytes, at: at)
        // No leading zeros; eight digits and more are seldom worth it.
        guard whole.count > 0, whole.count < 8, whole.count == 1 || bytes[at] != UInt8(ascii: "0") else { return nil }
        at += whole.count
        var significand = whole.value
        var exponent = 0
        if bytes[at] == UInt8(ascii: ".") {
            at += 1
            let first = Self.digits(bytes, at: at)
            guard first.count > 0 else { return nil }
            significand = significand &* Self.powers[first.count] &+ first.value
            at += first.count
            exponent = -first.count
            if first.count == 8 {
                let second = Self.digits(bytes, at: at)
                guard second.count < 8, whole.count + second.count <= 11 else { return nil }
                significand = significand &* Self.powers[second.count] &+ second.value
                at += second.count
                exponent -= second.count
            }
        }
        return DecimalDigits.float(significand, exponent: exponent, isNegative: false).map { ($0, at) }
    }

    private static let zeroPoint = UInt16(UInt8(ascii: ".")) << 8 | UInt16(UInt8(ascii: "0"))

    /// Eight bytes, each less the digit 0.
    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, at: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)) ^ 0x3030_3030_3030_3030
    }

    /// The top bit of each byte of a word that is no digit.
    @inline(__always)
    private static func others(_ word: UInt64) -> UInt64 {
        ((word & 0x7F7F_7F7F_7F7F_7F7F) &+ 0x7676_7676_7676_7676 | word) & 0x8080_8080_8080_8080
    }

    /// The number that eight digits make, the first in the lowest byte.
    @inline(__always)
    private static func eight(_ word: UInt64) -> UInt64 {
        let pairs = word &* 10 &+ (word >> 8)
        let even = (pairs & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
        let odd = ((pairs >> 16) & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
        return (even &+ odd) >> 32
    }

    /// Up to eight digits from `at`.
    @inline(__always)
    private static func digits(_ bytes: UnsafeRawBufferPointer, at: Int) -> (value: UInt64, count: Int) {
        let word = Self.word(bytes, at: at)
        let count = Self.others(word).trailingZeroBitCount / 8
        // The digits move to the last places, zeros before them; the two steps make it right for none, too.
        return (Self.eight((word &<< UInt64(4 * (8 - count))) &<< UInt64(4 * (8 - count))), count)
    }

    private static let powers: InlineArray<9, UInt64> = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000,
    ]
}
