import Foundation

/// Paths of Qdrant's REST API.
enum Path {
    static func collection(_ name: String, _ rest: String = "") -> String {
        "/collections/" + Self.segment(name) + rest
    }

    static func segment(_ text: String) -> String {
        // Nearly every name, and Foundation takes long to find that out.
        if text.utf8.allSatisfy(Self.isPlain) { return text }
        return text.addingPercentEncoding(withAllowedCharacters: Self.unreserved) ?? ""
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// RFC 3986 §2.3.
    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    )
}
