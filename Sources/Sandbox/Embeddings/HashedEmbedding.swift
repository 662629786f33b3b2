/// A vector made of a text's words: the same text always gives the same vector, and texts that share words lie closer.
///
/// It knows no meaning. It stands in for a provider where the way is tested and not the search.
struct HashedEmbedding: Sendable {
    let dimensions: Int

    /// - Returns: `dimensions` numbers of length 1, whatever the text; a text without words counts as one word.
    func vector(for text: String) -> [Float] {
        var words = text.lowercased().split { !$0.isLetter && !$0.isNumber }
        if words.isEmpty { words = [text[...]] }
        var sums = [Float](repeating: 0, count: dimensions)
        for word in words {
            var random = SeededRandom(seed: word.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
            for _ in 0..<8 {
                let bits = random.next()
                sums[Int(bits % UInt64(dimensions))] += bits >> 63 == 0 ? 1 : -1
            }
        }
        var length = sums.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if length == 0 {
            sums[0] = 1
            length = 1
        }
        return sums.map { $0 / length }
    }
}
