import Testing

@testable import Vectorization

@Suite("Vectors that were paid for and not written")
struct KeptVectorTests {
    @Test("Only what Qdrant takes is kept, and taken from what was kept")
    func canBeWritten() {
        #expect(PassDriver.canBeWritten([0, -.leastNonzeroMagnitude]))
        for vector in [[Float.infinity, 0], [.nan, 1], [0, 0], [-0.0], []] { #expect(!PassDriver.canBeWritten(vector)) }
    }
}
