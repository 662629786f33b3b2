/// Finds what looks like a secret in a provider file, wherever it stands.
enum LiteralSecrets {
    /// Beginnings that services give their keys, and how long a key is at least.
    private static let shapes: [(prefix: String, length: Int)] = [
        ("sk-", 20), ("pa-", 24), ("AKIA", 20), ("ASIA", 20), ("AIza", 30), ("hf_", 20), ("jina_", 24), ("nk-", 24),
        ("ghp_", 24), ("gsk_", 24), ("dapi", 30), ("ya29.", 20), ("eyJ", 40), ("Bearer ", 16), ("Basic ", 12), ("-----BEGIN", 10),
    ]

    /// Names of headers and query variables that carry secrets.
    static let names: Set<String> = [
        "authorization", "proxy-authorization", "api-key", "x-api-key", "x-goog-api-key", "cookie", "key", "api_key", "apikey",
        "access_token", "token", "client_secret", "password", "secret", "sig", "signature",
    ]

    static func looksSecret(_ text: String) -> Bool {
        self.shapes.contains { text.hasPrefix($0.prefix) && text.utf8.count >= $0.length }
            && !text.contains("{{")
    }

    static func report(in node: JSONNode, path: String = "", collector: DiagnosticCollector) {
        switch node.value {
        case .string(let text) where self.looksSecret(text):
            collector.report(
                "looks like a secret",
                at: node,
                path: path,
                remedy: "write env:NAME or vault:ID, and replace that key: it has been in a file"
            )
        case .array(let elements):
            for (offset, element) in elements.enumerated() {
                self.report(in: element, path: "\(path)[\(offset)]", collector: collector)
            }
        case .object(let members):
            for member in members {
                let place = path.isEmpty ? member.key : "\(path).\(member.key)"
                self.report(in: member.value, path: place, collector: collector)
            }
        default:
            break
        }
    }
}
