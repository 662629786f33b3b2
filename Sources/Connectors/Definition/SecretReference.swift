/// Where a secret stands: `env:NAME`, never the secret itself.
public struct SecretReference: Sendable, Equatable, CustomStringConvertible {
    /// The environment variable's name.
    public var variable: String

    public var description: String { "env:\(self.variable)" }

    public init(variable: String) { self.variable = variable }

    /// - Returns: nil unless the text is `env:` and the name of a variable.
    public init?(_ text: String) {
        guard text.hasPrefix("env:") else { return nil }
        let name = text.dropFirst(4)
        guard let first = name.utf8.first, first != UInt8(ascii: "="), !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
            name.utf8.allSatisfy({ byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            })
        else { return nil }
        self.variable = String(name)
    }

    /// - Parameter key: the key that holds the reference, for the message.
    func resolve(_ key: String, environment: [String: String]) throws(IntegrationDefinitionError) -> Secret {
        guard let value = environment[self.variable] else {
            throw IntegrationDefinitionError(
                key,
                "the environment variable \(self.variable) is not set",
                remedy: "set it to the secret before starting Pulse: export \(self.variable)=…"
            )
        }
        let trimmed = value.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        guard !trimmed.isEmpty else {
            throw IntegrationDefinitionError(
                key,
                "the environment variable \(self.variable) is empty",
                remedy: "set it to the secret: export \(self.variable)=…"
            )
        }
        guard trimmed.allSatisfy({ $0.isASCII && !$0.isNewline && $0 != "\0" }) else {
            throw IntegrationDefinitionError(
                key,
                "the environment variable \(self.variable) holds characters that no token has",
                remedy: "set it to the token alone, on one line"
            )
        }
        return Secret(String(trimmed))
    }
}
