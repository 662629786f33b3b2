import Foundation
import TestSupport
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
        var generator = SeededRandom(seed: 7)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...9, using: &generator)
            var text = String.UnicodeScalarView()
            for _ in 0..<count { text.append(scalars[Int.random(in: 0..<scalars.count, using: &generator)]) }
            let cleaned = EntityDocument.clean(String(text))
            let expected = Self.reference(String(text))
            #expect(Array(cleaned.utf8) == Array(expected.utf8), "\(String(text).debugDescription)")
        }
    }
}
