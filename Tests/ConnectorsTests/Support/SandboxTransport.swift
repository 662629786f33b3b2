import Foundation
import HTTPTransport
import Hummingbird
import HummingbirdTesting
import Sandbox

@testable import Connectors

/// Asks a sandbox in the same process.
struct SandboxTransport: HTTPTransport {
    let client: any TestClientProtocol
    let recorder = Recorder()

    func send(_ request: SentRequest) async throws -> GivenResponse {
        self.recorder.add(request)
        guard let url = SourceURL(request.url) else { throw HTTPTransportError(.invalidURL, host: "", detail: request.url) }
        var fields = HTTPFields()
        for header in request.headers {
            if let name = HTTPFields.Element.Name(header.name) { fields[name] = header.value }
        }
        return try await self.client.execute(
            uri: url.target,
            method: request.method == .post ? .post : .get,
            headers: fields,
            body: request.body.map { ByteBuffer(bytes: $0) }
        ) { response in
            GivenResponse(
                status: response.status.code,
                headers: HTTPHeaders(response.headers.map { ($0.name.rawName, $0.value) }),
                body: Array(response.body.readableBytesView)
            )
        }
    }
}
