/// A vector of which most components are zero.
public struct SparseVector: Sendable, Equatable {
    /// Each once.
    public var indices: [UInt32]
    /// One an index.
    public var values: [Float]

    public init(indices: [UInt32], values: [Float]) {
        self.indices = indices
        self.values = values
    }

    public var isEmpty: Bool { self.indices.isEmpty }

    /// What is wrong with it; nil where nothing is.
    var fault: String? {
        if self.indices.count != self.values.count { return "the sparse vector has a different number of values and indices" }
        if Set(self.indices).count != self.indices.count { return "the sparse vector repeats an index" }
        return nil
    }
}
