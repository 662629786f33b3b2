import Foundation
import Testing
import UUIDText

@Suite("Text of UUIDs")
struct UUIDTextTests {
    @Test("What is written is Foundation's text in small letters, and reads back")
    func roundTrip() {
        for _ in 0..<10_000 {
            let id = UUID()
            #expect(id.lowercaseText == id.uuidString.lowercased())
            var bytes: [UInt8] = [1]
            id.appendText(to: &bytes)
            #expect(bytes == [1] + Array(id.uuidString.lowercased().utf8))
            #expect(UUID(text: id.lowercaseText) == id)
            #expect(UUID(text: id.uuidString) == id)
        }
    }

    @Test("One wrong byte at any place is refused")
    func wrongBytes() {
        let text = Array(UUID(uuid: (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 172, 189, 206, 255)).lowercaseText.utf8)
        for place in text.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = text
                changed[place] = byte
                // Foundation takes a blank for a digit.
                let isHyphen = [8, 13, 18, 23].contains(place)
                let isValid = isHyphen ? byte == UInt8(ascii: "-") : Character(Unicode.Scalar(byte)).isHexDigit
                let expected = isValid ? UUID(uuidString: String(decoding: changed, as: UTF8.self)) : nil
                #expect(changed.withUnsafeBytes { UUID(text: $0) } == expected, "\(place) \(byte)")
            }
        }
    }

    @Test(
        "Text of another length is refused",
        arguments: ["", "-", "00000000-0000-0000-0000-00000000000", "{00000000-0000-0000-0000-000000000000}"]
    )
    func wrongLength(_ text: String) { #expect(UUID(text: text) == nil) }
}
