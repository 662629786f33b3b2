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
        var gathered = Gathered(parts)
        var sums = [Double](repeating: 0, count: gathered.candidates.count)
        for (part, scales) in zip(parts.indices, scales) {
            var standings = [Double](repeating: 0, count: sums.count)
            func add(_ hits: [VectorHit]?, at places: [Int], _ scale: ScoreScale, weight: Double) {
                guard let hits, !hits.isEmpty else { return }
                let absent = weight * scale.standing(nil)
                for place in standings.indices { standings[place] += absent }
                for (hit, place) in zip(hits, places) {
                    standings[place] += weight * scale.standing(Double(hit.score)) - absent
                }
            }
            let lists = parts[part]
            let words = lists.dense == nil ? 1 : lists.lexical == nil ? 0 : lexicalWeight
            add(lists.dense, at: gathered.places[part].dense, scales.dense, weight: 1 - words)
            add(lists.lexical, at: gathered.places[part].lexical, scales.lexical, weight: words)
            for place in sums.indices { sums[place] += exp(standings[place]) }
        }
        for place in sums.indices {
            let standing = log(sums[place] / Double(max(1, parts.count)))
            let handicap = gathered.candidates[place].table.map(TablePrior.handicap(of:)) ?? 0
            gathered.candidates[place].score = 1 / (1 + exp((handicap - standing) / 2))
        }
        let candidates = gathered.candidates
        // Their places are sorted, which are small, and then each candidate is moved once.
        let order = candidates.indices.sorted { one, other in
            let (score, better) = (candidates[one].score, candidates[other].score)
            return score == better ? candidates[one].hit.id < candidates[other].hit.id : score > better
        }
        return order.map { candidates[$0] }
    }

    /// The chunks of all lists, each once, and where each list's hits are among them.
    private struct Gathered {
        var candidates: [Candidate] = []
        var places: [(dense: [Int], lexical: [Int])] = []
        private var known: [UUID: Int]
        /// The lists name few tables, and say each often.
        private var tables: [(label: String, table: EntityTable?)] = []

        init(_ parts: [Lists]) {
            let count = parts.reduce(0) { $0 + ($1.dense?.count ?? 0) + ($1.lexical?.count ?? 0) }
            self.known = Dictionary(minimumCapacity: count)
            self.candidates.reserveCapacity(count)
            for part in parts {
                let dense = (part.dense ?? []).map { hit in
                    let place = self.place(of: hit)
                    self.candidates[place].dense = max(Double(hit.score), self.candidates[place].dense ?? -1)
                    return place
                }
                let lexical = (part.lexical ?? []).map { hit in
                    let place = self.place(of: hit)
                    self.candidates[place].lexical = max(Double(hit.score), self.candidates[place].lexical ?? 0)
                    return place
                }
                self.places.append((dense, lexical))
            }
        }

        private mutating func place(of hit: VectorHit) -> Int {
            let place = self.known[hit.id, default: self.candidates.count]
            if place == self.candidates.count {
                self.known[hit.id] = place
                self.candidates.append(Candidate(hit: hit, table: hit.label.flatMap { self.table($0) }, score: 0))
            }
            return place
        }

        private mutating func table(_ label: String) -> EntityTable? {
            if let known = self.tables.first(where: { $0.label == label }) { return known.table }
            let table = EntityTable(rawValue: label)
            self.tables.append((label, table))
            return table
        }
    }
}
