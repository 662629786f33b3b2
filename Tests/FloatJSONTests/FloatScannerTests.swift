import FloatJSON
import Foundation
import Testing

@Suite struct FloatScannerTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    // MARK: Finding

    @Test(
        "Vectors are found where providers put them",
        arguments: [
            (
                #"{"object":"list","data":[{"index":0,"embedding":[1,2]},{"embedding":[-0.5e1, 4 ],"x":{}}],"usage":{}}"#,
                "data[*].embedding"
            ),
            (#" { "embeddings" : { "float" : [ [ 1.0 , 2E0 ] , [ -5 , 4.0 ] ] } } "#, "embeddings.float[*]"),
            ("[[1,2],[-5,4]]", "[*]"),
            (#"[{"a":null},[[1,2],[-5,4]],"x"]"#, "[1][*]"),
            (#"{"d\u0061ta":[{"\u0065mbedding":[10e-1,0.2e+1]},{"embedding":[-5,4]}]}"#, "data[*].embedding"),
        ]
    )
    func finds(json: String, path: String) throws {
        #expect(try FloatScanner.vectors(in: self.bytes(json), at: JSONPath(parsing: path)) == [[1, 2], [-5, 4]])
    }

    @Test(
        "What is absent or null before the first star is no vector",
        arguments: [#"{}"#, #"{"data":null}"#, #"{"data":[]}"#, "null"]
    )
    func absent(json: String) throws {
        #expect(try FloatScanner.vectors(in: self.bytes(json), at: "data[*].embedding") == [])
    }

    @Test("Elements that lack a number are told from those that have one, each in its place")
    func optionalIntegers() throws {
        let json = self.bytes(#"{"data":[{"index":1},{},{"index":null},{"index":{"at":3}},{"index":0},null]}"#)
        #expect(throws: FloatJSONError.self) { try FloatScanner.integers(in: json, at: "data[*].index") }
        #expect(throws: FloatJSONError.self) { try FloatScanner.optionalIntegers(in: json, at: "data[*].index") }
        let plain = self.bytes(#"{"data":[{"index":1},{},{"index":null},{"index":0},null]}"#)
        #expect(try FloatScanner.optionalIntegers(in: plain, at: "data[*].index") == [1, nil, nil, 0, nil])
        #expect(try FloatScanner.optionalIntegers(in: plain, at: "other[*].index") == [])
    }

    @Test("Whole numbers are read from indexes and usage")
    func integers() throws {
        let json = self.bytes(#"{"data":[{"index":1},{"index":0.0}],"usage":{"total_tokens":12,"x":null,"y":1.5,"z":"s"}}"#)
        #expect(try FloatScanner.integers(in: json, at: "data[*].index") == [1, 0])
        #expect(try FloatScanner.integer(in: json, at: "usage.total_tokens") == 12)
        #expect(try FloatScanner.integer(in: json, at: "usage.x") == nil)
        #expect(try FloatScanner.integer(in: json, at: "usage.absent") == nil)
        #expect(try FloatScanner.double(in: json, at: "usage.y") == 1.5)
        #expect(try FloatScanner.string(in: json, at: "usage.z") == "s")
        #expect(throws: FloatJSONError(.numberOutOfRange, at: 76)) { try FloatScanner.integer(in: json, at: "usage.y") }
        #expect(throws: FloatJSONError(.wrongType, at: 84)) { try FloatScanner.integer(in: json, at: "usage.z") }
        #expect(throws: FloatJSONError(.duplicate, at: json.count)) { try FloatScanner.integer(in: json, at: "data[*].index") }
        #expect(try FloatScanner.integer(in: self.bytes("-9223372036854775808"), at: "") == .min)
        #expect(throws: FloatJSONError.self) { try FloatScanner.integer(in: self.bytes("9223372036854775808"), at: "") }
    }

    // MARK: Refusing

    @Test(
        "What is malformed or would shift positions is refused with the place",
        arguments: [
            ("", .truncated, 0), (#"{"data":[{"embedding":[1,2"#, .truncated, 26),
            (#"{"data":[{"embedding":[1,"#, .truncated, 25),
            (#"{"data":[{"embedding":[NaN]}]}"#, .unexpectedByte, 23),
            (#"{"data":[{"embedding":[Infinity]}]}"#, .unexpectedByte, 23),
            (#"{"data":[{"embedding":[-Infinity]}]}"#, .unexpectedByte, 24),
            (#"{"data":[{"embedding":[1,]}]}"#, .unexpectedByte, 25),
            (#"{"data":[{"embedding":[1 2]}]}"#, .unexpectedByte, 25), (#"{"data":[{"embedding":[01]}]}"#, .unexpectedByte, 24),
            (#"{"data":[{"embedding":[+1]}]}"#, .unexpectedByte, 23), (#"{"data":[{"embedding":[.5]}]}"#, .unexpectedByte, 23),
            (#"{"data":[{"embedding":[1.]}]}"#, .unexpectedByte, 25), (#"{"data":[{"embedding":[1e]}]}"#, .unexpectedByte, 25),
            (#"{"data":[{"embedding":[1e99]}]}"#, .numberOutOfRange, 23), (#"{"data":[{"embedding":["1"]}]}"#, .wrongType, 23),
            (#"{"data":[{"embedding":[null]}]}"#, .wrongType, 23), (#"{"data":[{"embedding":[[1]]}]}"#, .wrongType, 23),
            (#"{"data":[{"embedding":"AAAA"}]}"#, .wrongType, 22), (#"{"data":[{"embedding":null}]}"#, .wrongType, 22),
            (#"{"data":{"embedding":[1]}}"#, .wrongType, 8), (#"{"data":[[1]]}"#, .wrongType, 9),
            (#"{"data":[{"embedding":[1]},{}]}"#, .missing, 27), (#"{"data":[{"embedding":[1]},null]}"#, .missing, 27),
            (#"{"data":[{"embedding":[1],"embedding":[2]}]}"#, .duplicate, 26), (#"{"data":[],"data":[]}"#, .duplicate, 11),
            (#"{"data":[]} x"#, .unexpectedByte, 12), (#"{"data":[],}"#, .unexpectedByte, 11),
            (#"{"data" []}"#, .unexpectedByte, 8),
            (#"{'data':[]}"#, .unexpectedByte, 1), (#"{"x":"\q"}"#, .malformedString, 7),
            (#"{"x":"\u12g4"}"#, .malformedString, 10),
            ("{\"x\":\"\u{1}\"}", .malformedString, 6), (#"{"x":tru}"#, .unexpectedByte, 8), (#"{"x":"abc"#, .truncated, 9),
        ] as [(String, FloatJSONError.Kind, Int)]
    )
    func refuses(json: String, kind: FloatJSONError.Kind, offset: Int) {
        #expect(throws: FloatJSONError(kind, at: offset)) {
            try FloatScanner.vectors(in: self.bytes(json), at: "data[*].embedding")
        }
    }

    @Test("Nesting is bounded, wherever it stands")
    func depth() throws {
        let deepest = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        try FloatScanner.validate(self.bytes(deepest))
        for json in ["[\(deepest)]", String(repeating: "[", count: 1_000_000), String(repeating: #"{"a":"#, count: 1_000_000)] {
            #expect(throws: FloatJSONError.self) { try FloatScanner.validate(self.bytes(json)) }
            #expect(throws: FloatJSONError.self) { try FloatScanner.vectors(in: self.bytes(json), at: "data[*].embedding") }
        }
    }

    @Test("Half a surrogate pair is no string")
    func surrogates() throws {
        #expect(try FloatScanner.string(in: self.bytes(#""\ud83d\ude00""#), at: "") == "😀")
        for json in [#""\ud83d""#, #""\ude00""#, #""\ud83d\u0041""#, #""\ud83dx""#] {
            #expect(throws: FloatJSONError.self) { try FloatScanner.string(in: self.bytes(json), at: "") }
        }
        #expect(throws: FloatJSONError(.malformedString, at: 0)) { try FloatScanner.string(in: [34, 0xC3, 34], at: "") }
    }

    // MARK: Exactness

    @Test("Digits give the nearest float, also next to the middle between two and at the ends of the range")
    func nearest() throws {
        var generator = SeededGenerator(seed: 2)
        var texts = [
            "0", "-0", "-0.0e5", "0.1", "16777217", "16777217.0000000000000001", "16777216.999999999999",
            "1.00000005960464477539062",
            "1.00000005960464477539063", "1.000000059604644775390625", "1.4e-45", "7e-46", "7.1e-46", "1e-50", "1.17549435e-38",
            "1.1754943e-38", "3.4028235e38", "3.40282346638528859811704183484516925440e+38", "123456789012345678901234567890",
            "0.000000000000000000000000000000000000000000001", "1e-400", "12345678901234567890e-20",
            "0.0000000000000000000012345678901234567890123",
        ]
        for _ in 0..<20_000 {
            let value = Float(bitPattern: UInt32.random(in: 0x0080_0000..<0x7F00_0000, using: &generator))
            switch UInt8.random(in: 0..<4, using: &generator) {
            case 0: texts.append("\(Double(value))")
            case 1: texts.append("\((Double(value) + Double(value.nextUp)) / 2)")
            case 2: texts.append("-\(Double.random(in: 0...1, using: &generator))")
            default:
                texts.append(
                    "\(UInt64.random(in: 0...UInt64.max, using: &generator))e-\(Int.random(in: 0...30, using: &generator))"
                )
            }
        }
        let read = try FloatScanner.vectors(in: self.bytes("[" + texts.joined(separator: ",") + "]"), at: "")
        let wrong = zip(texts, read[0]).filter { text, float in Float(text)?.bitPattern != float.bitPattern }
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    }

    // MARK: Fuzzing

    /// A document with everything in it that JSON has.
    private func document(_ generator: inout SeededGenerator) throws -> [UInt8] {
        var json = JSONByteWriter()
        try json.object { json throws(FloatJSONError) in
            json.key("model")
            json.string("a \"b\" \n ü 😀")
            json.key("data")
            try json.array { json throws(FloatJSONError) in
                for index in 0..<3 {
                    try json.object { json throws(FloatJSONError) in
                        json.key("index")
                        json.integer(index)
                        json.key("embedding")
                        try json.floats((0..<4).map { _ in Float.random(in: -1...1, using: &generator) })
                        json.key("more")
                        json.encoded(#"[true,false,null,{"x":[]},-1.5e-3]"#.utf8)
                    }
                }
            }
        }
        return json.bytes
    }

    @Test("A document cut anywhere is refused")
    func truncation() throws {
        var generator = SeededGenerator(seed: 3)
        let json = try self.document(&generator)
        _ = try FloatScanner.vectors(in: json, at: "data[*].embedding")
        for end in 0..<json.count {
            #expect(throws: FloatJSONError.self) { try FloatScanner.vectors(in: Array(json[..<end]), at: "data[*].embedding") }
        }
    }

    @Test("A document with bytes changed is read as Foundation reads it, or refused with a place inside it")
    func mutation() throws {
        var generator = SeededGenerator(seed: 4)
        let alphabet = Array("{}[]\",:.0123456789eE+-\\untrfalse x\n/".utf8)
        for _ in 0..<6_000 {
            var json = try self.document(&generator)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let at = Int.random(in: 0..<json.count, using: &generator)
                switch UInt8.random(in: 0..<4, using: &generator) {
                case 0: json.remove(at: at)
                case 1: json.insert(alphabet.randomElement(using: &generator) ?? 0, at: at)
                case 2: json[at] = UInt8.random(in: 0...255, using: &generator)
                default: json[at] = alphabet.randomElement(using: &generator) ?? 0
                }
            }
            let foundation = try? JSONSerialization.jsonObject(with: Data(json)) as? [String: Any]
            do {
                let vectors = try FloatScanner.vectors(in: json, at: "data[*].embedding")
                // Strings that are passed over are not decoded, so bad UTF-8 and half surrogates may stand in them.
                guard let foundation else {
                    #expect(json.contains { $0 >= 0x80 || $0 == UInt8(ascii: "\\") }, "\(String(decoding: json, as: UTF8.self))")
                    continue
                }
                let data = foundation["data"] as? [[String: Any]] ?? []
                #expect(vectors == data.map { ($0["embedding"] as? [NSNumber] ?? []).map(\.floatValue) })
            } catch {
                #expect((0...json.count).contains(error.offset))
                let structural: Set<FloatJSONError.Kind> = [.wrongType, .missing, .duplicate, .numberOutOfRange]
                // Foundation lets a comma stand before a closing bracket; JSON does not.
                let comma = error.offset < json.count && "]}".utf8.contains(json[error.offset])
                #expect(
                    foundation == nil || comma || structural.contains(error.kind),
                    "\(error): \(String(decoding: json, as: UTF8.self))"
                )
            }
        }
    }

    @Test("Random bytes never crash any reader")
    func noise() {
        var generator = SeededGenerator(seed: 5)
        let alphabet = Array("{}[]\",:0123456789.eE+-\\u nul".utf8)
        for _ in 0..<10_000 {
            let json = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                Bool.random(using: &generator)
                    ? alphabet.randomElement(using: &generator) ?? 0 : UInt8.random(in: 0...255, using: &generator)
            }
            for path in ["", "[*]", "[*][*]", "a", "[0].b"] as [JSONPath] {
                _ = try? FloatScanner.vectors(in: json, at: path)
                _ = try? FloatScanner.base64Vectors(in: json, at: path)
                _ = try? FloatScanner.integers(in: json, at: path)
                _ = try? FloatScanner.optionalIntegers(in: json, at: path)
                _ = try? FloatScanner.strings(in: json, at: path)
            }
            _ = try? FloatBase64.floats(json)
        }
    }
}
