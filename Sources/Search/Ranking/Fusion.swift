import Foundation
import PulseModel
import Qdrant

/// Joins the dense and the lexical list into one ranking.
///
/// Scores are joined, not ranks: a sum of the cosine and of BM25 divided by the best BM25 of the list, with a small weight on the
/// words for prose and a large one for identifiers. Reciprocal ranks of equal weight halved the recall of paraphrases in a
/// measurement on issues.
enum Fusion {
    /// How much the words count beside the meaning.
    enum Weight {
        static let prose = 0.15
        static let identifier = 0.6
    }

    /// A chunk with what speaks for it.
    struct Candidate {
        var hit: VectorHit
        var dense: Double?
        var lexical: Double?
        var score: Double
    }

    /// - Parameter bestLexical: what BM25 is divided by; the best of the list where left out.
    /// - Returns: each chunk once, best first; ties in the order of ids, so that an answer is the same each time.
    static func fuse(_ hits: HybridHits, lexicalWeight: Double, bestLexical best: Double? = nil) -> [Candidate] {
        var candidates: [UUID: Candidate] = [:]
        for hit in hits.dense { candidates[hit.id] = Candidate(hit: hit, dense: Double(hit.score), score: 0) }
        for hit in hits.lexical { candidates[hit.id, default: Candidate(hit: hit, score: 0)].lexical = Double(hit.score) }
        let bestLexical = best ?? hits.lexical.map { Double($0.score) }.max() ?? 0
        // What the dense list does not hold is no better than its last.
        let denseFloor = hits.dense.map { Double($0.score) }.min() ?? 0
        let hasDense = !hits.dense.isEmpty
        return candidates.values.map { candidate in
            var candidate = candidate
            let lexical = bestLexical > 0 ? (candidate.lexical ?? 0) / bestLexical : 0
            if hasDense {
                let dense = max(0, candidate.dense ?? denseFloor)
                candidate.score = (1 - lexicalWeight) * dense + lexicalWeight * lexical
            } else {
                candidate.score = lexical
            }
            let table = candidate.hit.payload[PayloadKey.table]?.stringValue.flatMap(EntityTable.init(rawValue:))
            candidate.score *= table.map(TablePrior.of) ?? 1
            return candidate
        }.sorted { $0.score == $1.score ? $0.hit.id < $1.hit.id : $0.score > $1.score }
    }
}
