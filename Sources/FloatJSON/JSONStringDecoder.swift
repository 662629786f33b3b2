/// Resolves the escapes of a string whose grammar has been checked.
enum JSONStringDecoder {
    /// - Parameter inner: what stands between the quotation marks.
    /// - Throws: kind `malformedString` for half of a surrogate pair.
    static func bytes(of inner: ArraySlice<UInt8>) throws(FloatJSONError) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(inner.count)
        var at = inner.startIndex
        while at < inner.endIndex {
            guard inner[at] == UInt8(ascii: "\\") else {
                out.append(inner[at])
                at += 1
                continue
            }
            let escape = inner[at + 1]
            guard escape == UInt8(ascii: "u") else {
                out.append(self.plain(escape))
                at += 2
                continue
            }
            let start = at
            var value = self.unit(inner, at: at)
            at += 6
            if value >= 0xD800, value < 0xDC00, at < inner.endIndex - 5, inner[at] == UInt8(ascii: "\\"),
                inner[at + 1] == UInt8(ascii: "u"), case let low = self.unit(inner, at: at), low >= 0xDC00, low < 0xE000
            {
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
                at += 6
            }
            guard let scalar = Unicode.Scalar(value) else { throw FloatJSONError(.malformedString, at: start) }
            out.append(contentsOf: String(Character(scalar)).utf8)
        }
        return out
    }

    private static func plain(_ escape: UInt8) -> UInt8 {
        switch escape {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: escape
        }
    }

    /// The UTF-16 unit of the `\uXXXX` at `at`.
    private static func unit(_ inner: ArraySlice<UInt8>, at: Int) -> UInt32 {
        var value: UInt32 = 0
        for digit in inner[at + 2..<at + 6] {
            value = value << 4 | UInt32(digit & 15) + (digit > UInt8(ascii: "9") ? 9 : 0)
        }
        return value
    }
}
