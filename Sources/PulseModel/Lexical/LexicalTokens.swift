/// The words of a text as the lexical half of the search sees them.
///
/// An identifier counts whole and in its parts: `AUTH-112` is `auth-112`, `auth` and `112`; `SplashActivity.onCreate` is itself,
/// `splashactivity`, `oncreate`, `splash`, `activity`, `on`, `create`. Letters of scripts without spaces between words count in
/// pairs.
public enum LexicalTokens {
    /// Tokens in order, repeated as often as they occur. Stop words are left out.
    public static func all(in text: String) -> [String] {
        var tokens: [String] = []
        Self.forEach(in: text) { tokens.append(String(decoding: $0, as: UTF8.self)) }
        return tokens
    }

    /// Calls `body` with the UTF-8 of each token, in order; the bytes are valid only within it.
    static func forEach(in text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        var text = text
        text.withUTF8 { bytes in
            var words = ASCIIWords()
            var start = 0
            var at = 0
            var isASCII = true
            func flush() {
                let word = UnsafeBufferPointer(rebasing: bytes[start..<at])
                guard !word.isEmpty else { return }
                if isASCII { words.split(word, body) } else { Self.split(word, body) }
            }
            while at < bytes.count {
                let length: Int
                if bytes[at] < 0x80 {
                    length = 1
                    if ASCIIWords.holds(bytes[at]) {
                        at += 1
                        continue
                    }
                } else {
                    let scalar: Unicode.Scalar
                    (scalar, length) = Self.scalar(in: bytes, at: at)
                    if Self.isLetterOrDigit(scalar) {
                        isASCII = false
                        at += length
                        continue
                    }
                }
                flush()
                at += length
                start = at
                isASCII = true
            }
            flush()
        }
    }

    /// The scalar at a position of valid UTF-8 beyond ASCII, and its length in bytes.
    private static func scalar(in bytes: UnsafeBufferPointer<UInt8>, at: Int) -> (Unicode.Scalar, length: Int) {
        let length = bytes[at] < 0xE0 ? 2 : bytes[at] < 0xF0 ? 3 : 4
        var value = UInt32(bytes[at]) & (0xFF >> UInt32(length + 1))
        for next in bytes[at + 1..<at + length] { value = value << 6 | UInt32(next & 0x3F) }
        return (Unicode.Scalar(value) ?? "\u{FFFD}", length)
    }

    /// The tokens of a word that is not all ASCII.
    private static func split(_ word: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        var tokens: [String] = []
        Self.append(Array(String(decoding: word, as: UTF8.self).unicodeScalars), to: &tokens)
        for var token in tokens { token.withUTF8(body) }
    }

    /// Whether a query reads like an identifier, an error text or a path rather than prose.
    public static func looksLikeIdentifier(_ query: String) -> Bool {
        let words = query.split(whereSeparator: \.isWhitespace)
        let identifiers = words.filter { word in
            let inner = word.trimming(while: { ".,;:?!\"'()".contains($0) })
            return inner.contains { $0.isNumber && $0.isASCII } || inner.contains { "_/.-:#".contains($0) }
                || Self.isCamelCase(inner)
        }
        return !words.isEmpty && identifiers.count * 2 >= words.count
    }

    static func append(_ scalars: [Unicode.Scalar], to tokens: inout [String]) {
        var bounds = scalars.startIndex..<scalars.endIndex
        while let first = scalars[bounds].first, Self.joiners.contains(first) {
            bounds = (bounds.lowerBound + 1)..<bounds.upperBound
        }
        while let last = scalars[bounds].last, Self.joiners.contains(last) {
            bounds = bounds.lowerBound..<(bounds.upperBound - 1)
        }
        let word = scalars[bounds]
        guard !word.isEmpty, word.count <= 128 else { return }
        if word.contains(where: Self.isUnspaced) {
            Self.appendPairs(of: word, to: &tokens)
            return
        }
        let whole = Self.text(word)
        var parts: [String] = []
        for piece in word.split(whereSeparator: Self.joiners.contains) {
            let split = Self.camelCaseParts(piece)
            if split.count > 1 || piece.count < word.count { parts.append(Self.text(piece)) }
            if split.count > 1 { parts.append(contentsOf: split.map { Self.text($0) }) }
        }
        if !Self.stopWords.contains(whole) { tokens.append(Self.stem(whole)) }
        for part in parts where part != whole && !Self.stopWords.contains(part) { tokens.append(Self.stem(part)) }
    }

    private static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view).lowercased()
    }

    private static func appendPairs(of word: ArraySlice<Unicode.Scalar>, to tokens: inout [String]) {
        let letters = Array(word)
        if letters.count == 1 { tokens.append(Self.text(letters)) }
        for index in letters.indices.dropLast() { tokens.append(Self.text(letters[index...(index + 1)])) }
    }

    /// `onCreate` → `on`, `Create`; `HTTPServer2` → `HTTP`, `Server`, `2`.
    private static func camelCaseParts(_ word: ArraySlice<Unicode.Scalar>) -> [ArraySlice<Unicode.Scalar>] {
        var parts: [ArraySlice<Unicode.Scalar>] = []
        var start = word.startIndex
        for index in word.indices.dropFirst() {
            let before = word[index - 1].properties
            let here = word[index].properties
            let lowerToUpper = before.isLowercase && here.isUppercase
            let acronymEnds =
                before.isUppercase && here.isUppercase && index + 1 < word.endIndex && word[index + 1].properties.isLowercase
            let digitBorder = (before.numericType != nil) != (here.numericType != nil)
            if lowerToUpper || acronymEnds || digitBorder {
                parts.append(word[start..<index])
                start = index
            }
        }
        parts.append(word[start...])
        return parts
    }

    /// Plural and verb endings of English words, lightly: enough that `retries` meets `retry`.
    private static func stem(_ word: String) -> String {
        guard word.utf8.count > 4, word.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }) else {
            return word
        }
        for (ending, replacement) in Self.endings where word.hasSuffix(ending) {
            let base = word.dropLast(ending.count)
            if base.count >= 3 { return String(base) + replacement }
        }
        return word
    }

    private static func isCamelCase(_ word: some StringProtocol) -> Bool {
        zip(word, word.dropFirst()).contains { $0.isLowercase && $1.isUppercase }
    }

    /// Of a scalar beyond ASCII.
    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || scalar.properties.generalCategory == .nonspacingMark || scalar.properties.generalCategory == .spacingMark
    }

    /// Scripts that write words without spaces: Han, Hiragana, Katakana, Thai.
    private static func isUnspaced(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0E00...0x0E7F, 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2FA1F: true
        default: false
        }
    }

    private static let joiners: Set<Unicode.Scalar> = ["-", "_", ".", "/", "#", "@", ":"]

    static let endings = [
        ("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", "e"), ("ly", ""), ("s", ""),
    ]

    static let stopWords: Set<String> = [
        "a", "about", "after", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "did",
        "do",
        "does", "for", "from", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it", "its", "no", "not", "of", "on",
        "or", "our", "so", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "too", "was", "we",
        "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you", "your",
    ]
}
