/// Texts of a provider file with `{{name}}` in them.
enum Template {
    enum Part: Sendable, Equatable {
        case literal(String)
        case placeholder(String)
    }

    /// `texts` and `text` are what is embedded; `task`, `model` and `dimensions` come from their own members of the file.
    static let reserved: Set<String> = ["texts", "text", "task", "model", "dimensions"]

    static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
    }

    /// Nil where a `{{` is not closed or holds no name.
    static func parts(_ text: String) -> [Part]? {
        var parts: [Part] = []
        var rest = Substring(text)
        while let open = rest.firstRange(of: "{{") {
            guard let close = rest[open.upperBound...].firstRange(of: "}}") else { return nil }
            let name = rest[open.upperBound..<close.lowerBound]
            guard self.isName(name) else { return nil }
            if open.lowerBound > rest.startIndex { parts.append(.literal(String(rest[..<open.lowerBound]))) }
            parts.append(.placeholder(String(name)))
            rest = rest[close.upperBound...]
        }
        if !rest.isEmpty { parts.append(.literal(String(rest))) }
        return parts
    }

    /// The names in `text`; none where it is malformed.
    static func names(in text: String) -> [String] {
        (self.parts(text) ?? []).compactMap { part in
            if case .placeholder(let name) = part { return name }
            return nil
        }
    }

    /// The text with every placeholder replaced.
    static func fill(_ text: String, with value: (String) -> String) -> String {
        (self.parts(text) ?? []).map { part in
            switch part {
            case .literal(let literal): literal
            case .placeholder(let name): value(name)
            }
        }.joined()
    }
}
