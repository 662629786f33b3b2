public import Embedding

/// Turns texts of failures into vectors, in a space that is named, because vectors of two spaces cannot be compared.
public struct FailureVectors: Sendable {
    public var space: String
    public var embed: @Sendable (_ texts: [String]) async throws -> [[Float]]

    public init(space: String, embed: @escaping @Sendable (_ texts: [String]) async throws -> [[Float]]) {
        self.space = space
        self.embed = embed
    }

    public init(_ provider: any EmbeddingProvider) {
        self.init(space: provider.space.name) { texts in
            let outcome = try await SplittingEmbedder(provider: provider, retries: 0).embed(texts, as: .document)
            return try outcome.results.map { try $0.get() }
        }
    }

    /// 0 where the two have no direction or not the same length.
    static func cosine(_ a: [Float], _ b: [Float]) -> Double {
        guard a.count == b.count else { return 0 }
        var (dot, first, second) = (0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            dot += Double(x) * Double(y)
            first += Double(x) * Double(x)
            second += Double(y) * Double(y)
        }
        let length = (first * second).squareRoot()
        return length > 0 ? min(1, dot / length) : 0
    }
}
