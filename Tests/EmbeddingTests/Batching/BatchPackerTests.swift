import Embedding
import Testing

struct BatchPackerTests {
    @Test("Every text is in one batch, in order, and each batch holds the limits", arguments: 0..<100)
    func properties(seed: Int) {
        var generator = SplitMix(seed: UInt64(seed))
        let limits = EmbeddingLimits(
            items: 1 + seed % 9,
            tokensPerItem: 100,
            tokensPerRequest: seed % 2 == 0 ? 150 : nil,
            bytesPerRequest: seed % 3 == 0 ? 4000 : nil
        )
        let tokens = (0..<(seed * 2)).map { _ in Int.random(in: 1...100, using: &generator) }
        let bytes = tokens.map { $0 * 4 }
        let batches = BatchPacker(limits: limits).pack(tokens: tokens, bytes: bytes)
        #expect(batches.flatMap { Array($0.indices) } == Array(tokens.indices))
        for batch in batches {
            #expect(!batch.indices.isEmpty && batch.indices.count <= limits.items)
            #expect(batch.tokens == tokens[batch.indices].reduce(0, +))
            #expect(batch.indices.count == 1 || batch.tokens <= limits.tokensPerRequest ?? .max)
            #expect(batch.indices.count == 1 || bytes[batch.indices].reduce(0, +) <= limits.bytesPerRequest ?? .max)
        }
    }

    @Test("Batches are filled: no two neighbours would fit into one")
    func full() {
        let limits = EmbeddingLimits(items: 4, tokensPerItem: 100, tokensPerRequest: 100)
        let batches = BatchPacker(limits: limits).pack(
            tokens: [50, 50, 50, 10, 10, 10, 10, 100, 101],
            bytes: .init(repeating: 1, count: 9)
        )
        #expect(batches.map(\.indices) == [0..<2, 2..<6, 6..<7, 7..<8, 8..<9])
    }

    @Test("Nothing is packed into nothing")
    func empty() {
        #expect(BatchPacker(limits: .init(items: 3, tokensPerItem: 16)).pack([], counter: EstimatedTokenCounter()).isEmpty)
    }
}
