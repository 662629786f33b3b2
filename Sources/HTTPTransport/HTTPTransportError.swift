/// Why no whole answer arrived.
public struct HTTPTransportError: Error, Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        /// The URL cannot be used at all.
        case invalidURL
        /// No connection: refused, unknown host, no route, TLS refused.
        case cannotConnect
        /// Nothing, or not everything, arrived within the request's time-out.
        case timedOut
        /// The connection ended before the answer did.
        case connectionLost
        /// The answer is larger than the request allows.
        case answerTooLarge
    }

    public var kind: Kind
    /// `host:port` of the request, without path, query or credentials.
    public var host: String
    public var detail: String
    /// Whether it stays so until a person mends something: a certificate that is not trusted, a proxy that denies passage.
    public var isLasting: Bool

    public init(_ kind: Kind, host: String, detail: String, isLasting: Bool = false) {
        self.kind = kind
        self.host = host
        self.detail = detail
        self.isLasting = isLasting
    }

    /// Whether the server may have acted on the request: an unknown outcome, not a failure.
    public var mayHaveArrived: Bool {
        switch self.kind {
        case .invalidURL, .cannotConnect: false
        case .timedOut, .connectionLost, .answerTooLarge: true
        }
    }

    public var description: String {
        switch self.kind {
        case .invalidURL: "invalid URL: \(self.detail)"
        case .cannotConnect: "cannot connect to \(self.host): \(self.detail)"
        case .timedOut: "\(self.host) did not answer in time: \(self.detail)"
        case .connectionLost: "the connection to \(self.host) was lost: \(self.detail)"
        case .answerTooLarge: "the answer of \(self.host) is too large: \(self.detail)"
        }
    }
}
