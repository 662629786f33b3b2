import Embedding
import Testing

@testable import Vectorization

struct ClaimSizeTests {
    private func rows(_ items: Int, dimensions: Int = 384, usual: Int = 128) -> Int {
        ClaimSize.rows(limits: EmbeddingLimits(items: items, tokensPerItem: 512), dimensions: dimensions, usual: usual)
    }

    @Test("A claim is as many whole requests as the usual one begins, or one that is larger")
    func full() {
        #expect(self.rows(1) == 128)
        #expect(self.rows(64) == 128)
        #expect(self.rows(96) == 192)
        #expect(self.rows(100) == 200)
        #expect(self.rows(128) == 128)
        #expect(self.rows(256) == 256)
        #expect(self.rows(2_048) == 2_048)
        #expect(self.rows(2_048, usual: 1) == 2_048)
    }

    @Test("A claim ends at some megabytes of vectors and at some thousand rows, and is never less than was asked for")
    func bounded() {
        #expect(self.rows(100_000) == 2_048)
        #expect(self.rows(2_048, dimensions: 1_536) == 4 * 1_024 * 1_024 / (4 * 1_536))
        #expect(self.rows(2_048, dimensions: 65_536) == 128)
        #expect(self.rows(2_048, dimensions: 65_536, usual: 5_000) == 5_000)
        #expect(self.rows(0, dimensions: 0) == 128)
    }
}
