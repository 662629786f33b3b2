import Foundation

extension ProviderDefinition {
    /// Secrets and variables of a good file that lead nowhere here, each with its place.
    public func missing(
        in bytes: [UInt8],
        fileName: String,
        environment: @escaping @Sendable (String) -> String?
    ) -> [ProviderDiagnostic] {
        let collector = DiagnosticCollector(file: fileName)
        let missing = self.missingReferences(environment: environment).map(\.description)
        do {
            let root = try JSONNodeParser.parse(bytes)
            Self.report(missing, in: root, path: "", collector: collector)
            if let node = root["request"]?["caBundle"], let path = node.string, path.hasPrefix("/"),
                !FileManager.default.isReadableFile(atPath: path)
            {
                collector.report(
                    "\(path) cannot be read here",
                    at: node,
                    path: "request.caBundle",
                    remedy: "put the PEM file there where the provider is to be used"
                )
            }
        } catch {
            collector.report("not JSON: \(error.message)", line: error.line, column: error.column, path: "")
        }
        return collector.diagnostics
    }

    private static func report(_ missing: [String], in node: JSONNode, path: String, collector: DiagnosticCollector) {
        switch node.value {
        case .string(let text) where missing.contains(text):
            collector.report(
                "\(text) is not set here",
                at: node,
                path: path,
                remedy: text.hasPrefix("env:")
                    ? "set the environment variable \(text.dropFirst(4)) where the provider is to be used"
                    : "add the secret \(text.dropFirst(6)) to the tenant's vault"
            )
        case .array(let elements):
            for (offset, element) in elements.enumerated() {
                self.report(missing, in: element, path: "\(path)[\(offset)]", collector: collector)
            }
        case .object(let members):
            for member in members {
                let place = path.isEmpty ? member.key : "\(path).\(member.key)"
                self.report(missing, in: member.value, path: place, collector: collector)
            }
        default:
            break
        }
    }
}
