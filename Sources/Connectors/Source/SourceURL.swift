import Foundation

/// An absolute http or https URL, split where the connectors need it: what may be trusted with a token, and what is asked there.
struct SourceURL: Sendable, Equatable, CustomStringConvertible {
    /// Scheme, host and port; tokens never leave it.
    struct Origin: Sendable, Equatable, CustomStringConvertible {
        var scheme: String
        var host: String
        var port: Int

        var description: String {
            let usual = self.scheme == "https" ? 443 : 80
            return "\(self.scheme)://\(self.host)\(self.port == usual ? "" : ":\(self.port)")"
        }

        /// Whether a token may be sent there: encrypted, or within the machine or a private network.
        var isSafeForSecrets: Bool {
            if self.scheme == "https" || self.host.hasPrefix("[") || !self.host.contains(".") { return true }
            if [".localhost", ".local", ".internal", ".lan", ".home.arpa"].contains(where: self.host.hasSuffix) { return true }
            let parts = self.host.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
            guard parts.count == 4, parts.allSatisfy({ (0...255).contains($0) }) else { return false }
            return parts[0] == 127 || parts[0] == 10 || (parts[0] == 192 && parts[1] == 168)
                || (parts[0] == 172 && (16...31).contains(parts[1]))
        }
    }

    var origin: Origin
    /// Path and query, beginning with a slash; no fragment.
    var target: String

    var description: String { "\(self.origin)\(self.target)" }

    /// Path without query, without a slash at the end.
    var path: String {
        var path = self.target.prefix { $0 != "?" }
        while path.hasSuffix("/") { path.removeLast() }
        return String(path)
    }

    init(origin: Origin, target: String) {
        self.origin = origin
        self.target = target
    }

    /// - Returns: nil where the text is no http(s) URL or names a user, as in `https://api.github.com@evil.example`.
    init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }),
            let separator = text.range(of: "://")
        else { return nil }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard scheme == "https" || scheme == "http" else { return nil }
        let rest = text[separator.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        guard !authority.contains("@"), !authority.isEmpty else { return nil }
        var host = authority
        var port = scheme == "https" ? 443 : 80
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            guard let number = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(number) else { return nil }
            port = number
            host = authority[..<colon]
        }
        guard !host.isEmpty else { return nil }
        let target = rest.dropFirst(authority.count).prefix { $0 != "#" }
        self.origin = Origin(scheme: scheme, host: host.lowercased(), port: port)
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
    }

    /// What a `Location` or a link of this URL's answer means (RFC 3986 §5, without dot segments).
    func resolving(_ reference: String) -> SourceURL? {
        if reference.contains("://") { return SourceURL(reference) }
        if reference.hasPrefix("//") { return SourceURL("\(self.origin.scheme):\(reference)") }
        if reference.hasPrefix("/") { return SourceURL("\(self.origin)\(reference)") }
        if reference.hasPrefix("?") { return SourceURL("\(self.origin)\(self.target.prefix { $0 != "?" })\(reference)") }
        let path = self.target.prefix { $0 != "?" }
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
        return SourceURL("\(self.origin)\(folder)\(reference)")
    }

    /// Percent-encodes everything but unreserved characters.
    static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }
}
