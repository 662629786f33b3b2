/// A failure as the learning memory keeps it.
public struct LearnedFailure: Sendable, Equatable {
    public var errorType: String
    /// The same for failures of one cause: kind, service and message without numbers and ids.
    public var fingerprint: String
    /// What was being attempted.
    public var intent: String
    /// What was asked of whom; holds no tenant's text.
    public var failedQuery: String
    public var issue: String
    public var occurrences: Int

    public init(errorType: String, service: String, intent: String, failedQuery: String, issue: String, occurrences: Int = 1) {
        self.errorType = errorType
        self.fingerprint = "\(errorType)/\(service)/\(Self.shape(of: issue))"
        self.intent = intent
        self.failedQuery = failedQuery
        self.issue = issue
        self.occurrences = occurrences
    }

    /// Digits and long hexadecimal words differ from one occurrence to the next, and say nothing of the cause.
    private static func shape(of text: String) -> String {
        let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }.prefix(24)
        return words.filter { word in !word.contains(where: \.isNumber) }.joined(separator: "-").prefix(160).description
    }
}
