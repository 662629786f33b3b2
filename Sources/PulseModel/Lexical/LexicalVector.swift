/// A text as a sparse vector for Qdrant's IDF modifier: the document's side carries BM25's term saturation, the query's side ones.
public struct LexicalVector: Sendable, Equatable {
    /// Digests of tokens, ascending, each once.
    public var indices: [UInt32]
    public var values: [Float]

    public var isEmpty: Bool { self.indices.isEmpty }

    /// The document's side: `tf (k1 + 1) / (tf + k1 (1 - b + b length / average))`, Robertson and Zaragoza 2009.
    ///
    /// The average length is a constant of ours: a moving one would change every vector with each new document.
    public static func document(_ text: String) -> LexicalVector {
        let digests = Self.digests(of: text)
        let k1: Float = 1.2
        let b: Float = 0.75
        let length = k1 * (1 - b + b * Float(digests.count) / Self.averageLength)
        return Self(counting: digests) { count in count * (k1 + 1) / (count + length) }
    }

    /// The query's side: each token once, with weight one.
    public static func query(_ text: String) -> LexicalVector {
        Self(counting: Self.digests(of: text)) { _ in 1 }
    }

    private init(counting digests: [UInt32], weight: (Float) -> Float) {
        self.indices = []
        self.values = []
        let sorted = digests.sorted()
        var at = 0
        while at < sorted.count {
            var end = at + 1
            while end < sorted.count, sorted[end] == sorted[at] { end += 1 }
            self.indices.append(sorted[at])
            self.values.append(weight(Float(end - at)))
            at = end
        }
    }

    /// Tokens of an average chunk.
    private static let averageLength: Float = 120

    /// FNV-1a, 32 bits, of each token.
    private static func digests(of text: String) -> [UInt32] {
        var digests: [UInt32] = []
        digests.reserveCapacity(text.utf8.count / 5)
        LexicalTokens.forEach(in: text) { token in
            digests.append(token.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 })
        }
        return digests
    }
}
