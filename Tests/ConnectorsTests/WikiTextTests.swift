import Testing

@testable import Connectors

@Suite("Wiki markup")
struct WikiTextTests {
    @Test(
        "Marks go, words stay",
        arguments: [
            ("h2. Why *we* _retry_", "Why we retry"), ("Plain words", "Plain words"), ("", nil), ("  \n ", nil),
            ("bq. said so", "said so"), ("a {color:red}hot{color} one", "a hot one"), ("{{code}} here", "code here"),
            ("* one\n** two\n# three\n- four", "- one\n  - two\n1. three\n- four"),
            ("||Name||Size||\n|a|[b|https://x.test]|", "Name\tSize\na\tb (https://x.test)"),
            ("[docs|https://x.test/a]", "docs (https://x.test/a)"), ("[https://x.test]", "https://x.test"),
            ("[~ann] and [~accountid:7f]", "@ann and @7f"), ("see !shot.png|width=30! there", "see shot.png there"),
            ("[^log.txt]", "log.txt"), ("----", nil), ("one\\\\two", "one\ntwo"), (#"not \*bold\*"#, "not *bold*"),
            ("{panel:title=Note|bgColor=#fff}text{panel}", "Note\ntext"), ("{quote}\nwords\n{quote}", "words"),
        ] as [(String, String?)]
    )
    func marks(markup: String, plain: String?) {
        #expect(WikiText.plain(markup) == plain)
    }

    @Test(
        "What only looks like a mark stays",
        arguments: [
            "snake_case_name and 2*3*4", "a * b * c", "from 1-2 to 3-4", "array[0] and [x]", "{unknown} {", "50% - 60%", "wow!",
            "~5 ms",
            "a_b _", "PAY-1 - done",
        ]
    )
    func plainText(text: String) {
        #expect(WikiText.plain(text) == text)
    }

    @Test("Code is left as it is, on one line and on several")
    func code() {
        #expect(
            WikiText.plain("Run:\n{code:sql}\nSELECT *a*\n  FROM _t_\n{code}\n*after*") == "Run:\nSELECT *a*\n  FROM _t_\nafter"
        )
        #expect(WikiText.plain("{noformat}a *b*{noformat} then *c*") == "a *b*\n then c")
        #expect(WikiText.plain("x {code}y = _z_") == "x \ny = _z_", "a block that never ends")
    }

    @Test("Whatever text comes, it ends, and no word is lost", arguments: 0..<100)
    func anyText(seed: Int) {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
        let pieces = [
            "*", "_", "{", "}", "[", "]", "|", "~", "!", "\\", "h1. ", "{code}", "word", " ", "\n", "||", "http://x.test", "-",
            "+", "??",
        ]
        var text = ""
        var words = 0
        for _ in 0..<60 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let piece = pieces[Int(state >> 33) % pieces.count]
            if piece == "word" { words += 1 }
            text += piece
        }
        let plain = WikiText.plain(text) ?? ""
        // Options of blocks, pictures and links are no words.
        let options = text.ranges(of: "{").count + text.ranges(of: "|").count
        #expect(plain.ranges(of: "word").count >= words - options, "\(text)")
    }
}
