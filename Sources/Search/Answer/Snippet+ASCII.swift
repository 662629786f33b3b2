/// The same for texts of ASCII only, which most are, byte by byte: finding where characters begin and end is most of the work
/// otherwise.
extension Snippet {
    /// - Parameters:
    ///   - flat: words with one space between them.
    ///   - words: in lower case.
    static func around(_ words: [String], in flat: [UInt8]) -> String {
        guard flat.count > Self.length else { return String(decoding: flat, as: UTF8.self) }
        var first = flat.count
        for word in words where word.utf8.allSatisfy({ $0 < 0x80 }) {
            first = Self.place(of: Array(word.utf8), in: flat, before: first) ?? first
        }
        let offset = first == flat.count ? 0 : max(0, first - Self.length / 3)
        var start = min(offset, max(0, flat.count - Self.length))
        while start > 0, flat[start - 1] != Self.space { start -= 1 }
        var end = min(flat.count, start + Self.length)
        while end < flat.count, end > start + Self.length / 2, flat[end] != Self.space { end -= 1 }
        return (start > 0 ? "… " : "") + String(decoding: flat[start..<end], as: UTF8.self) + (end < flat.count ? " …" : "")
    }

    /// The text's words with one space between them; nil where it is not ASCII.
    static func flat(_ text: Substring) -> [UInt8]? {
        var flat: [UInt8] = []
        flat.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case 0x80...: return nil
            case Self.space, 0x09...0x0D: if let last = flat.last, last != Self.space { flat.append(Self.space) }
            default: flat.append(byte)
            }
        }
        if flat.last == Self.space { flat.removeLast() }
        return flat
    }

    private static let space = UInt8(ascii: " ")

    /// Where `word` stands first, in any case, if that is before `limit`.
    private static func place(of word: [UInt8], in flat: [UInt8], before limit: Int) -> Int? {
        guard let head = word.first, flat.count >= word.count else { return nil }
        return flat.withUnsafeBufferPointer { flat in
            word.withUnsafeBufferPointer { word in
                for start in 0..<min(limit, flat.count - word.count + 1) where Self.lower(flat[start]) == head {
                    if (1..<word.count).allSatisfy({ Self.lower(flat[start + $0]) == word[$0] }) { return start }
                }
                return nil
            }
        }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}
