/// Trouble that the sandbox makes on request.
public struct Fault: Sendable {
    public enum Kind: Sendable, Equatable {
        /// Answers with this status, and with `Retry-After` where seconds are given.
        case status(Int, retryAfter: Int?)
        /// Closes the connection without an answer.
        case reset
        /// Answers after a delay.
        case slow(Duration)
        /// Announces the whole body, sends half of it and closes the connection.
        case truncated
        /// The secondary rate limit: 403 with `Retry-After`, and 200 with an error where GraphQL is asked.
        case secondaryLimit(retryAfter: Int?)
        /// GraphQL alone: an answer without one of its lists and the error that explains it.
        case partial
        /// GraphQL alone: an answer with one hole somewhere — a person, or an element of a list — and the error that explains it.
        case hole
        /// GraphQL alone: the query was too much.
        case resourceLimits
        /// Something changes just before the answer: a pull request is updated and moves to the front, a comment is edited.
        case churn
    }

    public var kind: Kind
    /// Requests whose path starts with it are hit, such as `/github/repos`.
    public var pathPrefix: String
    /// How many requests are hit before the fault is over; nil is without end.
    public var count: Int?
    /// The chance of each request to be hit.
    public var probability: Double
    /// Decides, with the probability, which requests are hit.
    public var seed: UInt64

    public init(_ kind: Kind, pathPrefix: String = "/", count: Int? = 1, probability: Double = 1, seed: UInt64 = 1) {
        self.kind = kind
        self.pathPrefix = pathPrefix
        self.count = count
        self.probability = probability
        self.seed = seed
    }
}
