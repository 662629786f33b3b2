/// What a list's scores mean: how far each stands out from the list, in its standard deviations.
///
/// Cosines of one question lie between 0.3 and 0.5, of another between 0.6 and 0.7; BM25's sums grow with the question. Neither can
/// be weighed against the other as it is, and ranks forget by how much the first is ahead of the second. How far a hit stands out
/// from the best hundred says it for both.
struct ScoreScale: Sendable, Equatable {
    /// Scores that the scale is made of, and all that a list tells apart: a longer list changes no ranking.
    static let reach = 120

    private let mean: Double
    private let deviation: Double
    private let floor: Double

    /// - Parameters:
    ///   - scores: descending.
    ///   - candidates: how many points could have been in the list: those that share no word with the question have a score too,
    ///     zero. A word that stands in one text only would stand out from nothing otherwise.
    init(_ scores: some Collection<Double>, candidates: Int = 0) {
        let known = scores.prefix(Self.reach)
        let count = Double(max(known.count, min(candidates, Self.reach)))
        let mean = count > 0 ? known.reduce(0, +) / count : 0
        let squares = known.reduce(0) { $0 + $1 * $1 }
        self.mean = mean
        self.deviation = count > 0 ? max(0, squares / count - mean * mean).squareRoot() : 0
        self.floor = Double(known.count) < count ? 0 : known.min() ?? 0
    }

    /// - Parameter score: nil for a point that the list does not hold.
    func standing(_ score: Double?) -> Double {
        guard self.deviation > 1e-9 else { return 0 }
        return (max(score ?? self.floor, self.floor) - self.mean) / self.deviation
    }
}
