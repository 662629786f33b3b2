/// Percent-encoding after RFC 3986 §2.3: all but unreserved characters.
enum PercentEncoding {
    static func encode(_ text: some StringProtocol) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                encoded += byte < 16 ? "%0" : "%"
                encoded += String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }

    /// `application/x-www-form-urlencoded`, with spaces as `%20`.
    static func form(_ fields: [(name: String, value: String)]) -> String {
        fields.map { self.encode($0.name) + "=" + self.encode($0.value) }.joined(separator: "&")
    }
}
