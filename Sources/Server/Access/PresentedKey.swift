/// The API key, or the token, that a request carries.
enum PresentedKey {
    case none
    /// Has the shape of a key.
    case key(String)
    /// Has the shape of a JSON Web Token.
    case token(String)
    /// Is no key, or several that differ.
    case unusable

    /// - Parameters:
    ///   - authorization: the values of the Authorization header.
    ///   - apiKey: the values of the X-API-Key header.
    init(authorization: [String], apiKey: [String]) {
        var keys = Set(apiKey.map { $0.trimmingSpaces })
        for value in authorization {
            let parts = value.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else {
                self = .unusable
                return
            }
            keys.insert(String(parts[1]).trimmingSpaces)
        }
        switch keys.count {
        case 0: self = .none
        case 1: self = keys.first.map(Self.of) ?? .none
        default: self = .unusable
        }
    }

    private static func of(_ text: String) -> PresentedKey {
        if self.hasShape(text) { return .key(text) }
        return text.utf8.count <= 8_192 && text.split(separator: ".", omittingEmptySubsequences: false).count == 3
            ? .token(text) : .unusable
    }

    /// `pulse_` and 43 characters of base64url.
    private static func hasShape(_ text: String) -> Bool {
        text.hasPrefix("pulse_") && text.utf8.count == 49
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        var text = Substring(self)
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}
