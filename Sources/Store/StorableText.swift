/// Texts of sources as PostgreSQL can keep them.
enum StorableText {
    /// Without NUL, which `text` cannot hold.
    static func plain(_ text: String) -> String {
        text.utf8.contains(0) ? text.replacing("\0", with: "") : text
    }

    /// JSON with U+FFFD for what `jsonb` refuses although JSON allows it: an escaped NUL, and escaped surrogates without their other
    /// half.
    static func json(_ json: String) -> String {
        guard json.utf8.contains(UInt8(ascii: "\\")) else { return json }
        var bytes = Array(json.utf8)
        var index = 0
        while index + 1 < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            guard let unit = Self.escapedUnit(bytes, at: index) else {
                // Any other escape is two bytes long; of `\\u0000` the second is no beginning.
                index += 2
                continue
            }
            let next = Self.escapedUnit(bytes, at: index + 6)
            switch unit {
            case 0xD800..<0xDC00 where next.map({ (0xDC00..<0xE000).contains($0) }) ?? false:
                index += 12
            case 0, 0xD800..<0xE000:
                bytes.replaceSubrange((index + 2)..<(index + 6), with: Array("fffd".utf8))
                index += 6
            default:
                index += 6
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The UTF-16 unit of the escape `\uXXXX` at `index`; nil where none stands there.
    private static func escapedUnit(_ bytes: [UInt8], at index: Int) -> UInt16? {
        guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        return UInt16(String(decoding: bytes[(index + 2)..<(index + 6)], as: UTF8.self), radix: 16)
    }
}
