/// One outgoing request. Redirects are returned, not followed: whoever sends a secret decides where to.
public struct HTTPRequest: Sendable {
    public enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    public var method: Method
    /// Absolute, already percent-encoded.
    public var url: String
    public var headers: HTTPHeaders
    public var content: HTTPBody?
    /// From the first byte sent to the last byte received.
    public var timeout: Duration
    /// A larger answer ends in ``HTTPTransportError/Kind/answerTooLarge``.
    public var maximumAnswerBytes: Int

    /// The whole body in memory.
    public var body: [UInt8]? {
        get { self.content?.bytes }
        set { self.content = newValue.map { .bytes($0) } }
    }

    public init(
        _ method: Method,
        _ url: String,
        headers: HTTPHeaders = [:],
        body: [UInt8]? = nil,
        timeout: Duration = .seconds(60),
        maximumAnswerBytes: Int = 256 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.content = body.map { .bytes($0) }
        self.timeout = timeout
        self.maximumAnswerBytes = maximumAnswerBytes
    }
}
