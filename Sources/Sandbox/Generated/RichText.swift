/// Atlassian Document Format, in which Jira Cloud v3 keeps long texts.
enum RichText {
    static func document(_ paragraphs: [String]) -> JSONValue {
        document(blocks: paragraphs.map(paragraph))
    }

    static func document(blocks: [JSONValue]) -> JSONValue {
        ["type": "doc", "version": 1, "content": .array(blocks)]
    }

    static func paragraph(_ text: String) -> JSONValue {
        ["type": "paragraph", "content": [["type": "text", "text": .string(text)]]]
    }

    static func heading(_ text: String) -> JSONValue {
        ["type": "heading", "attrs": ["level": 3], "content": [["type": "text", "text": .string(text)]]]
    }

    static func bullets(_ items: [String]) -> JSONValue {
        ["type": "bulletList", "content": .array(items.map { ["type": "listItem", "content": [paragraph($0)]] })]
    }

    static func code(_ text: String) -> JSONValue {
        ["type": "codeBlock", "attrs": ["language": "text"], "content": [["type": "text", "text": .string(text)]]]
    }

    /// A paragraph that begins with the mention of a person.
    static func mention(_ person: Person, _ text: String) -> JSONValue {
        [
            "type": "paragraph",
            "content": [
                ["type": "mention", "attrs": ["id": .string(person.accountID), "text": .string("@" + person.name)]],
                ["type": "text", "text": .string(" " + text)],
            ],
        ]
    }
}
