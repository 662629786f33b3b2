import Foundation

/// Paths of Qdrant's REST API.
enum Path {
    static func collection(_ name: String, _ rest: String = "") -> String {
        "/collections/" + Self.segment(name) + rest
    }

    static func segment(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: Self.unreserved) ?? ""
    }

    /// RFC 3986 §2.3.
    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    )
}
