/// The name that was probably meant.
enum NearestName {
    /// - Returns: the candidate with the fewest edits, where they are few for the word's length.
    static func of(_ word: String, among candidates: some Sequence<String>) -> String? {
        let best = candidates.map { (name: $0, edits: self.edits(Array(word.lowercased()), Array($0.lowercased()))) }
            .min { ($0.edits, $0.name) < ($1.edits, $1.name) }
        guard let best, best.edits <= max(1, word.count / 3) else { return nil }
        return best.name
    }

    /// Insertions, deletions, replacements and swaps of neighbours that lead from `a` to `b`.
    private static func edits(_ a: [Character], _ b: [Character]) -> Int {
        guard a.count <= 64, b.count <= 64 else { return .max }
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
                row.append(cost)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
