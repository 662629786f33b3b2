/// Issues that are updated while a client reads: before a page of a search is answered, by chance, some other issue moves to the end
/// of the list.
struct JiraChurn: Sendable {
    /// The chance of each page.
    var probability: Double
    /// How many more issues move; nil is without end.
    var count: Int?
    var random: SeededRandom
    static let noChurn = JiraChurn(probability: 0, count: 0, random: SeededRandom(seed: 1))

    /// Whether one moves now, and which of so many.
    mutating func strike(among issues: Int) -> Int? {
        guard issues > 0, probability > 0, (count ?? 1) > 0 else { return nil }
        guard Double(random.next() >> 11) / Double(1 << 53) < probability else { return nil }
        if let count { self.count = count - 1 }
        return random.below(issues)
    }
}
