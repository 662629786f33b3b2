import Testing

@testable import Connectors

@Suite("Rich text as plain text")
struct ADFTextTests {
    private func text(_ text: String) -> JSONValue { ["type": "text", "text": .string(text)] }

    private func node(_ type: String, _ content: [JSONValue] = [], attrs: JSONValue = [:]) -> JSONValue {
        ["type": .string(type), "attrs": attrs, "content": .array(content)]
    }

    private func plain(_ content: JSONValue...) -> String? {
        ADFText.plain(["version": 1, "type": "doc", "content": .array(content)])
    }

    @Test("Paragraphs and headings stand on lines of their own")
    func blocks() {
        #expect(
            self.plain(
                self.node("heading", [self.text("Why")]),
                self.node("paragraph", [self.text("Pay"), self.text("ments")]),
                self.node("paragraph", [self.text("a"), self.node("hardBreak"), self.text("b")])
            ) == "Why\nPayments\na\nb"
        )
    }

    @Test("Lists keep their marks, numbers, ticks and levels")
    func lists() {
        let inner = self.node("bulletList", [self.node("listItem", [self.node("paragraph", [self.text("deep")])])])
        #expect(
            self.plain(
                self.node(
                    "orderedList",
                    [
                        self.node("listItem", [self.node("paragraph", [self.text("one")]), inner]),
                        self.node("listItem", [self.node("paragraph", [self.text("two")])]),
                    ],
                    attrs: ["order": 3]
                ),
                self.node(
                    "taskList",
                    [
                        self.node("taskItem", [self.text("done")], attrs: ["state": "DONE"]),
                        self.node("taskItem", [self.text("open")], attrs: ["state": "TODO"]),
                    ]
                )
            ) == "3. one\n  - deep\n4. two\n[x] done\n[ ] open"
        )
    }

    @Test("A list that begins at the greatest of numbers is a list")
    func greatNumbers() {
        let items = ["one", "two"].map { self.node("listItem", [self.node("paragraph", [self.text($0)])]) }
        let list = self.plain(self.node("orderedList", items, attrs: ["order": JSONValue(Int.max)]))
        #expect(list?.split(separator: "\n").map { $0.split(separator: " ").last } == ["one", "two"])
    }

    @Test("Tables give a line a row, cells apart by tabs")
    func tables() {
        func cell(_ type: String, _ words: String) -> JSONValue { self.node(type, [self.node("paragraph", [self.text(words)])]) }
        #expect(
            self.plain(
                self.node(
                    "table",
                    [
                        self.node("tableRow", [cell("tableHeader", "Key"), cell("tableHeader", "Value")]),
                        self.node("tableRow", [cell("tableCell", "retries"), cell("tableCell", "2")]),
                    ]
                )
            ) == "Key\tValue\nretries\t2"
        )
    }

    @Test("Inline nodes give what a person reads")
    func inline() {
        #expect(
            self.plain(
                self.node(
                    "paragraph",
                    [
                        self.node("mention", attrs: ["id": "1", "text": "@Ada"]), self.text(" "),
                        self.node("emoji", attrs: ["shortName": ":tada:", "text": "🎉"]), self.text(" "),
                        self.node("status", attrs: ["text": "DONE"]), self.text(" "),
                        self.node("date", attrs: ["timestamp": "1714521600000"]), self.text(" "),
                        self.node("inlineCard", attrs: ["url": "https://x.test/1"]), self.text(" "),
                        [
                            "type": "text", "text": "docs",
                            "marks": [["type": "link", "attrs": ["href": "https://x.test/docs"]]],
                        ],
                    ]
                )
            ) == "@Ada 🎉 DONE 2024-05-01 https://x.test/1 docs (https://x.test/docs)"
        )
    }

    @Test("Panels, code, expands and media give their words")
    func containers() {
        #expect(
            self.plain(
                self.node("panel", [self.node("paragraph", [self.text("Careful")])]),
                self.node("codeBlock", [self.text("let x = 1\nlet y = 2")], attrs: ["language": "swift"]),
                self.node("expand", [self.node("paragraph", [self.text("inside")])], attrs: ["title": "More"]),
                self.node("mediaSingle", [self.node("media", attrs: ["alt": "a diagram", "id": "uuid"])]),
                self.node("rule"),
                self.node("blockCard", attrs: ["url": "https://x.test/2"])
            ) == "Careful\nlet x = 1\nlet y = 2\nMore\ninside\na diagram\nhttps://x.test/2"
        )
    }

    @Test("Unknown nodes give what their children hold")
    func unknown() {
        #expect(self.plain(self.node("fancyNewThing", [self.node("paragraph", [self.text("still here")])])) == "still here")
    }

    @Test("Plain strings and wiki text pass through; nothing stays nothing")
    func strings() {
        #expect(ADFText.plain("h1. Title\n* item {code}x{code}") == "h1. Title\n* item {code}x{code}")
        #expect(ADFText.plain("  \n ") == nil)
        #expect(ADFText.plain(nil) == nil)
        #expect(ADFText.plain(["type": "doc", "content": []]) == nil)
        #expect(ADFText.plain(7) == nil)
    }

    @Test("A document nested without end is cut, not followed into the ground")
    func depth() {
        var node = self.text("bottom")
        for _ in 0..<5_000 { node = self.node("panel", [node]) }
        #expect(self.plain(self.node("paragraph", [self.text("top")]), node) == "top")
    }
}
