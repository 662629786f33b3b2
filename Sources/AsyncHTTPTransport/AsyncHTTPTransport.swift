public import AsyncHTTPClient
import Foundation
public import HTTPTransport
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// ``HTTPTransport`` over AsyncHTTPClient.
///
/// The client is not owned: whoever made it shuts it down.
public struct AsyncHTTPTransport: HTTPTransport {
    private let client: HTTPClient
    private let rule: AddressRule?
    private let names: NameLookup

    /// - Parameter rule: where requests may go; the client must have been made with
    ///   ``AsyncHTTPClient/HTTPClient/Configuration/refuseAddresses(_:)`` for the same rule.
    public init(client: HTTPClient, rule: AddressRule? = nil) {
        self.init(client: client, rule: rule, names: .shared)
    }

    init(client: HTTPClient, rule: AddressRule?, names: NameLookup) {
        self.client = client
        self.rule = rule
        self.names = names
    }

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await self.exchange(request, body: request.content.map(Self.body)) { answer in
            Array(buffer: try await answer.body.collect(upTo: request.maximumAnswerBytes))
        }
    }

    private static func body(_ content: HTTPBody) -> HTTPClientRequest.Body {
        switch content {
        case .bytes(let bytes): .bytes(ByteBuffer(bytes: bytes))
        case .pieces(let pieces): .stream(PieceStream(pieces: pieces), length: .known(Int64(pieces.length)))
        }
    }

    /// - Parameter collect: takes the answer's body, and returns what of it is to be the response's.
    func exchange(
        _ request: HTTPRequest,
        body: HTTPClientRequest.Body? = nil,
        collecting collect: (HTTPClientResponse) async throws -> [UInt8]
    ) async throws -> HTTPResponse {
        guard request.url.hasPrefix("http://") || request.url.hasPrefix("https://") else {
            throw HTTPTransportError(.invalidURL, host: "", detail: request.url)
        }
        let deadline = NIODeadline.now() + TimeAmount(request.timeout)
        // Parsed where it is needed only.
        if self.rule != nil {
            guard let host = Self.host(of: request.url) else {
                throw HTTPTransportError(.invalidURL, host: "", detail: request.url)
            }
            try await self.checkAddresses(of: host, within: min(request.timeout, NameLookup.patience))
        }
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = HTTPMethod(rawValue: request.method.rawValue)
        for field in request.headers {
            // NIO ends the process over a name that is not ASCII.
            guard field.name.utf8.allSatisfy({ $0 < 0x80 }) else {
                throw Self.unsendableHeader(host: Self.host(of: request.url) ?? "")
            }
            outgoing.headers.add(name: field.name, value: field.value)
        }
        outgoing.body = body
        do {
            let answer = try await self.client.execute(outgoing, deadline: deadline)
            return HTTPResponse(
                status: Int(answer.status.code),
                headers: HTTPHeaders(answer.headers.map { ($0.name, $0.value) }),
                body: try await collect(answer)
            )
        } catch let error as CancellationError {
            throw error
        } catch let error as ForbiddenAddress {
            throw self.forbidden(Self.host(of: request.url) ?? "", error.address)
        } catch let error as CocoaError {
            // A file, not the network.
            throw error
        } catch {
            try Task.checkCancellation()
            throw Self.transportError(error, host: Self.host(of: request.url) ?? "", timeout: request.timeout)
        }
    }

    /// Told before connecting, so that not even the attempt reaches the inside. The connection is checked again: see
    /// ``AsyncHTTPClient/HTTPClient/Configuration/refuseAddresses(_:)``.
    private func checkAddresses(of host: String, within patience: Duration) async throws {
        guard let rule = self.rule else { return }
        do {
            let addresses = try await self.names.addresses(of: Self.name(of: host), within: patience)
            for address in addresses where !rule.permits(address) { throw self.forbidden(host, address) }
        } catch is NameUnanswered {
            // Nothing was sent.
            throw HTTPTransportError(.cannotConnect, host: host, detail: "its name was not resolved within \(patience)")
        }
    }

    /// The name in `name:port`, or in `[address]:port`.
    static func name(of host: String) -> String { URLComponents(string: "http://\(host)")?.host ?? host }

    private func forbidden(_ host: String, _ address: IPAddress?) -> HTTPTransportError {
        let detail =
            address.map { (self.rule ?? AddressRule()).objection(host: host, address: $0) }
            ?? "\(host) leads to no address of the internet"
        return HTTPTransportError(.invalidURL, host: host, detail: detail)
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
            case let error where error.shortDescription.hasPrefix("Invalid header field"):
                return Self.unsendableHeader(host: host)
            case .proxyAuthenticationRequired:
                let detail = "the proxy asks for a name and a secret, or refuses those it was given"
                return HTTPTransportError(.cannotConnect, host: host, detail: detail, isLasting: true)
            case .invalidProxyResponse:
                return HTTPTransportError(.cannotConnect, host: host, detail: "the proxy refused to connect to it")
            case .socksHandshakeTimeout:
                return HTTPTransportError(.cannotConnect, host: host, detail: "the proxy did not answer in time")
            default:
                return HTTPTransportError(.connectionLost, host: host, detail: "\(error)")
            }
        }
        if let detail = Self.untrusted(error) {
            return HTTPTransportError(.cannotConnect, host: host, detail: detail, isLasting: true)
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

    /// Says nothing of names and values: secrets stand in them.
    private static func unsendableHeader(host: String) -> HTTPTransportError {
        let detail = "one of its headers cannot be sent: a name or a value holds characters that may not stand there"
        return HTTPTransportError(.invalidURL, host: host, detail: detail)
    }

    /// Why a server's certificate was not taken; nil where that is not what went wrong.
    private static func untrusted(_ error: any Error) -> String? {
        switch error {
        case NIOSSLError.handshakeFailed(let reason) where "\(reason)".contains("CERTIFICATE_VERIFY_FAILED"):
            return "its certificate is not trusted"
        case NIOSSLError.unableToValidateCertificate:
            return "its certificate is not trusted"
        case is NIOSSLExtraError:
            return "its certificate is for another host"
        default:
            return nil
        }
    }
}
