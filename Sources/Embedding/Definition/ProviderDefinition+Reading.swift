extension ProviderDefinition {
    /// What is wrong with a provider file; nothing where it can be used.
    ///
    /// - Parameter others: the providers that it may name as fallbacks; nil leaves those unchecked.
    public static func validate(
        bytes: [UInt8],
        fileName: String,
        origin: Origin = .installation,
        among others: [ProviderDefinition]? = nil
    ) -> [ProviderDiagnostic] {
        switch self.read(bytes: bytes, fileName: fileName, origin: origin) {
        case .success(let definition):
            others.map { others in
                ProviderCatalog.complaints(definition, among: others).map { complaint in
                    var complaint = complaint
                    complaint.file = fileName
                    return complaint
                }
            } ?? []
        case .failure(let rejection): rejection.diagnostics
        }
    }

    /// Reads a provider file.
    ///
    /// - Parameter fileName: for messages only.
    public static func read(
        bytes: [UInt8],
        fileName: String,
        origin: Origin = .installation
    ) -> Result<ProviderDefinition, ProviderRejection> {
        let collector = DiagnosticCollector(file: fileName)
        let root: JSONNode
        do {
            root = try JSONNodeParser.parse(bytes)
        } catch {
            collector.report("not JSON: \(error.message)", line: error.line, column: error.column, path: "")
            return .failure(.init(diagnostics: collector.diagnostics))
        }
        let definition = DefinitionReading(collector: collector, origin: origin).definition(root)
        guard let definition, collector.diagnostics.isEmpty else {
            return .failure(.init(diagnostics: collector.diagnostics))
        }
        return .success(definition)
    }
}
