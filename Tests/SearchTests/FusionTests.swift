import Foundation
import PulseModel
import Qdrant
import Testing

@testable import Search

@Suite("Joining meaning and words")
struct FusionTests {
    private static func hit(_ number: UInt8, _ score: Float, table: EntityTable = .workItems) -> VectorHit {
        VectorHit(
            id: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, number)),
            score: score,
            payload: [PayloadKey.table: .string(table.rawValue)]
        )
    }

    @Test("A paraphrase that shares no word stays before a text that shares a common one")
    func proseTrustsMeaning() {
        let hits = HybridHits(dense: [Self.hit(1, 0.7), Self.hit(2, 0.3)], lexical: [Self.hit(2, 4)])
        let fused = Fusion.fuse(hits, lexicalWeight: Fusion.Weight.prose)
        #expect(fused.map(\.hit.id) == [Self.hit(1, 0).id, Self.hit(2, 0).id])
    }

    @Test("An identifier's exact match overtakes a text that is merely alike")
    func identifiersTrustWords() {
        let hits = HybridHits(dense: [Self.hit(1, 0.6), Self.hit(2, 0.4)], lexical: [Self.hit(2, 20), Self.hit(1, 2)])
        let fused = Fusion.fuse(hits, lexicalWeight: Fusion.Weight.identifier)
        #expect(fused.first?.hit.id == Self.hit(2, 0).id)
        #expect(fused.first?.dense.map { Float($0) } == 0.4)
        #expect(fused.first?.lexical == 20)
    }

    @Test("Words alone rank by themselves, and each chunk stands once")
    func oneHalf() {
        let lexical = Fusion.fuse(HybridHits(lexical: [Self.hit(1, 3), Self.hit(2, 6)]), lexicalWeight: 0.15)
        #expect(lexical.map(\.score) == [1, 0.5])
        let dense = Fusion.fuse(HybridHits(dense: [Self.hit(1, 0.5), Self.hit(2, 0.9)]), lexicalWeight: 0)
        #expect(dense.map { Float($0.score) } == [0.9, 0.5])
    }

    @Test("What repeats an issue stands behind the issue")
    func priors() {
        let hits = HybridHits(dense: [Self.hit(1, 0.6, table: .changelogs), Self.hit(2, 0.55)], lexical: [])
        #expect(Fusion.fuse(hits, lexicalWeight: 0.15).first?.hit.id == Self.hit(2, 0).id)
    }

    @Test("Equal scores come in the same order each time")
    func ties() {
        let hits = (1...20).map { Self.hit($0, 0.5) }
        let expected = Fusion.fuse(HybridHits(dense: hits), lexicalWeight: 0).map(\.hit.id)
        for _ in 0..<20 {
            #expect(Fusion.fuse(HybridHits(dense: hits.shuffled()), lexicalWeight: 0).map(\.hit.id) == expected)
        }
    }
}
