/// SplitMix64 (Steele, Lea and Flood 2014): a schedule is its seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Below `bound`.
    mutating func below(_ bound: Int) -> Int { Int(self.next() % UInt64(bound)) }

    /// Uniform in 0..<1.
    mutating func fraction() -> Double { Double(self.next() >> 11) * 0x1p-53 }

    mutating func chance(_ probability: Double) -> Bool { self.fraction() < probability }
}
