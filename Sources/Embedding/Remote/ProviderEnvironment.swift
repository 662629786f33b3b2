/// Resolves the references and placeholders of one provider file.
struct ProviderEnvironment: Sendable {
    let provider: String
    let environment: @Sendable (String) -> String?
    let vault: @Sendable (String) -> String?

    /// Nil where the reference leads nowhere, or to an empty text.
    func value(of reference: SecretReference) -> String? {
        let value: String? =
            switch reference {
            case .environment(let name): self.environment(name)
            case .vault(let id): self.vault(id)
            }
        // Secrets are pasted with a line break at the end more often than not.
        guard let value = value.map(Self.trimmed), !value.isEmpty else { return nil }
        return value
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    func required(_ reference: SecretReference) throws(EmbeddingError) -> String {
        guard let value = self.value(of: reference) else { throw self.missing(reference) }
        return value
    }

    func text(of variable: ProviderVariable) throws(EmbeddingError) -> String {
        guard let reference = variable.reference else { return variable.text ?? "" }
        if let value = self.value(of: reference) ?? variable.text { return value }
        throw self.missing(reference)
    }

    private func missing(_ reference: SecretReference) -> EmbeddingError {
        switch reference {
        case .environment(let name):
            EmbeddingError(
                .configuration,
                provider: self.provider,
                message: "the environment variable \(name) is not set; set it, or choose another provider"
            )
        case .vault(let id):
            EmbeddingError(
                .configuration,
                provider: self.provider,
                message: "the tenant has no secret named \(id); add it, or choose another provider"
            )
        }
    }
}
