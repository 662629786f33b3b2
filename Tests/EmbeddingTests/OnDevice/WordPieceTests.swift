import Testing

@testable import Embedding

@Suite struct WordPieceTests {
    /// 100 lines of filling, then the pieces that have fixed places, then those given.
    private static func vocabulary(_ pieces: [String]) throws -> WordPieceVocabulary {
        let lines = (0..<100).map { "[unused\($0)]" } + ["[UNK]", "[CLS]", "[SEP]"] + pieces
        return try Array((lines.joined(separator: "\n") + "\n").utf8).withUnsafeBytes { bytes throws in
            try WordPieceVocabulary(lines: bytes, count: lines.count)
        }
    }

    private let tokenizer: WordPieceTokenizer

    init() throws {
        self.tokenizer = WordPieceTokenizer(
            vocabulary: try Self.vocabulary(["a", "ab", "##c", "##cd", "##ab", "e", "!", "中", "##中", "[", "]", "sep", "ß"])
        )
    }

    // a 103, ab 104, ##c 105, ##cd 106, ##ab 107, e 108, ! 109, 中 110, ##中 111, [ 112, ] 113, sep 114, ß 115

    @Test(
        "Words become their longest pieces from the left",
        arguments: [
            ("a", [103]), ("ab", [104]), ("abc", [104, 105]), ("abcd", [104, 106]), ("ac", [103, 105]), ("aab", [103, 107]),
            ("abx", [100]), ("x", [100]), ("a ab\tab", [103, 104, 104]), ("AB", [104]), ("a!ab!!", [103, 109, 104, 109, 109]),
            ("é e\u{301} É", [108, 108, 108]), ("a中ab", [103, 110, 104]), ("a\u{200B}b a\u{0}b", [104, 104]), ("ẞ", [115]),
            ("a\u{A0}a\u{2028}a\u{3000}a", [103, 103, 103, 103]), ("a\u{FFFD}b", [104]), ("", []), (" \n", []), ("\u{301}", []),
        ] as [(String, [Int32])]
    )
    func pieces(text: String, ids: [Int32]) {
        #expect(self.tokenizer.encode(text, limit: 512) == [101] + ids + [102])
        #expect(self.tokenizer.count(text) == ids.count + 2)
    }

    @Test("The names of the model's own signs are mere text")
    func signs() {
        #expect(self.tokenizer.encode("[SEP]", limit: 512) == [101, 112, 114, 113, 102])
    }

    @Test("A word of a hundred characters is cut into pieces, a longer one is unknown")
    func longWords() {
        let hundred = "a" + String(repeating: "c", count: 99)
        #expect(self.tokenizer.encode(hundred, limit: 512).count == 102)
        #expect(self.tokenizer.encode(hundred + "c", limit: 512) == [101, 100, 102])
        // Characters count, not bytes.
        #expect(self.tokenizer.encode("ß" + String(repeating: "c", count: 99), limit: 512).count == 102)
    }

    @Test("A limit keeps the first tokens and the end sign", arguments: [2, 3, 4, 5, 6, 100])
    func limit(limit: Int) {
        for text in ["abcd abc a", "abcd abc a é"] {
            let whole = self.tokenizer.encode(text, limit: .max)
            let cut = self.tokenizer.encode(text, limit: limit)
            #expect(cut == Array(whole.dropLast().prefix(limit - 1)) + [102])
        }
    }

    @Test("A vocabulary that is not the model's is refused")
    func refused() {
        let lines = Array("a\nb\n".utf8)
        #expect(throws: WordPieceVocabulary.Failure.self) {
            try lines.withUnsafeBytes { try WordPieceVocabulary(lines: $0, count: 3) }
        }
        #expect(throws: WordPieceVocabulary.Failure.self) {
            try lines.withUnsafeBytes { try WordPieceVocabulary(lines: $0, count: 2) }
        }
    }
}
