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
        let tokens = LexicalTokens.all(in: text)
        let k1: Float = 1.2
        let b: Float = 0.75
        let length = k1 * (1 - b + b * Float(tokens.count) / Self.averageLength)
        return Self(counting: tokens) { count in count * (k1 + 1) / (count + length) }
    }

    /// The query's side: each token once, with weight one.
    public static func query(_ text: String) -> LexicalVector {
        Self(counting: LexicalTokens.all(in: text)) { _ in 1 }
    }

    private init(counting tokens: [String], weight: (Float) -> Float) {
        var counts: [UInt32: Float] = [:]
        for token in tokens { counts[Self.index(of: token), default: 0] += 1 }
        let sorted = counts.sorted { $0.key < $1.key }
        self.indices = sorted.map(\.key)
        self.values = sorted.map { weight($0.value) }
    }

    /// Tokens of an average chunk.
    private static let averageLength: Float = 120

    /// FNV-1a, 32 bits.
    private static func index(of token: String) -> UInt32 {
        token.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }
}
