public import Foundation

/// A failure as the learning memory keeps it.
public struct LearnedFailure: Sendable, Equatable {
    /// What was done about a failure.
    public struct Attempt: Sendable, Equatable, Codable {
        /// `retry`, `wait`, `rest`.
        public var action: String
        /// Seconds until then; nil where a person is waited for.
        public var after: Double?
        public var reason: String
        public var at: Date

        public init(action: String, after: Double?, reason: String, at: Date = Date()) {
            self.action = action
            self.after = after
            self.reason = reason
            self.at = at
        }
    }

    /// Subjects of one failure, at most.
    public static let mostSubjects = 20

    /// The kind: `timeout`, `rate_limited`, `content`.
    public var errorType: String
    /// Who was asked: a job, a provider, Qdrant.
    public var service: String
    /// The same for failures of one cause: kind, service and message without numbers and ids.
    public var fingerprint: String
    /// What was being attempted.
    public var intent: String
    /// What was asked of whom; holds no tenant's text.
    public var failedQuery: String
    /// What went wrong, without hosts and statements; see ``FailureText``.
    public var issue: String
    public var occurrences: Int
    /// What must succeed for the failure to be over: `job:github_job:<integration>`, `embedding:<provider>`, `row:<entity>`.
    public var subjects: [String]
    public var attempts: [Attempt]

    public init(
        errorType: String,
        service: String,
        intent: String,
        failedQuery: String,
        issue: String,
        occurrences: Int = 1,
        subjects: [String] = [],
        attempts: [Attempt] = []
    ) {
        let issue = FailureText.withoutHosts(issue)
        self.errorType = errorType
        self.service = service
        self.fingerprint = Self.fingerprint(errorType: errorType, service: service, issue: issue)
        self.intent = intent
        self.failedQuery = failedQuery
        self.issue = issue
        self.occurrences = occurrences
        self.subjects = Array(subjects.prefix(Self.mostSubjects))
        self.attempts = attempts
    }

    public static func fingerprint(errorType: String, service: String, issue: String) -> String {
        "\(errorType)/\(service)/\(Self.shape(of: issue))"
    }

    /// Digits and long hexadecimal words differ from one occurrence to the next, and say nothing of the cause.
    private static func shape(of text: String) -> String {
        let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }.prefix(24)
        return words.filter { word in !word.contains(where: \.isNumber) }.joined(separator: "-").prefix(160).description
    }

    // MARK: Subjects

    public static func subject(ofJob kind: JobKind, integration: UUID?) -> String {
        "job:\(kind.rawValue):\(integration?.uuidString.lowercased() ?? "")"
    }

    public static func subject(ofProvider id: String) -> String { "embedding:\(id)" }
    public static func subject(ofRow entity: UUID) -> String { "\(Self.rowPrefix)\(entity.uuidString.lowercased())" }
    public static let qdrantSubject = "qdrant"
    public static let databaseSubject = "database"
    /// Of subjects that are rows of the queue.
    public static let rowPrefix = "row:"

    /// Takes in another occurrence of the same failure.
    public mutating func add(_ other: LearnedFailure) {
        self.occurrences += other.occurrences
        self.issue = other.issue
        self.failedQuery = other.failedQuery
        for subject in other.subjects where !self.subjects.contains(subject) && self.subjects.count < Self.mostSubjects {
            self.subjects.append(subject)
        }
        self.attempts = Array((self.attempts + other.attempts).suffix(10))
    }
}
