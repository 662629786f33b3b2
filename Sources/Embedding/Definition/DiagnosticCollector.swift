/// Collects what is wrong while a file is read, so that one reading reports everything.
final class DiagnosticCollector {
    let file: String
    private var collected: [ProviderDiagnostic] = []

    /// In the order of the file.
    var diagnostics: [ProviderDiagnostic] {
        self.collected.sorted { ($0.line, $0.column, $0.path) < ($1.line, $1.column, $1.path) }
    }

    init(file: String) { self.file = file }

    func report(_ problem: String, at node: JSONNode, path: String, remedy: String? = nil) {
        self.report(problem, line: node.line, column: node.column, path: path, remedy: remedy)
    }

    func report(_ problem: String, line: Int, column: Int, path: String, remedy: String? = nil) {
        self.collected.append(
            .init(file: self.file, line: line, column: column, path: path, problem: problem, remedy: remedy)
        )
    }
}
