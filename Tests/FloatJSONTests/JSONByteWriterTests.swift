import FloatJSON
import Foundation
import Testing

@Suite struct JSONByteWriterTests {
    @Test("Objects, arrays and values are separated by commas where they must be")
    func structure() throws {
        var json = JSONByteWriter()
        try json.object { json throws(FloatJSONError) in
            json.key("id")
            json.integer(UInt64.max)
            json.key("vector")
            try json.floats([0.5, -1, 0])
            json.key("empty")
            json.array { _ in }
            json.key("list")
            try json.array { json throws(FloatJSONError) in
                json.null()
                json.bool(true)
                json.object { _ in }
                try json.double(0.1)
                try json.float(0.1)
                try json.floats([])
                json.encoded(#"{"a":1}"#.utf8)
            }
            json.key("last")
            json.bool(false)
        }
        let expected =
            #"{"id":18446744073709551615,"vector":[0.5,-1.0,0.0],"empty":[],"#
            + #""list":[null,true,{},0.1,0.1,[],{"a":1}],"last":false}"#
        #expect(String(decoding: json.bytes, as: UTF8.self) == expected)
    }

    @Test(
        "Every string comes back from Foundation's reader as it was",
        arguments: [
            "", "plain", "\"quoted\" \\ / \u{8}\u{9}\u{A}\u{C}\u{D}", "\u{0}\u{1}\u{1F}\u{7F}", "żółć 日本語 😀 \u{2028}\u{2029}",
            "e\u{301}",
        ]
    )
    func strings(text: String) throws {
        var json = JSONByteWriter()
        json.array { $0.string(text) }
        let read = try #require(try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String])
        #expect(read.map { Array($0.utf8) } == [Array(text.utf8)])
        #expect(try FloatScanner.strings(in: json.bytes, at: "[*]").map { Array($0.utf8) } == [Array(text.utf8)])
    }

    @Test("Numbers that JSON cannot say are refused", arguments: [Float.nan, .infinity, -.infinity, .signalingNaN])
    func notFinite(value: Float) {
        var json = JSONByteWriter()
        #expect(throws: FloatJSONError(.notFinite, at: 4)) { try json.floats([1, value]) }
        #expect(throws: FloatJSONError.self) { try json.float(value) }
        #expect(throws: FloatJSONError.self) { try json.double(Double(value)) }
    }

    @Test("No float is written longer than its description, nor otherwise than it is read", arguments: 0..<4)
    func shortest(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        // Where vectors have their numbers, at the edges of that stretch, and near round decimals.
        var floats = (0..<50_000).map { _ in Float.random(in: -1...1, using: &generator) }
        floats += (0..<50_000).map { _ in Float(bitPattern: .random(in: 0x3800_0000...0x3F90_0000, using: &generator)) }
        floats += (1..<20_000).map { Float($0) / 20_000 }
        floats += [0.1, 0.01, 0.001, 0.0001, 1].flatMap { [$0.nextDown, $0, $0.nextUp, -$0] }
        var json = JSONByteWriter()
        try json.floats(floats)
        let texts = String(decoding: json.bytes.dropFirst().dropLast(), as: UTF8.self).split(separator: ",")
        #expect(texts.count == floats.count)
        for (text, float) in zip(texts, floats) where Float(text) != float || text.count > float.description.count {
            Issue.record("\(float) is written as \(text)")
        }
        #expect(try FloatScanner.vectors(in: json.bytes, at: "") == [floats])
    }

    @Test("Every bit pattern of a finite float is read back as it was written")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<40 {
            let floats = (0..<500).map { _ in Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator)) }
                .filter(\.isFinite)
            var json = JSONByteWriter()
            try json.floats(floats)
            let read = try FloatScanner.vectors(in: json.bytes, at: "")
            #expect(read.map { $0.map(\.bitPattern) } == [floats.map(\.bitPattern)])
        }
    }
}
