import Foundation

/// Answers from a closure: the double of ``HTTPTransport`` for tests.
public struct ScriptedTransport: HTTPTransport {
    private let answer: @Sendable (HTTPRequest) async throws -> HTTPResponse

    public init(_ answer: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse) {
        self.answer = answer
    }

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse { try await self.answer(request) }
}

/// Files through memory: what is asked and answered in tests is small.
extension ScriptedTransport: HTTPFileTransport {
    public func download(_ request: HTTPRequest, to path: String) async throws -> HTTPResponse {
        var answer = try await self.answer(request)
        guard answer.isSuccess else { return answer }
        try Data(answer.body).write(to: URL(fileURLWithPath: path))
        answer.body = []
        return answer
    }

    public func upload(_ request: HTTPRequest, file path: String, field: String) async throws -> HTTPResponse {
        let url = URL(fileURLWithPath: path)
        let frame = MultipartFrame(boundary: "boundary", field: field, fileName: url.lastPathComponent)
        var request = request
        request.headers["content-type"] = frame.contentType
        request.body = try frame.head + Data(contentsOf: url) + frame.tail
        return try await self.answer(request)
    }
}
