import Foundation
public import HTTPTransport
import NIOCore

/// The proxies and load balancers before the service: only they are believed whom they speak for.
public struct TrustedProxies: Sendable, Equatable {
    private let networks: [IPNetwork]

    /// - Parameter networks: of the proxies; none where clients come by themselves.
    public init(_ networks: [IPNetwork] = []) { self.networks = networks }

    /// Whether no proxy is trusted.
    public var isEmpty: Bool { self.networks.isEmpty }

    /// The address of who has asked: the peer's, or behind a proxy the last one in `X-Forwarded-For` that is no proxy's. What stands
    /// before that one is the client's own word. Where an entry cannot be read, the peer's.
    ///
    /// - Parameter forwarded: the values of `X-Forwarded-For`, in their order.
    func client(behind peer: SocketAddress?, forwarded: [String]) -> SocketAddress? {
        guard !self.isEmpty, let address = peer?.ip, self.isProxy(address) else { return peer }
        for entry in forwarded.joined(separator: ",").split(separator: ",").reversed() {
            guard let address = Self.address(in: entry.trimmingCharacters(in: .whitespaces)) else { return peer }
            if !self.isProxy(address) { return (try? SocketAddress(ipAddress: address.description, port: 0)) ?? peer }
        }
        return peer
    }

    /// Some proxies add the port: `203.0.113.7:49152`, `[2001:db8::7]:49152`.
    private static func address(in entry: String) -> IPAddress? {
        if entry.hasPrefix("[") {
            let parts = entry.dropFirst().split(separator: "]", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1].isEmpty || parts[1].hasPrefix(":") else { return nil }
            return IPAddress(String(parts[0]))
        }
        let parts = entry.split(separator: ":", omittingEmptySubsequences: false)
        return IPAddress(parts.count == 2 ? String(parts[0]) : entry)
    }

    private func isProxy(_ address: IPAddress) -> Bool { self.networks.contains { $0.contains(address) } }
}

extension SocketAddress {
    /// Without the port; of an IPv4 address that comes over IPv6 (`::ffff:0:0/96`) the IPv4 address. Nil for other kinds of sockets.
    var ip: IPAddress? {
        switch self {
        case .v4(let address): return withUnsafeBytes(of: address.address.sin_addr) { IPAddress(bytes: Array($0)) }
        case .v6(let address):
            let bytes = withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
            let isMapped = bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
            return IPAddress(bytes: isMapped ? Array(bytes.suffix(4)) : bytes)
        case .unixDomainSocket: return nil
        }
    }
}
