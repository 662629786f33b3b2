import Foundation
import HTTPTransport

/// `http://host:port`, `http://name:secret@host:port` or `socks5://host:port`.
enum ProxyURL {
    static let remedy = "write http://host:port or socks5://host:port"

    /// Nil where it is none of the forms.
    static func read(_ text: String) -> HTTPRoute.Proxy? {
        guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty, let port = parts.port,
            (1...65_535).contains(port), ["", "/"].contains(parts.path), parts.query == nil, parts.fragment == nil
        else { return nil }
        let plain = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        switch parts.scheme?.lowercased() {
        case "http":
            return HTTPRoute.Proxy(.http, host: plain, port: port, user: parts.user, secret: parts.password)
        case "socks5" where parts.user == nil && parts.password == nil:
            return HTTPRoute.Proxy(.socks5, host: plain, port: port)
        default:
            return nil
        }
    }
}
