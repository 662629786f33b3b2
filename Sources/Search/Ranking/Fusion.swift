import Foundation
import PulseModel
import Qdrant

/// Joins the lists of meaning and words, of each part of a question, into one ranking.
///
/// A point's standing in both lists (``ScoreScale``) is added, weighted; of several parts, the mean of the exponentials counts: what
/// answers one part very well stands before what answers all of them a little.
///
/// Measured with `Scripts/bench search-quality` on three sets of real issues, on-device model (mean reciprocal rank, recall at 10):
///
///                          474 commits     191 pull requests   46 duplicates
///     BM25 of whole texts  0.270  0.380    0.109  0.140        0.565  0.804
///     by words alone       0.308  0.463    0.159  0.248        0.597  0.804
///     by meaning alone     0.487  0.655    0.137  0.159        0.725  0.891
///     both                 0.521  0.688    0.188  0.263        0.742  0.891
///
/// Equal reciprocal ranks came to 0.47, 0.10 and 0.68 there. One number was chosen a weight, from 0.2, 0.25 … 0.5: whichever two of
/// the sets choose it, the third is better than its halves. Between 0.3 and 0.4 the sets hardly differ; 0.3 it is for prose, because
/// of 32 paraphrases written to share no word with their issue, whose mean reciprocal rank falls from 0.50 by meaning alone to 0.43
/// at 0.3, and to 0.40 at 0.4.
enum Fusion {
    /// How much the words count beside the meaning.
    enum Weight {
        static let prose = 0.3
        /// Of questions of several parts: who pastes a text has its words.
        static let long = 0.4
        static let identifier = 0.6
    }

    /// What was found for a part of a question; nil where that half was not asked.
    struct Lists: Sendable, Equatable {
        var dense: [VectorHit]?
        var lexical: [VectorHit]?
    }

    /// How the lists of a part are measured. Later lists for the same question are measured by the scales of the first.
    struct Scales: Sendable, Equatable {
        var dense: ScoreScale
        var lexical: ScoreScale

        init(_ lists: Lists) {
            self.dense = ScoreScale((lists.dense ?? []).lazy.map { Double($0.score) })
            self.lexical = ScoreScale(
                (lists.lexical ?? []).lazy.map { Double($0.score) },
                candidates: lists.dense?.count ?? ScoreScale.reach
            )
        }
    }

    /// A chunk with what speaks for it.
    struct Candidate: Sendable, Equatable {
        var hit: VectorHit
        /// Nil where the point is of no table that is known.
        var table: EntityTable?
        /// The best cosine with a part of the question.
        var dense: Double?
        /// The best BM25 of a part's words.
        var lexical: Double?
        /// 0 to 1, comparable within one question.
        var score: Double
    }

    /// - Parameter scales: one a part.
    /// - Returns: each chunk once, best first; ties in the order of ids, so that an answer is the same each time.
    static func fuse(_ parts: [Lists], scales: [Scales], lexicalWeight: Double) -> [Candidate] {
        var places: [UUID: Int] = [:]
        var candidates: [Candidate] = []
        for lists in parts {
            for (hits, isDense) in [(lists.dense ?? [], true), (lists.lexical ?? [], false)] {
                for hit in hits {
                    let place = places[hit.id] ?? candidates.count
                    if place == candidates.count {
                        places[hit.id] = place
                        let table = hit.label.flatMap(EntityTable.init(rawValue:))
                        candidates.append(Candidate(hit: hit, table: table, score: 0))
                    }
                    if isDense {
                        candidates[place].dense = max(Double(hit.score), candidates[place].dense ?? -1)
                    } else {
                        candidates[place].lexical = max(Double(hit.score), candidates[place].lexical ?? 0)
                    }
                }
            }
        }
        var sums = [Double](repeating: 0, count: candidates.count)
        for (lists, scales) in zip(parts, scales) {
            var standings = [Double](repeating: 0, count: candidates.count)
            func add(_ hits: [VectorHit]?, _ scale: ScoreScale, weight: Double) {
                guard let hits, !hits.isEmpty else { return }
                let absent = weight * scale.standing(nil)
                for place in standings.indices { standings[place] += absent }
                for hit in hits {
                    guard let place = places[hit.id] else { continue }
                    standings[place] += weight * scale.standing(Double(hit.score)) - absent
                }
            }
            let words = lists.dense == nil ? 1 : lists.lexical == nil ? 0 : lexicalWeight
            add(lists.dense, scales.dense, weight: 1 - words)
            add(lists.lexical, scales.lexical, weight: words)
            for place in sums.indices { sums[place] += exp(standings[place]) }
        }
        for place in candidates.indices {
            let standing = log(sums[place] / Double(max(1, parts.count)))
            let handicap = candidates[place].table.map(TablePrior.handicap(of:)) ?? 0
            candidates[place].score = 1 / (1 + exp((handicap - standing) / 2))
        }
        return candidates.sorted { $0.score == $1.score ? $0.hit.id < $1.hit.id : $0.score > $1.score }
    }
}
