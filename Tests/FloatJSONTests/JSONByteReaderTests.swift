import FloatJSON
import Testing

@Suite struct JSONByteReaderTests {
    @Test("Members and elements come in the document's order, and what is not wanted is passed")
    func walks() throws {
        var json = JSONByteReader(
            Array(
                #" {"a" : [1, 2.5, -3e2, 12345678901234567890], "sk\u0069p": {"x": ["}"]}, "s": "ü\n\"", "n": null, "b": true} "#
                    .utf8
            )
        )
        var numbers: [(Int?, Double)] = []
        var (text, isNull, flag) = ("", false, false)
        var keys: [String] = []
        try json.object { key, json throws(FloatJSONError) in
            keys.append(key)
            switch key {
            case "a":
                try json.array { json throws(FloatJSONError) in
                    let number = try json.number()
                    numbers.append((number.whole, number.double))
                }
            case "s":
                #expect(try json.kind() == .string)
                text = try json.string()
            case "n": isNull = try json.null()
            case "b": flag = try json.bool()
            default: try json.skip()
            }
        }
        try json.finish()
        #expect(keys == ["a", "skip", "s", "n", "b"])
        #expect(numbers.map(\.0) == [1, nil, -300, nil])
        #expect(numbers.map(\.1) == [1, 2.5, -300, 12_345_678_901_234_567_168])
        #expect(text == "ü\n\"" && isNull && flag)
    }

    @Test(
        "What is no JSON is refused, wherever it breaks off",
        arguments: [
            "", "{", #"{"a""#, #"{"a":"#, #"{"a":1"#, #"{"a":1,}"#, #"{"a":tru}"#, #"{"a":"x}"#, "[1 2]", #"{"a":[1,]}"#,
            #"{a:1}"#,
            #"{"a":1} x"#, #"{"a":"\ud800"}"#,
        ]
    )
    func refuses(_ text: String) {
        #expect(throws: FloatJSONError.self) {
            var json = JSONByteReader(Array(text.utf8))
            try json.object { _, json throws(FloatJSONError) in
                switch try json.kind() {
                case .string: _ = try json.string()
                case .bool: _ = try json.bool()
                default: try json.skip()
                }
            }
            try json.finish()
        }
    }

    @Test("Depth is bounded")
    func deep() {
        let text = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        #expect(throws: FloatJSONError.self) {
            var json = JSONByteReader(Array(text.utf8))
            try json.skip()
        }
    }
}
