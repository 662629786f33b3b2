#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An IPv4 or IPv6 address.
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// Four bytes, or sixteen.
    public let bytes: [UInt8]

    /// - Returns: nil where there are neither four nor sixteen bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Dotted decimals or colons, with or without brackets and zone.
    public init?(_ text: some StringProtocol) {
        var text = String(text)
        if text.hasPrefix("["), text.hasSuffix("]") { text = String(text.dropFirst().dropLast()) }
        if let zone = text.firstIndex(of: "%") { text = String(text[..<zone]) }
        var four = [UInt8](repeating: 0, count: 4)
        var sixteen = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &four) == 1 {
            self.bytes = four
        } else if inet_pton(AF_INET6, text, &sixteen) == 1 {
            self.bytes = sixteen
        } else {
            return nil
        }
    }

    public var description: String {
        if self.bytes.count == 4 { return self.bytes.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map { String(Int(self.bytes[$0]) << 8 | Int(self.bytes[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }

    /// Whether the address can be that of a server on the internet: not of this machine, of a private, shared or local network, and
    /// not reserved for something else (IANA's special-purpose registries). Addresses that carry an IPv4 address are judged by it.
    public var isPublic: Bool {
        if let carried = self.carried { return carried.isPublic }
        let special = self.bytes.count == 4 ? Self.specialFour : Self.specialSix
        if self.bytes.count == 16, !Self.globalSix.contains(self) { return false }
        return !special.contains { $0.contains(self) }
    }

    /// The IPv4 address in a mapped (`::ffff:0:0/96`) or translated (`64:ff9b::/96`) one.
    private var carried: IPAddress? {
        guard Self.carriers.contains(where: { $0.contains(self) }) else { return nil }
        return IPAddress(bytes: Array(self.bytes.suffix(4)))
    }

    private static let carriers = ["::ffff:0:0/96", "64:ff9b::/96"].compactMap { IPNetwork($0) }
    private static let globalSix = IPNetwork(prefix: [0x20], length: 3)
    private static let specialFour = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    ].compactMap { IPNetwork($0) }
    // Tunnels (Teredo in 2001::/23, 6to4 in 2002::/16) lead to IPv4 addresses that would have to be judged anew.
    private static let specialSix = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"].compactMap { IPNetwork($0) }
}
