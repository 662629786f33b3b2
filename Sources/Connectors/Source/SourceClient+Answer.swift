import HTTPTransport

extension SourceClient {
    /// A successful answer.
    struct Answer: Sendable {
        var json: JSONValue
        var headers: HTTPHeaders
        /// Where it came from, redirects followed.
        var url: SourceURL
        /// Whether the source says that it is what the tag stands for; there is no JSON then.
        var isUnchanged = false
        /// The name of the credential that asked.
        var credential = ""
        /// From the question to the whole answer.
        var elapsed: Duration = .zero
    }

    /// What to do where the source breaks instead of answering.
    enum Patience: Sendable {
        /// Ask again, as the policy says.
        case usual
        /// Ask so often at most: the caller has a better idea than the same question again.
        case attempts(Int)
    }

    /// What asking has cost since the last look.
    struct Costs: Sendable {
        var requests = 0
        var bytes = 0
        var waits: [SyncReport.Wait] = []
        /// What a person should know.
        var notes: [String] = []
    }
}
