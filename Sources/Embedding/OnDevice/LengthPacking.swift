/// Divides texts among forward passes: texts of like length together, and no pass larger than it may be.
enum LengthPacking {
    /// - Parameters:
    ///   - lengths: tokens of each text.
    ///   - capacity: tokens that one pass takes; at least the longest length.
    ///   - lanes: passes that run side by side; small requests are divided among them too.
    ///   - smallest: tokens below which dividing costs more than it brings.
    /// - Returns: positions in `lengths`, longest texts first, each exactly once.
    static func passes(lengths: [Int], capacity: Int, lanes: Int, smallest: Int) -> [[Int]] {
        let order = lengths.indices.sorted { (lengths[$0], $1) > (lengths[$1], $0) }
        let total = lengths.reduce(0, +)
        let share = (total + lanes - 1) / max(lanes, 1)
        let target = min(capacity, max(share, smallest))
        var passes: [[Int]] = []
        var pass: [Int] = []
        var tokens = 0
        for position in order {
            if !pass.isEmpty, tokens + lengths[position] > target {
                passes.append(pass)
                pass = []
                tokens = 0
            }
            pass.append(position)
            tokens += lengths[position]
        }
        if !pass.isEmpty { passes.append(pass) }
        return passes
    }
}
