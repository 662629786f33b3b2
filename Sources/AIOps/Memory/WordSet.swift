/// The words of a text, to tell how many of them another shares.
struct WordSet: Sendable, Equatable {
    private let words: Set<String>

    init(_ text: String) {
        self.words = Set(text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init))
    }

    /// 1 where both hold the same words, 0 where they share none (Dice's coefficient).
    func likeness(to other: WordSet) -> Double {
        let total = self.words.count + other.words.count
        return total > 0 ? 2 * Double(self.words.intersection(other.words).count) / Double(total) : 0
    }
}
