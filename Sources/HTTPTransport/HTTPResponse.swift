/// One whole answer.
public struct HTTPResponse: Sendable {
    public var status: Int
    public var headers: HTTPHeaders
    public var body: [UInt8]

    public init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public var isSuccess: Bool { (200..<300).contains(self.status) }
    /// The body as text; bytes that are not UTF-8 are replaced.
    public var text: String { String(decoding: self.body, as: UTF8.self) }
}
