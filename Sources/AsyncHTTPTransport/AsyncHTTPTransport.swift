public import AsyncHTTPClient
import Foundation
public import HTTPTransport
import NIOCore
import NIOHTTP1
import NIOPosix

/// ``HTTPTransport`` over AsyncHTTPClient.
///
/// The client is not owned: whoever made it shuts it down.
public struct AsyncHTTPTransport: HTTPTransport {
    private let client: HTTPClient

    public init(client: HTTPClient) {
        self.client = client
    }

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard let host = Self.host(of: request.url) else {
            throw HTTPTransportError(.invalidURL, host: "", detail: request.url)
        }
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = HTTPMethod(rawValue: request.method.rawValue)
        for field in request.headers { outgoing.headers.add(name: field.name, value: field.value) }
        if let body = request.body { outgoing.body = .bytes(ByteBuffer(bytes: body)) }
        let deadline = NIODeadline.now() + TimeAmount(request.timeout)
        do {
            let answer = try await self.client.execute(outgoing, deadline: deadline)
            let body = try await answer.body.collect(upTo: request.maximumAnswerBytes)
            return HTTPResponse(
                status: Int(answer.status.code),
                headers: HTTPHeaders(answer.headers.map { ($0.name, $0.value) }),
                body: Array(buffer: body)
            )
        } catch let error as CancellationError {
            throw error
        } catch {
            try Task.checkCancellation()
            throw Self.transportError(error, host: host, timeout: request.timeout)
        }
    }

    private static func host(of url: String) -> String? {
        guard let parts = URLComponents(string: url), let host = parts.host, parts.scheme?.hasPrefix("http") == true else {
            return nil
        }
        return parts.port.map { "\(host):\($0)" } ?? host
    }

    private static func transportError(_ error: any Error, host: String, timeout: Duration) -> HTTPTransportError {
        if let error = error as? HTTPClientError {
            switch error {
            case .deadlineExceeded, .readTimeout, .writeTimeout:
                return HTTPTransportError(.timedOut, host: host, detail: "\(timeout)")
            case .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout:
                return HTTPTransportError(.cannotConnect, host: host, detail: "no connection in time")
            case .invalidURL, .emptyHost, .emptyScheme:
                return HTTPTransportError(.invalidURL, host: host, detail: "\(error)")
            default:
                return HTTPTransportError(.connectionLost, host: host, detail: "\(error)")
            }
        }
        if error is NIOConnectionError {
            return HTTPTransportError(.cannotConnect, host: host, detail: "connection refused or host unknown")
        }
        if error is NIOTooManyBytesError {
            return HTTPTransportError(.answerTooLarge, host: host, detail: "\(error)")
        }
        if let error = error as? IOError, error.errnoCode == ECONNREFUSED {
            return HTTPTransportError(.cannotConnect, host: host, detail: "connection refused")
        }
        return HTTPTransportError(.connectionLost, host: host, detail: "\(error)")
    }
}
