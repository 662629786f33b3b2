/// The words of a query, to be found in texts of ASCII, in any case.
struct SnippetWords {
    let all: [String]
    private let ascii: [[UInt8]]
    /// By byte, whether a word begins with it.
    private let heads: [Bool]

    /// - Parameter words: in lower case, none of them empty.
    init(_ words: [String]) {
        self.all = words
        self.ascii = words.map { Array($0.utf8) }.filter { $0.allSatisfy { $0 < 0x80 } }
        var heads = [Bool](repeating: false, count: 256)
        for head in self.ascii.compactMap(\.first) {
            heads[Int(head)] = true
            if (0x61...0x7A).contains(head) { heads[Int(head & ~0x20)] = true }
        }
        self.heads = heads
    }

    /// Where the first of them stands.
    func first(in text: [UInt8]) -> Int? {
        text.withUnsafeBufferPointer { text in
            self.heads.withUnsafeBufferPointer { heads in
                text.indices.first { start in
                    heads[Int(text[start])] && self.ascii.contains { Self.stands($0, in: text, at: start) }
                }
            }
        }
    }

    private static func stands(_ word: [UInt8], in text: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
        word.count <= text.count - start && word.indices.allSatisfy { Self.lower(text[start + $0]) == word[$0] }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}
