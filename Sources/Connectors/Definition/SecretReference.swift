/// Where a secret stands: `env:NAME` or `vault:ID`, never the secret itself.
public struct SecretReference: Sendable, Equatable, CustomStringConvertible {
    /// The environment variable's name; of a secret in the tenant's vault, `vault:` and its id, which no variable's name can be.
    public var variable: String

    public var isInVault: Bool { self.variable.hasPrefix("vault:") }

    public var description: String { self.isInVault ? self.variable : "env:\(self.variable)" }

    public init(variable: String) { self.variable = variable }

    /// - Returns: nil unless the text is `env:` and the name of a variable, or `vault:` and the id of a secret.
    public init?(_ text: String) {
        if text.hasPrefix("vault:") {
            guard text.dropFirst(6).wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._\-]{0,99}/) != nil else { return nil }
            self.variable = text
            return
        }
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

    /// - Parameters:
    ///   - key: the key that holds the reference, for the message.
    ///   - environment: the variables; of the tenant's vault, the secrets under `vault:` and their ids.
    ///   - isMultiline: whether it may have several lines, as a key in PEM form has.
    func resolve(
        _ key: String,
        environment: [String: String],
        isMultiline: Bool = false
    ) throws(IntegrationDefinitionError) -> Secret {
        guard let value = environment[self.variable] else {
            guard !self.isInVault else {
                throw IntegrationDefinitionError(
                    key,
                    "the tenant has no secret \(self.variable)",
                    remedy:
                        "keep it: pulse secret set \(self.variable.dropFirst(6)), or PUT /api/v1/secrets/\(self.variable.dropFirst(6))"
                )
            }
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
        guard trimmed.allSatisfy({ $0.isASCII && (isMultiline || !$0.isNewline) && $0 != "\0" }) else {
            throw IntegrationDefinitionError(
                key,
                "the environment variable \(self.variable) holds characters that no token has",
                remedy: "set it to the token alone, on one line"
            )
        }
        return Secret(String(trimmed))
    }
}
