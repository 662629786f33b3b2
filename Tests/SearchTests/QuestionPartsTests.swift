import Testing

@testable import Search

@Suite("Parts of a long question")
struct QuestionPartsTests {
    @Test("A short question is asked whole, to the letter")
    func short() {
        let question = "  Why do we\nretry payments twice?  "
        #expect(QuestionParts.of(question) == [question])
    }

    @Test("A long one is cut, between lines where they allow it, and nothing is lost")
    func long() {
        let lines = (1...60).map { "Commit \($0) changes how the scheduler retries jobs that failed" }
        let parts = QuestionParts.of(lines.joined(separator: "\n"))
        #expect(parts.count > 4 && parts.count <= QuestionParts.most)
        #expect(parts.joined(separator: "\n").split(whereSeparator: \.isNewline).map(String.init) == lines)
    }

    @Test(
        "The longest question of any script has a bounded number of parts",
        arguments: ["字", "word ", "é", "a", "👩‍👩‍👧‍👦", "\n.", "  "]
    )
    func bounded(_ piece: String) {
        let parts = QuestionParts.of(String(String(repeating: piece, count: 4_000).prefix(4_000)))
        #expect((1...QuestionParts.most).contains(parts.count))
    }
}
