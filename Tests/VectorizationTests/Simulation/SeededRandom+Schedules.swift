import TestSupport

/// A schedule is its seed.
extension SeededRandom {
    /// Below `bound`.
    mutating func below(_ bound: Int) -> Int { Int(self.next() % UInt64(bound)) }

    /// Uniform in 0..<1.
    mutating func fraction() -> Double { Double(self.next() >> 11) * 0x1p-53 }

    mutating func chance(_ probability: Double) -> Bool { self.fraction() < probability }
}
