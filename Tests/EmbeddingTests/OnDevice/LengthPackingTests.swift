import Testing

@testable import Embedding

@Suite struct LengthPackingTests {
    @Test("Every text is in one pass, no pass is too large, like lengths stand together", arguments: 0..<60)
    func packs(seed: Int) {
        var state = seed
        let lengths = (0..<seed * 3).map { _ in
            state = (state &* 1_103_515_245 &+ 12345) & 0x7FFF_FFFF
            return 2 + state % 255
        }
        let passes = LengthPacking.passes(lengths: lengths, capacity: 1024, lanes: 2, smallest: 64)
        #expect(passes.flatMap(\.self).sorted() == Array(lengths.indices))
        #expect(passes.allSatisfy { pass in pass.reduce(0) { $0 + lengths[$1] } <= 1024 && !pass.isEmpty })
        let order = passes.flatMap(\.self).map { lengths[$0] }
        #expect(order == order.sorted(by: >))
    }

    @Test("A small request is divided among the lanes, a tiny one is not, a single text cannot be")
    func divides() {
        let passes = LengthPacking.passes(lengths: [100, 100, 100, 100], capacity: 1024, lanes: 2, smallest: 64)
        #expect(passes.map(\.count) == [2, 2])
        #expect(LengthPacking.passes(lengths: [9, 9, 9], capacity: 1024, lanes: 2, smallest: 64).count == 1)
        #expect(LengthPacking.passes(lengths: [256], capacity: 1024, lanes: 8, smallest: 64) == [[0]])
        #expect(LengthPacking.passes(lengths: [], capacity: 1024, lanes: 2, smallest: 64).isEmpty)
    }
}
