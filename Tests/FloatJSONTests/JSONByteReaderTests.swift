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

    @Test("Known members are told by their places, in any order and however they are written; others are passed")
    func knownMembers() throws {
        let keys = JSONKeys(["id", "score", "scores"])
        let texts = [
            #"{"id":1,"score":2,"scores":3}"#, #"{ "scores" : 3, "other": {"id": 9}, "id":1,"score":2}"#,
            #"{"\u0069d":1,"idx":5,"":6,"score":2,"scor\u0065s":3,"i\"d":7}"#,
        ]
        for text in texts {
            var json = JSONByteReader(Array(text.utf8))
            var found: [Int: Int] = [:]
            var strangers = 0
            try json.object(keys) { place, json throws(FloatJSONError) in
                guard let place else {
                    strangers += 1
                    return try json.skip()
                }
                found[place] = try json.number().whole
            }
            try json.finish()
            #expect(found == [0: 1, 1: 2, 2: 3], "\(text)")
            #expect(strangers == text.split(separator: ",").count - 3)
        }
        for text in [#"{"id""#, #"{"id"1}"#, #"{"i"#, #"{id:1}"#, #"{"id":1,}"#, #"{"id"x:1}"#] {
            #expect(throws: FloatJSONError.self, "\(text)") {
                var json = JSONByteReader(Array(text.utf8))
                try json.object(keys) { _, json throws(FloatJSONError) in try json.skip() }
            }
        }
    }
}
