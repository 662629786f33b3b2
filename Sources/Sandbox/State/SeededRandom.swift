/// SplitMix64: small, and the same on every machine for a seed.
struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// A stream of its own for each combination of numbers, so that one object can be made without those before it.
    init(seed: UInt64, _ parts: Int...) {
        var state = seed
        for part in parts {
            var mixer = SeededRandom(seed: state ^ UInt64(truncatingIfNeeded: part) &* 0x9E37_79B9_7F4A_7C15)
            state = mixer.next()
        }
        self.init(seed: state)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number below `bound`. The remainder's bias is of no matter here, and unlike the standard library's way it cannot change.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

    mutating func pick<Element>(_ values: [Element]) -> Element { values[below(values.count)] }

    mutating func shuffled<Element>(_ values: [Element]) -> [Element] {
        var values = values
        for index in stride(from: values.count - 1, to: 0, by: -1) { values.swapAt(index, below(index + 1)) }
        return values
    }

    /// `count` hexadecimal digits.
    mutating func hexadecimal(_ count: Int) -> String {
        var text = ""
        while text.count < count {
            let digits = String(next(), radix: 16)
            text += String(repeating: "0", count: 16 - digits.count) + digits
        }
        return String(text.prefix(count))
    }
}
