import Foundation
import PulseModel
import Qdrant
import Testing

@testable import Search

@Suite("Joining meaning and words")
struct FusionTests {
    private static func id(_ number: Int) -> UUID {
        UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(number / 256), UInt8(number % 256)))
    }

    private static func point(_ number: Int, _ score: Double, table: EntityTable = .workItems) -> VectorHit {
        VectorHit(id: self.id(number), score: Float(score), label: table.rawValue)
    }

    private static func fuse(_ parts: [Fusion.Lists], weight: Double = Fusion.Weight.prose) -> [Fusion.Candidate] {
        Fusion.fuse(parts, scales: parts.map(Fusion.Scales.init), lexicalWeight: weight)
    }

    /// A hundred cosines as a real question has them: one that stands out, and a slope.
    private static func slope(first: Int = 1) -> [VectorHit] {
        [self.point(first, 0.72)] + (0..<99).map { self.point(first + 1 + $0, 0.5 - Double($0) * 0.002) }
    }

    @Test("A paraphrase that stands out by meaning stays before texts that share a common word")
    func proseTrustsMeaning() {
        let words = (0..<60).map { Self.point(50 + $0, 4.1 - Double($0) * 0.01) }
        #expect(Self.fuse([Fusion.Lists(dense: Self.slope(), lexical: words)]).first?.hit.id == Self.id(1))
    }

    @Test("A word that stands in one text only overtakes a text that is merely alike")
    func rareWords() {
        let lists = Fusion.Lists(dense: Self.slope(), lexical: [Self.point(70, 9)])
        let fused = Self.fuse([lists], weight: Fusion.Weight.identifier)
        #expect(fused.first?.hit.id == Self.id(70))
        #expect(fused.first?.lexical == 9)
        #expect(fused.first?.dense == Double(Self.slope()[69].score))
    }

    @Test("What both halves put forward stands before what either does alone")
    func agreement() {
        let lists = Fusion.Lists(
            dense: [Self.point(1, 0.6), Self.point(2, 0.59)] + (3..<60).map { Self.point($0, 0.3) },
            lexical: [Self.point(90, 12), Self.point(2, 11.5)] + (60..<90).map { Self.point($0, 2) }
        )
        #expect(Self.fuse([lists]).first?.hit.id == Self.id(2))
    }

    @Test("Words alone rank by themselves, meaning alone too, and each chunk stands once")
    func oneHalf() {
        let lexical = Self.fuse([Fusion.Lists(lexical: [Self.point(2, 6), Self.point(1, 3)])])
        #expect(lexical.map(\.hit.id) == [Self.id(2), Self.id(1)])
        let dense = Self.fuse([Fusion.Lists(dense: [Self.point(2, 0.9), Self.point(1, 0.5)])])
        #expect(dense.map(\.hit.id) == [Self.id(2), Self.id(1)])
        #expect(dense.allSatisfy { (0...1).contains($0.score) && $0.lexical == nil })
        #expect(Self.fuse([Fusion.Lists(dense: [], lexical: [])]).isEmpty)
    }

    @Test("What answers one part of a long question very well stands before what answers each a little")
    func parts() {
        let crowd = (10..<110).map { Self.point($0, 0.5 - Double($0) * 0.001) }
        let first = Fusion.Lists(dense: [Self.point(1, 0.9)] + crowd)
        let others = Fusion.Lists(dense: crowd)
        let fused = Self.fuse([others, first, others, others])
        #expect(fused.first?.hit.id == Self.id(1))
        #expect(fused.first?.dense.map { Float($0) } == 0.9)
    }

    @Test("What repeats an issue stands behind the issue")
    func priors() {
        let crowd = (10..<110).map { Self.point($0, 0.5 - Double($0) * 0.001) }
        let lists = Fusion.Lists(dense: [Self.point(1, 0.6, table: .changelogs), Self.point(2, 0.57)] + crowd)
        #expect(Self.fuse([lists]).first?.hit.id == Self.id(2))
    }

    @Test("A longer list changes nothing at its head")
    func depth() {
        let long = (1...800).map { Self.point($0, 0.9 - Double($0) * 0.0005) }
        let words = (1...800).map { Self.point(801 - $0, 30 - Double($0) * 0.03) }
        func head(_ length: Int) -> [UUID] {
            let lists = Fusion.Lists(dense: Array(long.prefix(length)), lexical: Array(words.prefix(length)))
            return Self.fuse([lists]).prefix(50).map(\.hit.id)
        }
        #expect(head(120) == head(800))
    }

    @Test("Equal scores come in the same order each time")
    func ties() {
        let hits = (1...20).map { Self.point($0, 0.5) }
        let expected = Self.fuse([Fusion.Lists(dense: hits)]).map(\.hit.id)
        for _ in 0..<20 {
            #expect(Self.fuse([Fusion.Lists(dense: hits.shuffled())]).map(\.hit.id) == expected)
        }
    }
}
