import Testing

@testable import Search

@Suite("The part of a text that a hit shows")
struct SnippetTests {
    @Test("A short text is shown whole, without its heading")
    func short() {
        let text = "PAY-1 Paid twice\nSummary: Paid twice\nDescription: The card was charged."
        #expect(
            Snippet(query: "x").of(text, title: "PAY-1 Paid twice") == "Summary: Paid twice Description: The card was charged."
        )
    }

    @Test("A long text is shown around the words of the query")
    func around() {
        let text =
            "Title\n" + String(repeating: "filler words here ", count: 60) + "the idempotency key "
            + String(repeating: "more ", count: 90)
        let snippet = Snippet(query: "idempotency").of(text, title: "Title")
        #expect(snippet.contains("idempotency key"))
        #expect(snippet.hasPrefix("… ") && snippet.hasSuffix(" …"))
        #expect(snippet.count <= Snippet.length + 4)
    }

    @Test(
        "Texts that grow when they are lowered, have no spaces, or are empty do no harm",
        arguments: [
            String(repeating: "İ", count: 500), String(repeating: "字", count: 5_000), "", "\n",
            String(repeating: "👩‍👩‍👧‍👦", count: 400),
        ]
    )
    func odd(_ text: String) {
        #expect(Snippet(query: "İstanbul 字 words").of(text, title: "t").count <= Snippet.length + 4)
    }

    @Test("A text of ASCII is cut where the same text with other letters is cut")
    func sameCut() {
        let words = (0..<200).map {
            ["the", "Gateway", "timed", "out\t", "and", "RETRIED", "it\n"][$0 * 31 % 7] + ($0 == 150 ? " Refund" : "")
        }
        let text = "Title\n" + words.joined(separator: " ")
        for query in ["refund", "gateway retried", "nothing of it", "out it"] {
            let ascii = Snippet(query: query).of(text, title: "Title")
            // The last word is far beyond what is shown, and takes the other way.
            let other = Snippet(query: query).of(text + " é", title: "Title")
            #expect(ascii == other, "\(query)")
        }
    }
}
