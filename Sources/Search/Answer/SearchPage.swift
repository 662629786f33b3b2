import Foundation
import PulseModel
import Qdrant

/// The hits of one answer while they are gathered, the best first.
struct SearchPage {
    let request: SearchRequest
    /// What the question names stands first.
    private let keyed: Int
    private(set) var hits: [SearchHit]
    /// Entities that have their place, or had their chance; later lists leave them out.
    private(set) var seen: Set<UUID>
    /// All changes of one issue say almost the same: the best of them stands for the others.
    private var changes: Set<String> = []
    /// A chunk was found and gone before it could be shown: its entity was deleted, or the tenant has moved to another space.
    private(set) var hasGone = false

    init(request: SearchRequest, keyed: [SearchHit]) {
        self.request = request
        var seen: Set<UUID> = []
        // By several names the question may name one entity.
        self.hits = Array(keyed.filter { seen.insert($0.entity).inserted }.prefix(request.limit))
        self.keyed = self.hits.count
        self.seen = seen
    }

    /// Hits that it still takes.
    var room: Int { max(0, self.request.limit - self.hits.count) }

    /// Takes the next candidates that may be shown off the list; with grouping each entity once.
    ///
    /// - Returns: `count` of them at most; none where the list is at its end.
    mutating func fresh(_ candidates: inout ArraySlice<Fusion.Candidate>, atMost count: Int) -> [Fusion.Candidate] {
        var fresh: [Fusion.Candidate] = []
        while fresh.count < count, let candidate = candidates.popFirst() {
            guard let entity = candidate.hit.entity, candidate.table != nil else { continue }
            switch self.request.grouping {
            case .entity: guard self.seen.insert(entity).inserted else { continue }
            case .none: guard !self.seen.contains(entity) else { continue }
            }
            fresh.append(candidate)
        }
        return fresh
    }

    /// Takes a candidate, unless the page is full or has one that says the same.
    ///
    /// - Parameter payload: of its point; nil where that is gone.
    mutating func take(_ candidate: Fusion.Candidate, _ payload: [String: QdrantValue]?, _ snippet: Snippet) {
        guard self.room > 0, let entity = candidate.hit.entity, let table = candidate.table else { return }
        guard let payload, let externalID = payload[PayloadKey.externalID]?.stringValue else {
            self.hasGone = true
            return
        }
        let title = payload[PayloadKey.title]?.stringValue ?? externalID
        if self.request.grouping == .entity, table == .changelogs {
            guard self.changes.insert(title).inserted else { return }
        }
        self.hits.append(
            SearchHit(
                table: table,
                externalID: externalID,
                entity: entity,
                title: title,
                snippet: snippet.of(payload[PayloadKey.text]?.stringValue ?? title, title: title),
                url: payload[PayloadKey.url]?.stringValue,
                score: candidate.score,
                reason: SearchHit.Reason(dense: candidate.dense, lexical: candidate.lexical),
                linked: []
            )
        )
    }

    /// Puts what was found by later lists at its place among the others.
    mutating func sort() {
        self.hits[self.keyed...].sort { $0.score == $1.score ? $0.entity < $1.entity : $0.score > $1.score }
    }

    mutating func link(_ linked: [UUID: [SearchHit.Linked]]) {
        for place in self.hits.indices { self.hits[place].linked = linked[self.hits[place].entity] ?? [] }
    }
}
