/// One thing that is wrong in a provider file: where, what, and what would be right.
public struct ProviderDiagnostic: Error, Sendable, Equatable, CustomStringConvertible {
    public var file: String
    /// From 1; 0 where the fault is in no place of the text.
    public var line: Int
    public var column: Int
    /// The place in the JSON: `request.body.input`; empty for the whole.
    public var path: String
    public var problem: String
    /// What is allowed, or what to do.
    public var remedy: String?

    public init(file: String, line: Int = 0, column: Int = 0, path: String = "", problem: String, remedy: String? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.path = path
        self.problem = problem
        self.remedy = remedy
    }

    /// `openai.json:12:5: request.url: …; …`
    public var description: String {
        var text = self.file
        if self.line > 0 { text += ":\(self.line):\(self.column)" }
        text += ": "
        if !self.path.isEmpty { text += "\(self.path): " }
        text += self.problem
        if let remedy = self.remedy { text += "; \(remedy)" }
        return text
    }
}
