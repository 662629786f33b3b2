import Foundation

@testable import Postgres

/// Random values from a seed, so that a failure can be repeated.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func text() -> String {
        let pieces = [
            "a", "Z", " ", "\"", "'", "\\", ",", "{", "}", "NULL", "\\N", "\\.", "\n", "\r", "\t", "\u{8}", "\u{b}", "$1", "%",
            ";--",
            "é", "e\u{301}", "日本", "👩‍👩‍👧", "🇩🇪", "\u{feff}", "\u{10FFFF}", "\u{1}",
        ]
        let count = Int.random(in: 0...8, using: &self)
        return (0..<count).map { _ in pieces.randomElement(using: &self) ?? "" }.joined()
    }

    mutating func int() -> Int {
        [0, 1, -1, .max, .min, Int.random(in: .min ... .max, using: &self)].randomElement(using: &self) ?? 0
    }

    mutating func double() -> Double {
        let random = Double(bitPattern: self.next())
        let edges = [0, -0.0, 1.5, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1]
        return Bool.random(using: &self) && random.isFinite ? random : edges.randomElement(using: &self) ?? 0
    }

    mutating func uuid() -> UUID {
        var bytes = (self.next(), self.next())
        return withUnsafeBytes(of: &bytes) { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }

    /// On a whole microsecond between 1866 and 2136, where Date is fine enough.
    mutating func date() -> Date {
        let microseconds = Int64.random(in: -3_281_904_000_000_000...5_238_000_000_000_000, using: &self)
        return PostgresTimestamp(microseconds: microseconds).date
    }

    mutating func bytes() -> [UInt8] {
        (0..<Int.random(in: 0...40, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }
    }

    mutating func array<Element>(_ element: (inout Dice) -> Element) -> [Element?] {
        (0..<Int.random(in: 0...6, using: &self)).map { _ in
            Int.random(in: 0..<5, using: &self) == 0 ? nil : element(&self)
        }
    }
}
