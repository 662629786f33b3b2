import FloatJSON
import Testing

@Suite struct JSONPathTests {
    @Test(
        "A path is read into its steps and written as it was",
        arguments: [
            ("data[*].embedding", [JSONPath.Step.key("data"), .every, .key("embedding")]),
            ("[*]", [.every]),
            ("", []),
            ("embeddings.float[*]", [.key("embeddings"), .key("float"), .every]),
            ("predictions[0][*].values", [.key("predictions"), .index(0), .every, .key("values")]),
            (#"["a.b"].c"#, [.key("a.b"), .key("c")]),
            (#"a["x]["]"#, [.key("a"), .key("x][")]),
        ]
    )
    func reads(text: String, steps: [JSONPath.Step]) throws {
        let path = try JSONPath(parsing: text)
        #expect(path.steps == steps)
        #expect(path.description == text)
    }

    @Test(
        "A malformed path is refused with the place",
        arguments: [
            (".a", 0), ("a.", 1), ("a..b", 2), ("a[", 1), ("a[]", 2), ("a[x]", 2), ("a[1", 3), ("a]b", 1), (#"a["b]"#, 1),
            ("a[*]b", 4),
            ("a.[0]", 1), ("a[-1]", 2), ("a[99999999999999999999]", 2),
        ]
    )
    func refuses(text: String, offset: Int) {
        #expect(throws: FloatJSONError(.malformedPath, at: offset)) { try JSONPath(parsing: text) }
    }
}
