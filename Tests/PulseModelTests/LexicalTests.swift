import Testing

@testable import PulseModel

@Suite("The lexical half of the search: both sides of it see the same words")
struct LexicalTests {
    @Test(
        "Identifiers count whole and in their parts",
        arguments: [
            ("AUTH-112", ["auth-112", "auth", "112"]),
            (
                "SplashActivity.onCreate",
                ["splashactivity.oncreate", "splashactivity", "splash", "activity", "oncreate", "create"]
            ),
            ("HTTPServer2", ["httpserver2", "http", "server", "2"]),
            ("src/main.swift", ["src/main.swift", "src", "main", "swift"]),
            ("--force_push--", ["force_push", "force", "push"]),
        ]
    )
    func identifiers(text: String, expected: [String]) {
        #expect(LexicalTokens.all(in: text) == expected)
    }

    @Test("Stop words are left out, and endings of English words do not keep them apart")
    func words() {
        #expect(LexicalTokens.all(in: "Why do we retry the payments?") == ["retry", "payment"])
        #expect(LexicalTokens.all(in: "retries") == LexicalTokens.all(in: "Retry"))
        #expect(LexicalTokens.all(in: "the of and") == [])
        #expect(LexicalTokens.all(in: "payment payment") == ["payment", "payment"])
    }

    @Test("Scripts without spaces count in pairs, accents stay with their letters, and emoji are no words")
    func scripts() {
        #expect(LexicalTokens.all(in: "再試行") == ["再試", "試行"])
        #expect(LexicalTokens.all(in: "木") == ["木"])
        #expect(LexicalTokens.all(in: "Zahlung über Größe") == ["zahlung", "über", "größe"])
        #expect(LexicalTokens.all(in: "🦊 … — \0 \u{feff}").isEmpty)
    }

    @Test("Words of ASCII are split as words of any script are", arguments: 0..<8)
    func sameRules(seed: UInt64) {
        // Letters that make endings, capitals, digits and joiners come together often.
        let letters = Array("aehilnorstgdyesingedlyABHTS0129-_./#@:".unicodeScalars)
        var state = seed &* 2_862_933_555_777_941_757 &+ 3_037_000_493
        for _ in 0..<2_000 {
            var word: [Unicode.Scalar] = []
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            for position in 0..<Int(state >> 60 + 1) * (state >> 55 & 31 == 0 ? 9 : 1) {
                state = state &* 6_364_136_223_846_793_005 &+ UInt64(position)
                word.append(letters[Int(state >> 33) % letters.count])
            }
            var expected: [String] = []
            LexicalTokens.append(word, to: &expected)
            var text = String.UnicodeScalarView()
            text.append(contentsOf: word)
            #expect(LexicalTokens.all(in: String(text)) == expected)
        }
    }

    @Test("No text is too long or too odd")
    func extremes() {
        #expect(LexicalTokens.all(in: String(repeating: "x", count: 129)).isEmpty)
        #expect(LexicalTokens.all(in: String(repeating: "x", count: 128)).count == 1)
        #expect(LexicalTokens.all(in: String(repeating: "-", count: 100_000)).isEmpty)
        #expect(LexicalTokens.all(in: String(repeating: "ab ", count: 70_000)).count == 70_000)
    }

    @Test("Queries that look like identifiers are told from prose")
    func identifierQueries() {
        for query in ["PAY-142", "onCreate", "acme/api#57", "error 0x80070005", "payment_retry.go", "SIGSEGV: core-dump"] {
            #expect(LexicalTokens.looksLikeIdentifier(query), "\(query)")
        }
        for query in ["", "why do we retry payments twice", "who reviewed the login change?", "Deployment failed"] {
            #expect(!LexicalTokens.looksLikeIdentifier(query), "\(query)")
        }
    }

    @Test("A vector has each token once, in ascending order, and its numbers never change between versions")
    func vectors() {
        let query = LexicalVector.query("payment retry retry")
        #expect(query.indices == [3_665_406_649, 3_013_747_057].sorted())
        #expect(query.values == [1, 1])
        let document = LexicalVector.document("retry retry payment of it")
        #expect(document.indices == query.indices)
        // tf 2 and 1 of 3 tokens, k1 1.2, b 0.75, average 120.
        let length: Float = 1.2 * (0.25 + 0.75 * 3 / 120)
        let expected: [UInt32: Float] = [3_665_406_649: 2 * 2.2 / (2 + length), 3_013_747_057: 2.2 / (1 + length)]
        for (index, value) in zip(document.indices, document.values) {
            #expect(abs(value - (expected[index] ?? 0)) < 1e-5)
        }
        #expect(LexicalVector.query("the").isEmpty)
    }

    @Test("More of a word weighs more, but ever less so, and a longer text less")
    func saturation() {
        func weight(_ count: Int, filler: Int = 0) -> Float {
            let text = String(repeating: "retry ", count: count) + String(repeating: "of ", count: filler)
            return LexicalVector.document(text).values.first ?? 0
        }
        #expect(weight(1) < weight(2))
        #expect(weight(3) - weight(2) < weight(2) - weight(1))
        #expect(weight(1_000) < 2.2)
        let long = LexicalVector.document("retry " + (0..<300).map { "w\($0)" }.joined(separator: " "))
        let place = long.indices.firstIndex(of: 3_665_406_649)
        #expect(place.map { long.values[$0] < weight(1) } == true)
    }
}
