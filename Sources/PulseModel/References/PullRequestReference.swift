/// `owner/name#57`, or the URL of a pull request.
public struct PullRequestReference: Sendable, Hashable, CustomStringConvertible {
    /// `owner/name`.
    public var repository: String
    public var number: Int

    public init(repository: String, number: Int) {
        self.repository = repository
        self.number = number
    }

    public var description: String { "\(self.repository)#\(self.number)" }

    /// References in free text, in order of appearance, each once: repositories differ in more than the case of letters.
    public static func all(in text: String) -> [PullRequestReference] {
        var seen: Set<PullRequestReference> = []
        return text.split { $0.isWhitespace || $0 == "," || $0 == "(" || $0 == ")" }.compactMap { word in
            Self(word.trimming(while: { ".;:?!\"'".contains($0) }))
        }.filter { seen.insert(Self(repository: $0.repository.lowercased(), number: $0.number)).inserted }
    }

    /// - Parameter text: `owner/name#57` or `https://host/owner/name/pull/57`, with whatever follows.
    public init?(_ text: some StringProtocol) {
        let isURL = text.hasPrefix("https://") || text.hasPrefix("http://")
        if !isURL, let hash = text.firstIndex(of: "#") {
            let repository = text[..<hash]
            let digits = text[text.index(after: hash)...].prefix { $0.isASCII && $0.isNumber }
            guard Self.isRepository(repository), let number = Int(digits), number > 0 else { return nil }
            self.init(repository: String(repository), number: number)
            return
        }
        let parts = text.split(separator: "/")
        guard parts.count >= 6, parts[0].hasPrefix("http"), parts[4] == "pull" || parts[4] == "pulls" else { return nil }
        let repository = "\(parts[2])/\(parts[3])"
        let digits = parts[5].prefix { $0.isASCII && $0.isNumber }
        guard Self.isRepository(repository), let number = Int(digits), number > 0 else { return nil }
        self.init(repository: repository, number: number)
    }

    private static func isRepository(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.utf8.allSatisfy { byte in
                        switch byte {
                        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                            true
                        default: false
                        }
                    }
            }
    }
}

extension Substring {
    /// Without the leading and trailing characters that satisfy `condition`.
    func trimming(while condition: (Character) -> Bool) -> Substring {
        var text = self.drop(while: condition)
        while let last = text.last, condition(last) { text.removeLast() }
        return text
    }
}
