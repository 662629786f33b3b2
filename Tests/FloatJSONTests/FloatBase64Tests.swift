import FloatJSON
import Foundation
import Testing

@Suite struct FloatBase64Tests {
    @Test("Floats come back from Foundation's base64, whatever their number", arguments: 0..<20)
    func roundTrip(count: Int) throws {
        var generator = SeededGenerator(seed: UInt64(count))
        let floats = (0..<count).map { _ in Float.random(in: -1e6...1e6, using: &generator) }
        var data = Data()
        for float in floats { withUnsafeBytes(of: float.bitPattern.littleEndian) { data.append(contentsOf: $0) } }
        #expect(try FloatBase64.floats(Array(data.base64EncodedString().utf8)) == floats)
    }

    @Test("Base64 stands in JSON as a string, with its slashes escaped or not")
    func inJSON() throws {
        let json = Array(#"{"data":[{"embedding":"AACAPw=="},{"embedding":"\/\/9\/Pw=="}]}"#.utf8)
        #expect(try FloatScanner.base64Vectors(in: json, at: "data[*].embedding") == [[1], [Float(bitPattern: 0x3F7F_FFFF)]])
    }

    @Test(
        "What is not exactly base64 of floats is refused",
        arguments: [
            "A", "AA==", "AACAPw", "AACAPw=", "AACAPw===", "AACAPx==", "AACA-w==", "AACA w==", "AACAPw==\n", "=AACAPw=", "====",
            "AACAPwAAgD8", "AADAfw==", "AACAfw==",
        ]
    )
    func refuses(text: String) {
        #expect(throws: FloatJSONError.self) { try FloatBase64.floats(Array(text.utf8)) }
    }
}
