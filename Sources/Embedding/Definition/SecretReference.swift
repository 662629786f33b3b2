/// Where a secret is to be found; secrets never stand in a file.
public enum SecretReference: Sendable, Hashable, CustomStringConvertible {
    /// `env:NAME`, an environment variable of the installation.
    case environment(String)
    /// `vault:ID`, one of the tenant's encrypted secrets.
    case vault(String)

    /// Nil where `text` is neither form.
    public init?(_ text: String) {
        let name: Substring
        if text.hasPrefix("env:") {
            name = text.dropFirst(4)
            guard name.first?.isNumber == false, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
            else { return nil }
            self = .environment(String(name))
        } else if text.hasPrefix("vault:") {
            name = text.dropFirst(6)
            guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) })
            else { return nil }
            self = .vault(String(name))
        } else {
            return nil
        }
    }

    public var description: String {
        switch self {
        case .environment(let name): "env:\(name)"
        case .vault(let id): "vault:\(id)"
        }
    }

    /// Whether `text` means to be a reference, well-formed or not.
    static func isMeant(by text: String) -> Bool { text.hasPrefix("env:") || text.hasPrefix("vault:") }
}
