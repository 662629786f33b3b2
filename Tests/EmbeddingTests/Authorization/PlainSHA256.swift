/// SHA-256 and HMAC after FIPS 180-4 and RFC 2104, slow and plain, so that signatures can be checked without a library.
enum PlainSHA256 {
    private static let primes: [UInt32] = {
        var primes: [UInt32] = []
        var candidate: UInt32 = 2
        while primes.count < 64 {
            if !primes.contains(where: { candidate % $0 == 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes
    }()

    /// The first 32 bits of the fraction.
    private static func fraction(_ number: Double) -> UInt32 { UInt32((number - number.rounded(.down)) * 4_294_967_296) }

    private static let constants = Self.primes.map { Self.fraction(Self.cubeRoot(Double($0))) }
    private static let start = Self.primes.prefix(8).map { Self.fraction(Double($0).squareRoot()) }

    private static func cubeRoot(_ number: Double) -> Double {
        var root = number / 3 + 1
        for _ in 0..<80 { root -= (root * root * root - number) / (3 * root * root) }
        return root
    }

    static func hash(_ message: [UInt8]) -> [UInt8] {
        var padded = message + [0x80]
        while padded.count % 64 != 56 { padded.append(0) }
        let bits = UInt64(message.count) * 8
        padded += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
        var state = self.start
        for block in stride(from: 0, to: padded.count, by: 64) {
            var words = (0..<16).map { word in
                (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(padded[block + 4 * word + $1]) }
            }
            for index in 16..<64 {
                let (a, b) = (words[index - 15], words[index - 2])
                let first = self.turn(a, 7) ^ self.turn(a, 18) ^ (a >> 3)
                let second = self.turn(b, 17) ^ self.turn(b, 19) ^ (b >> 10)
                words.append(words[index - 16] &+ first &+ words[index - 7] &+ second)
            }
            var v = state
            for index in 0..<64 {
                let sum1 = self.turn(v[4], 6) ^ self.turn(v[4], 11) ^ self.turn(v[4], 25)
                let choice = (v[4] & v[5]) ^ (~v[4] & v[6])
                let one = v[7] &+ sum1 &+ choice &+ self.constants[index] &+ words[index]
                let sum0 = self.turn(v[0], 2) ^ self.turn(v[0], 13) ^ self.turn(v[0], 22)
                let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2])
                v = [one &+ sum0 &+ majority, v[0], v[1], v[2], v[3] &+ one, v[4], v[5], v[6]]
            }
            state = zip(state, v).map { $0 &+ $1 }
        }
        return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) } }
    }

    static func authenticate(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        let short = key.count > 64 ? self.hash(key) : key
        let block = short + [UInt8](repeating: 0, count: 64 - short.count)
        return self.hash(block.map { $0 ^ 0x5C } + self.hash(block.map { $0 ^ 0x36 } + message))
    }

    private static func turn(_ word: UInt32, _ by: UInt32) -> UInt32 { word >> by | word << (32 - by) }
}
