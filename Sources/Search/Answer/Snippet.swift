import PulseModel

/// The part of a chunk that a hit of a query shows.
struct Snippet {
    /// Characters.
    static let length = 240

    let words: SnippetWords

    init(query: String) {
        let words = query.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
        self.words = SnippetWords(words.filter { $0.count > 3 })
    }

    /// A stretch of the chunk's text, its heading left out, around the first of the query's words.
    func of(_ text: String, title: String) -> String {
        var body = Substring(text)
        if let end = text.utf8.firstIndex(of: UInt8(ascii: "\n")),
            title.hasPrefix(body[..<end]) || body[..<end].hasPrefix(title.prefix(80))
        {
            body = body[text.utf8.index(after: end)...]
        }
        if let flat = Self.flat(body) { return self.around(flat) }
        let flat = body.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard flat.count > Self.length else { return flat }
        let lowered = flat.lowercased()
        // Lower-casing may change the number of characters; then the beginning serves.
        guard lowered.count == flat.count else { return Self.cut(flat, from: 0) }
        let places = self.words.all.compactMap { lowered.firstRange(of: $0)?.lowerBound }
        guard let first = places.min() else { return Self.cut(flat, from: 0) }
        return Self.cut(flat, from: max(0, lowered.distance(from: lowered.startIndex, to: first) - Self.length / 3))
    }

    private static func cut(_ text: String, from offset: Int) -> String {
        let characters = Array(text)
        var start = min(offset, max(0, characters.count - Self.length))
        while start > 0, start < characters.count, !characters[start - 1].isWhitespace { start -= 1 }
        var end = min(characters.count, start + Self.length)
        while end < characters.count, end > start + Self.length / 2, !characters[end].isWhitespace { end -= 1 }
        return (start > 0 ? "… " : "") + String(characters[start..<end]) + (end < characters.count ? " …" : "")
    }
}
