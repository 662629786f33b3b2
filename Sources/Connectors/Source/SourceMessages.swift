import HTTPTransport

/// What went wrong with an answer, in words for a person: one line, without secrets, with what to do.
struct SourceMessages: Sendable {
    let dialect: SourceDialect
    let base: SourceURL
    /// Texts that must not appear.
    let secrets: [String]

    func error(_ kind: ConnectorError.Kind, _ response: HTTPResponse, at url: SourceURL, unit: String) -> ConnectorError {
        var said = self.message(in: response).map { " (\($0))" } ?? ""
        if kind == .permission || kind == .notFound, let lacks = self.dialect.lack(response) { said += "; \(lacks)" }
        return ConnectorError(
            kind,
            unit: unit,
            message: self.clean("\(url.path) answered \(response.status)\(said): \(self.dialect.remedy(kind, base: self.base))"),
            status: response.status
        )
    }

    func notJSON(
        _ response: HTTPResponse,
        at url: SourceURL,
        _ error: JSONParser.Failure,
        unit: String
    ) -> ConnectorError {
        let isPage = response.text.prefix(200).contains("<")
        let problem = isPage ? "answered a web page, not JSON" : "answered broken JSON (\(error))"
        return ConnectorError(
            .dataFormat,
            unit: unit,
            message: "\(url.path) \(problem): check that base_url is \(self.dialect.name)'s API address",
            status: response.status
        )
    }

    /// What the body says went wrong, in one line.
    private func message(in response: HTTPResponse) -> String? {
        guard let json = try? JSONParser.parse(response.body) else { return nil }
        var texts = [json["message"].text].compactMap(\.self) + (json["errorMessages"].array ?? []).compactMap(\.text)
        texts += (json["errors"].members ?? []).compactMap { member in member.value.text.map { "\(member.name): \($0)" } }
        texts += (json["errors"].array ?? []).compactMap { $0.text ?? $0["message"].text }
        return texts.isEmpty ? nil : texts.joined(separator: "; ")
    }

    /// What is shorter stands in every second word, and keeps no secret.
    private static let shortestSecret = 6

    /// One line, not endless, without secrets.
    func clean(_ text: String) -> String {
        var text = text
        for secret in self.secrets where secret.count >= Self.shortestSecret { text = text.replacing(secret, with: "‹secret›") }
        text = String(text.map { $0.isNewline ? " " : $0 })
        return text.count > 500 ? "\(text.prefix(499))…" : text
    }
}
