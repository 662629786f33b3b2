public import Foundation

/// Why a request to Qdrant did not do what it should, and thereby what may be done about it.
public struct QdrantError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable {
        /// No connection: nothing was sent.
        case unreachable
        /// 401 or 403: the key is missing, wrong, or may not do this.
        case unauthorized
        /// No such collection, alias or point.
        case notFound
        /// The request is wrong and stays wrong: a size, a name, a setting, a server that is too old.
        case rejected
        /// 429: not applied; ``QdrantError/retryAfter`` says how long to wait, where the server said so.
        case rateLimited
        /// The server is there and cannot serve now. A write was not applied.
        case unavailable
        /// A write of which nobody knows whether it was applied, or will yet be: a time-out, a lost connection, a status other
        /// than `completed`.
        case unknownOutcome
        /// A read's answer that breaks the contract.
        case invalidAnswer
    }

    public var kind: Kind
    /// What was asked for, as a phrase: "upsert points into `pulse`".
    public var operation: String
    /// HTTP status, where there was an answer.
    public var status: Int?
    /// What happened and, where a person can do something, what.
    public var message: String
    public var retryAfter: Duration?
    /// Entities whose points the server refused alone, while it took those of all others of the same write; else none.
    public var refused: [UUID] = []

    public init(_ kind: Kind, operation: String, status: Int? = nil, message: String, retryAfter: Duration? = nil) {
        self.kind = kind
        self.operation = operation
        self.status = status
        self.message = message
        self.retryAfter = retryAfter
    }

    /// Whether the same request may succeed later without anyone changing anything.
    public var isTransient: Bool {
        switch self.kind {
        case .unreachable, .rateLimited, .unavailable, .unknownOutcome: true
        case .unauthorized, .notFound, .rejected, .invalidAnswer: false
        }
    }

    /// Whether a request of this size is beyond the server's limit, however long one waits: it was limited without being told to wait.
    public var canNeverFit: Bool { self.kind == .rateLimited && self.retryAfter == nil }

    /// Whether the server said that it cannot answer just now, and may well in a moment.
    var isBrief: Bool {
        switch self.status {
        case 429: self.retryAfter != nil
        case 408, 502, 503, 504: true
        default: false
        }
    }

    /// One line for people.
    public var description: String {
        self.kind == .unreachable ? self.message : "\(self.summary): \(self.message)"
    }

    /// One line for people who use the service and do not run it: of the message only what is about the request itself. The rest may
    /// name hosts, as the words of a proxy do, or those of one node of a cluster about another.
    public var publicDescription: String {
        let isAboutRequest = self.kind == .rejected && (self.status.map { [400, 413, 422].contains($0) } ?? true)
        if isAboutRequest { return self.description }
        let summary = self.status.map { "\(self.summary) (\($0))" } ?? self.summary
        if !self.refused.isEmpty { return summary + Self.beyondLimit }
        return self.canNeverFit ? "\(summary), and named no time to wait; its limit may have to be raised" : summary
    }

    /// What a refusal of a single entity's points ends with, while all others were taken.
    static let beyondLimit = "; alone it is beyond the server's limit, which may have to be raised"

    private var summary: String {
        switch self.kind {
        case .unreachable: "Qdrant cannot be reached"
        case .unauthorized: "Qdrant denied to \(self.operation)"
        case .notFound, .rejected: "Qdrant refused to \(self.operation)"
        case .rateLimited: "Qdrant is rate-limiting, could not \(self.operation)"
        case .unavailable: "Qdrant could not \(self.operation)"
        case .unknownOutcome: "Qdrant may or may not \(self.operation)"
        case .invalidAnswer: "Qdrant gave an unreadable answer when asked to \(self.operation)"
        }
    }
}
