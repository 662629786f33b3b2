/// Reads the members of an integration's file and collects every problem, so that a person mends them in one go.
struct DefinitionReader {
    private let json: JSONValue
    private(set) var problems: [IntegrationDefinitionError.Problem] = []

    init(_ json: JSONValue) { self.json = json }

    mutating func report(_ key: String, _ problem: String, remedy: String) {
        self.problems.append(.init(key: key, problem: problem, remedy: remedy))
    }

    /// Reports keys that nobody reads, with the one that was probably meant.
    mutating func allow(_ known: [String]) {
        for member in self.json.members ?? [] where !known.contains(member.name) {
            let near = known.map { (name: $0, distance: Self.distance(member.name.lowercased(), $0)) }.min {
                $0.distance < $1.distance
            }
            let remedy =
                if let near, near.distance <= max(2, member.name.count / 3) {
                    "did you mean \"\(near.name)\"?"
                } else {
                    "allowed are \(known.joined(separator: ", "))"
                }
            self.report(member.name, "unknown key", remedy: remedy)
        }
    }

    func has(_ key: String) -> Bool { !self.json[key].isNull }

    mutating func optionalText(_ key: String) -> String? {
        let value = self.json[key]
        if value.isNull { return nil }
        guard let text = value.text else {
            self.report(key, "must be a text that is not empty", remedy: "write \"\(key)\": \"…\" or leave it out")
            return nil
        }
        return text
    }

    mutating func requiredText(_ key: String, example: String) -> String {
        guard self.has(key) else {
            self.report(key, "is missing", remedy: "add \"\(key)\": \"\(example)\"")
            return ""
        }
        return self.optionalText(key) ?? ""
    }

    /// A text or a whole number, of letters, digits, `.`, `-` and `_`.
    mutating func identifier(_ key: String, example: String) -> String {
        let value = self.json[key]
        guard let text = value.identifier,
            text.utf8.allSatisfy({ byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            })
        else {
            self.report(key, value.isNull ? "is missing" : "is no id", remedy: "write \"\(key)\": \"\(example)\"")
            return ""
        }
        return text
    }

    mutating func texts(_ key: String, example: String) -> [String] {
        let value = self.json[key]
        if value.isNull { return [] }
        guard let values = value.array else {
            self.report(key, "must be a list", remedy: "write \"\(key)\": [\"\(example)\"]")
            return []
        }
        var texts: [String] = []
        for (index, value) in values.enumerated() {
            guard let text = value.text else {
                self.report("\(key)[\(index)]", "must be a text", remedy: "write it as \"\(example)\"")
                continue
            }
            if !texts.contains(text) { texts.append(text) }
        }
        return texts
    }

    mutating func number(_ key: String, in range: ClosedRange<Int>, default standard: Int) -> Int {
        let value = self.json[key]
        if value.isNull { return standard }
        guard let number = value.int, range.contains(number) else {
            self.report(
                key,
                "must be a whole number from \(range.lowerBound) to \(range.upperBound)",
                remedy: "write \"\(key)\": \(standard) or leave it out"
            )
            return standard
        }
        return number
    }

    /// An address to which a token may be sent.
    mutating func url(_ key: String, example: String) -> String {
        let text = self.requiredText(key, example: example)
        guard !text.isEmpty else { return "" }
        guard let url = SourceURL(text), !text.contains("?"), !text.contains("#") else {
            self.report(key, "\(text.prefix(100)) is not the address of an API", remedy: "write it as \(example)")
            return ""
        }
        guard url.origin.isSafeForSecrets else {
            self.report(key, "would send the token unencrypted over the internet", remedy: "write https:// instead of http://")
            return ""
        }
        return "\(url.origin)\(url.path)"
    }

    /// A reference to a secret; a secret itself is refused and not repeated.
    mutating func secret(_ key: String, example: String) -> SecretReference {
        let text = self.requiredText(key, example: "env:\(example)")
        guard !text.isEmpty else { return SecretReference(variable: "") }
        if let reference = SecretReference(text) { return reference }
        if text.hasPrefix("env:") {
            self.report(key, "names no environment variable", remedy: "write \"\(key)\": \"env:\(example)\"")
        } else {
            self.report(
                key,
                "holds a secret itself, and secrets never stand in files",
                remedy: "put it into an environment variable and write \"\(key)\": \"env:\(example)\""
            )
        }
        return SecretReference(variable: "")
    }

    /// A list of references to secrets; nothing where the key is left out.
    mutating func secrets(_ key: String, example: String) -> [SecretReference] {
        guard self.has(key) else { return [] }
        let texts = self.texts(key, example: "env:\(example)")
        if texts.isEmpty, self.problems.isEmpty {
            self.report(key, "is empty", remedy: "write \"\(key)\": [\"env:\(example)\"] or leave it out")
        }
        return texts.enumerated().compactMap { index, text in
            if let reference = SecretReference(text) { return reference }
            self.report(
                "\(key)[\(index)]",
                text.hasPrefix("env:")
                    ? "names no environment variable" : "holds a secret itself, and secrets never stand in files",
                remedy: "put it into an environment variable and write \"env:\(example)\""
            )
            return nil
        }
    }

    func finish() throws(IntegrationDefinitionError) {
        if !self.problems.isEmpty { throw IntegrationDefinitionError(problems: self.problems) }
    }

    /// Edit distance (Levenshtein).
    static func distance(_ a: String, _ b: String) -> Int {
        let b = Array(b)
        var row = Array(0...b.count)
        for (i, left) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, right) in b.enumerated() {
                let next = left == right ? diagonal : min(diagonal, row[j], row[j + 1]) + 1
                diagonal = row[j + 1]
                row[j + 1] = next
            }
        }
        return row[b.count]
    }
}
