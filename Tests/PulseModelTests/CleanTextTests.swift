import Foundation
import Testing

@testable import PulseModel

@Suite("Clean text")
struct CleanTextTests {
    /// By scalars, as one would say it.
    private static func reference(_ text: String) -> String {
        let kept = text.unicodeScalars.filter { scalar in
            (scalar.value >= 0x20 && !(0x7f...0x9f).contains(scalar.value)) || scalar == "\n" || scalar == "\t"
        }
        return String(String.UnicodeScalarView(kept)).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test("Control characters go, blanks around the text go, and nothing else does")
    func random() {
        let scalars: [Unicode.Scalar] = [
            "a", "Z", " ", " ", "\n", "\t", "\r", "\u{0}", "\u{1b}", "\u{7f}", "\u{80}", "\u{85}", "\u{9f}", "\u{a0}", "é",
            "\u{301}",
            "\u{2028}", "\u{3000}", "\u{200b}", "漢", "😀", "\u{c2}", "\u{feff}",
        ]
        var generator = SplitMix(state: 7)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...9, using: &generator)
            var text = String.UnicodeScalarView()
            for _ in 0..<count { text.append(scalars[Int.random(in: 0..<scalars.count, using: &generator)]) }
            let cleaned = EntityDocument.clean(String(text))
            let expected = Self.reference(String(text))
            #expect(Array(cleaned.utf8) == Array(expected.utf8), "\(String(text).debugDescription)")
        }
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state &+= 0x9e37_79b9_7f4a_7c15
            var z = self.state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }
}
