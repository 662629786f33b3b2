import Foundation
import PulseModel
import Qdrant
import Testing

@testable import Search

@Suite("The hits of an answer")
struct SearchPageTests {
    private static let snippet = Snippet(query: "refund")

    private static func candidate(
        _ entity: UUID?,
        _ score: Double,
        table: EntityTable? = .workItems
    ) -> Fusion.Candidate {
        Fusion.Candidate(hit: VectorHit(id: UUID(), score: 1, entity: entity), table: table, score: score)
    }

    private static func payload(_ id: String, title: String? = nil) -> [String: QdrantValue] {
        [PayloadKey.externalID: .string(id), PayloadKey.title: .string(title ?? id), PayloadKey.text: "A refund."]
    }

    private static func keyed(_ entity: UUID) -> SearchHit {
        SearchHit(
            table: .workItems,
            externalID: "PAY-1",
            entity: entity,
            title: "PAY-1",
            snippet: "",
            url: nil,
            score: 1,
            reason: SearchHit.Reason(key: true),
            linked: []
        )
    }

    @Test("Chunks of one entity stand for one hit, or each for itself; what the question names is not found once more")
    func grouping() {
        let (named, other) = (UUID(), UUID())
        let candidates = [named, other, other, nil].map { Self.candidate($0, 0.5) } + [Self.candidate(UUID(), 0.4, table: nil)]
        for (grouping, expected) in [(SearchRequest.Grouping.entity, [other]), (.none, [other, other])] {
            var page = SearchPage(
                request: SearchRequest(query: "refund", limit: 5, grouping: grouping),
                keyed: [Self.keyed(named)]
            )
            var waiting = candidates[...]
            let first = page.fresh(&waiting, atMost: 1)
            #expect((first + page.fresh(&waiting, atMost: 10)).map(\.hit.entity) == expected)
            #expect(page.fresh(&waiting, atMost: 10).isEmpty)
        }
    }

    @Test("What the question names by several names has one place, and leaves the others to others")
    func namedTwice() {
        let (named, other) = (UUID(), UUID())
        let page = SearchPage(
            request: SearchRequest(query: "refund", limit: 2),
            keyed: [named, named, other].map(Self.keyed)
        )
        #expect(page.hits.map(\.entity) == [named, other])
    }

    @Test("Of changes that say the same the best is taken, and its place goes to the next")
    func changes() {
        var page = SearchPage(request: SearchRequest(query: "refund", limit: 2), keyed: [])
        for (number, title) in ["Status of PAY-1", "Status of PAY-1", "Status of PAY-2", "Status of PAY-3"].enumerated() {
            let change = Self.candidate(UUID(), 1 - Double(number) / 10, table: .changelogs)
            page.take(change, Self.payload("\(number)", title: title), Self.snippet)
        }
        #expect(page.hits.map(\.externalID) == ["0", "2"])
        #expect(page.room == 0)
    }

    @Test("A chunk that is gone is left out, and that is known")
    func gone() {
        var page = SearchPage(request: SearchRequest(query: "refund", limit: 2), keyed: [])
        page.take(Self.candidate(UUID(), 0.9), Self.payload("PAY-1"), Self.snippet)
        #expect(!page.hasGone)
        page.take(Self.candidate(UUID(), 0.8), nil, Self.snippet)
        #expect(page.hasGone)
        #expect(page.hits.map(\.externalID) == ["PAY-1"])
        #expect(page.room == 1)
    }

    @Test("What later lists bring finds its place, behind what the question names")
    func order() {
        var page = SearchPage(request: SearchRequest(query: "refund", limit: 5), keyed: [Self.keyed(UUID())])
        for (id, score) in [("PAY-2", 0.3), ("PAY-3", 0.9), ("PAY-4", 0.6)] {
            page.take(Self.candidate(UUID(), score), Self.payload(id), Self.snippet)
        }
        page.sort()
        #expect(page.hits.map(\.externalID) == ["PAY-1", "PAY-3", "PAY-4", "PAY-2"])
        #expect(page.hits.dropFirst().allSatisfy { $0.snippet == "A refund." })
    }
}
