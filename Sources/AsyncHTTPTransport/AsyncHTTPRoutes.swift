public import AsyncHTTPClient
public import HTTPTransport
import NIOSSL
import Synchronization

/// A transport for each route over clients of its own, which are made when they are first needed and shut down together.
public final class AsyncHTTPRoutes: HTTPRouting {
    private let configuration: HTTPClient.Configuration
    private let clients = Mutex<[HTTPRoute: HTTPClient]>([:])

    /// - Parameter configuration: of every client; its proxy and its certificates are those of the route.
    public init(configuration: HTTPClient.Configuration) {
        self.configuration = configuration
    }

    public func transport(over route: HTTPRoute) throws(HTTPTransportError) -> any HTTPTransport {
        var configuration = self.configuration
        configuration.proxy = route.proxy.map(Self.proxy)
        if let certificates = route.certificates {
            var tls = configuration.tlsConfiguration ?? .makeClientConfiguration()
            tls.additionalTrustRoots.append(.certificates(try Self.certificates(certificates)))
            configuration.tlsConfiguration = tls
        }
        let client = self.clients.withLock { clients in
            if let client = clients[route] { return client }
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            clients[route] = client
            return client
        }
        return AsyncHTTPTransport(client: client)
    }

    /// Closes all connections; transports that were handed out cannot be used any more.
    public func shutdown() async throws {
        let clients = self.clients.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        for client in clients { try await client.shutdown() }
    }

    private static func proxy(_ proxy: HTTPRoute.Proxy) -> HTTPClient.Configuration.Proxy {
        switch proxy.kind {
        case .http:
            .server(
                host: proxy.host,
                port: proxy.port,
                authorization: proxy.user.map { .basic(username: $0, password: proxy.secret ?? "") }
            )
        case .socks5: .socksServer(host: proxy.host, port: proxy.port)
        }
    }

    private static func certificates(_ text: String) throws(HTTPTransportError) -> [NIOSSLCertificate] {
        do {
            let certificates = try NIOSSLCertificate.fromPEMBytes(Array(text.utf8))
            if !certificates.isEmpty { return certificates }
        } catch {
            // Said below, without the library's words.
        }
        throw HTTPTransportError(.cannotConnect, host: "", detail: "the certificates are not PEM text", isLasting: true)
    }
}
