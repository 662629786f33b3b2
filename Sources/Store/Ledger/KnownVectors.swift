public import Foundation
public import PulseModel

/// Where vectors of texts can be had without paying for them.
public struct KnownVectors: Sendable, Equatable {
    /// Points that hold the vector of a text as far as the ledger knows: several where there are, since one may have been overwritten
    /// or lost.
    public var points: [ContentHash: [UUID]] = [:]
    /// Vectors that were paid for and not written yet.
    public var kept: [ContentHash: [Float]] = [:]
    /// Those of the entities asked for of which the ledger knows points.
    public var written: Set<UUID> = []

    public init(points: [ContentHash: [UUID]] = [:], kept: [ContentHash: [Float]] = [:], written: Set<UUID> = []) {
        self.points = points
        self.kept = kept
        self.written = written
    }
}
