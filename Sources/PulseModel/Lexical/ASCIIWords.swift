/// The tokens of words of ASCII letters, digits and joiners, which nearly all words of tickets and code are: the rules of
/// ``LexicalTokens`` on bytes, without making a string of each part.
struct ASCIIWords {
    /// Longer words are no words.
    private static let longest = 128

    /// The word at hand in lower case.
    private var word = [UInt8](repeating: 0, count: Self.longest)

    /// Whether a byte belongs to words: a letter, a digit, or what joins the parts of an identifier.
    static func holds(_ byte: UInt8) -> Bool {
        byte < 64 ? Self.lowerHalf >> UInt64(byte) & 1 == 1 : byte < 128 && Self.upperHalf >> UInt64(byte - 64) & 1 == 1
    }

    private static let lowerHalf = Self.bits { byte in Self.isDigit(byte) || "-./#:".utf8.contains(byte) }
    private static let upperHalf = Self.bits(from: 64) { byte in
        Self.isLower(byte) || Self.isUpper(byte) || "_@".utf8.contains(byte)
    }

    private static func bits(from start: UInt8 = 0, where holds: (UInt8) -> Bool) -> UInt64 {
        (0..<64).reduce(0) { holds(start + UInt8($1)) ? $0 | 1 << UInt64($1) : $0 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
    private static func isLower(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "a") < 26 }
    private static func isUpper(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "A") < 26 }
    private static func joins(_ byte: UInt8) -> Bool { !Self.isDigit(byte) && !Self.isLower(byte | 0x20) }

    /// Calls `body` with the tokens of one word: the whole, then its parts.
    mutating func split(_ original: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        var start = 0
        var end = original.count
        while start < end, Self.joins(original[start]) { start += 1 }
        while start < end, Self.joins(original[end - 1]) { end -= 1 }
        guard start < end, end - start <= Self.longest else { return }
        let word = UnsafeBufferPointer(rebasing: original[start..<end])
        self.word.withUnsafeMutableBufferPointer { lower in
            for at in word.indices { lower[at] = Self.isUpper(word[at]) ? word[at] | 0x20 : word[at] }
            Self.emit(lower, word.indices, body)
            var piece = 0
            for at in 0...word.count where at == word.count || Self.joins(word[at]) {
                if at > piece { Self.emitParts(of: word, piece..<at, lower, body) }
                piece = at + 1
            }
        }
    }

    /// A piece between joiners, where it is not the whole word, and what stands in it as `onCreate` or `v2`.
    private static func emitParts(
        of word: UnsafeBufferPointer<UInt8>,
        _ piece: Range<Int>,
        _ lower: UnsafeMutableBufferPointer<UInt8>,
        _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        if piece.count < word.count { Self.emit(lower, piece, body) }
        var start = piece.lowerBound
        for at in piece.dropFirst() {
            let before = word[at - 1]
            let here = word[at]
            let lowerToUpper = Self.isLower(before) && Self.isUpper(here)
            let acronymEnds =
                Self.isUpper(before) && Self.isUpper(here) && at + 1 < piece.upperBound && Self.isLower(word[at + 1])
            if lowerToUpper || acronymEnds || Self.isDigit(before) != Self.isDigit(here) {
                Self.emit(lower, start..<at, body)
                start = at
            }
        }
        if start > piece.lowerBound { Self.emit(lower, start..<piece.upperBound, body) }
    }

    /// One token, without its ending; nothing for a stop word.
    private static func emit(
        _ lower: UnsafeMutableBufferPointer<UInt8>,
        _ range: Range<Int>,
        _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        let token = UnsafeBufferPointer(rebasing: lower[range])
        if token.count <= 8, Self.isStopWord(Self.packed(token)) { return }
        guard token.count > 4, token.allSatisfy(Self.isLower) else { return body(token) }
        for (ending, replacement) in Self.endings where token.count >= ending.count + 3 && Self.ends(token, with: ending) {
            let base = token.count - ending.count
            // A replacement is no longer than the ending: it is put in its place, and the ending back again.
            for (offset, byte) in replacement.enumerated() { lower[range.lowerBound + base + offset] = byte }
            body(UnsafeBufferPointer(rebasing: token[..<(base + replacement.count)]))
            for (offset, byte) in ending.enumerated() { lower[range.lowerBound + base + offset] = byte }
            return
        }
        body(token)
    }

    private static func ends(_ token: UnsafeBufferPointer<UInt8>, with ending: [UInt8]) -> Bool {
        for at in ending.indices where token[token.count - ending.count + at] != ending[at] { return false }
        return true
    }

    private static let endings = LexicalTokens.endings.map { (ending: Array($0.0.utf8), replacement: Array($0.1.utf8)) }

    // MARK: Stop words

    /// Up to eight bytes as a number.
    private static func packed(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    private static func isStopWord(_ word: UInt64) -> Bool {
        Self.stopWords.withUnsafeBufferPointer { words in
            var low = 0
            var high = words.count
            while low < high {
                let middle = (low + high) / 2
                if words[middle] == word { return true }
                if words[middle] < word { low = middle + 1 } else { high = middle }
            }
            return false
        }
    }

    /// Each of them has eight letters at most.
    private static let stopWords = LexicalTokens.stopWords.map { Self.packed($0.utf8) }.sorted()
}
