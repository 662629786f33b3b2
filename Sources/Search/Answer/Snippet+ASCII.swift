/// The same for texts of ASCII only, which most are, byte by byte: finding where characters begin and end is most of the work
/// otherwise.
extension Snippet {
    /// - Parameter flat: words with one space between them.
    func around(_ flat: [UInt8]) -> String {
        guard flat.count > Self.length else { return String(decoding: flat, as: UTF8.self) }
        let first = self.words.first(in: flat)
        let offset = max(0, (first ?? 0) - Self.length / 3)
        var start = min(offset, max(0, flat.count - Self.length))
        while start > 0, flat[start - 1] != Self.space { start -= 1 }
        var end = min(flat.count, start + Self.length)
        while end < flat.count, end > start + Self.length / 2, flat[end] != Self.space { end -= 1 }
        return (start > 0 ? "… " : "") + String(decoding: flat[start..<end], as: UTF8.self) + (end < flat.count ? " …" : "")
    }

    /// The text's words with one space between them; nil where it is not ASCII.
    static func flat(_ text: Substring) -> [UInt8]? {
        var text = text
        return text.withUTF8 { bytes in
            var isASCII = true
            let flat = [UInt8](unsafeUninitializedCapacity: bytes.count) { flat, count in
                for byte in bytes {
                    switch byte {
                    case 0x80...:
                        isASCII = false
                        return
                    case Self.space, 0x09...0x0D:
                        guard count > 0, flat[count - 1] != Self.space else { continue }
                        flat[count] = Self.space
                    default: flat[count] = byte
                    }
                    count += 1
                }
                if count > 0, flat[count - 1] == Self.space { count -= 1 }
            }
            return isASCII ? flat : nil
        }
    }

    private static let space = UInt8(ascii: " ")
}
