import HTTPTransport

/// Keeps the bodies of upserts.
final class RecordingTransport: HTTPTransport {
    private let transport: any HTTPTransport
    private let recording: Recording

    init(_ transport: any HTTPTransport, file: String) throws {
        self.transport = transport
        self.recording = try Recording(file: file)
    }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        if request.method == .put, request.url.contains("/points?"), let body = request.body { try self.recording.append(body) }
        return try await self.transport.send(request)
    }
}
