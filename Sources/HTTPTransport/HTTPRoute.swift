/// How requests reach their servers, where that is not straight ahead.
public struct HTTPRoute: Sendable, Hashable {
    /// Tunnels requests: an HTTP proxy by `CONNECT`, or SOCKS 5.
    public struct Proxy: Sendable, Hashable {
        public enum Kind: String, Sendable {
            case http
            case socks5
        }

        public var kind: Kind
        public var host: String
        public var port: Int
        /// Name and secret for Basic authentication; HTTP proxies only.
        public var user: String?
        public var secret: String?

        public init(_ kind: Kind, host: String, port: Int, user: String? = nil, secret: String? = nil) {
            self.kind = kind
            self.host = host
            self.port = port
            self.user = user
            self.secret = secret
        }
    }

    public var proxy: Proxy?
    /// PEM text of certificates that are trusted beside those of the machine.
    public var certificates: String?

    public init(proxy: Proxy? = nil, certificates: String? = nil) {
        self.proxy = proxy
        self.certificates = certificates
    }

    /// No proxy, and the machine's own certificates.
    public var isDirect: Bool { self == HTTPRoute() }
}

/// Has a transport for each route.
public protocol HTTPRouting: Sendable {
    /// - Throws: ``HTTPTransportError`` where the route cannot be used as it is described.
    func transport(over route: HTTPRoute) throws(HTTPTransportError) -> any HTTPTransport
}
