/// The answer to a request, kept for when it is repeated.
public struct KeptAnswer: Sendable, Equatable {
    public enum Form: String, Sendable {
        case plain
        /// Encrypted: it holds a secret.
        case sealed
        /// It held a secret that could not be encrypted.
        case notKept = "not_kept"
    }

    public var status: Int
    public var contentType: String?
    public var form: Form
    public var body: [UInt8]

    public init(status: Int, contentType: String?, form: Form = .plain, body: [UInt8] = []) {
        self.status = status
        self.contentType = contentType
        self.form = form
        self.body = body
    }
}

/// How a request with an idempotency key stands to those that came before.
public enum RepeatedRequest: Sendable, Equatable {
    /// It is to be done now.
    case first
    /// The key belongs to another request.
    case other
    /// The first one is being answered at this moment.
    case running
    case answered(KeptAnswer)
}

/// Remembers requests that carry an idempotency key.
public protocol RepeatedRequestStore: Sendable {
    func beginRequest(caller: Caller, key: String, digest: [UInt8]) async throws -> RepeatedRequest
    /// To be called while it runs, more often than each two minutes: a claim that nobody renews is free then.
    func renewRequest(caller: Caller, key: String) async throws
    func finishRequest(caller: Caller, key: String, answer: KeptAnswer) async throws
    func forgetRequest(caller: Caller, key: String) async throws
}
