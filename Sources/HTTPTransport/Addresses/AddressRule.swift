/// Which addresses requests may go to whose URL comes from somebody who is not trusted with the inside of the network: a tenant.
public struct AddressRule: Sendable, Equatable {
    /// Networks that are allowed though they are not public.
    public var allowed: [IPNetwork]

    public init(allowing allowed: [IPNetwork] = []) {
        self.allowed = allowed
    }

    public func permits(_ address: IPAddress) -> Bool {
        if address.isPublic { return true }
        let plain = Self.unmapped(address)
        return self.allowed.contains { $0.contains(address) || $0.contains(plain) }
    }

    /// Why a request to `host` is refused, for whoever gave the URL.
    public func objection(host: String, address: IPAddress) -> String {
        "\(host) leads to \(address), which is no public address; the installation can allow its network by PULSE_ALLOWED_NETWORKS"
    }

    /// `::ffff:10.0.0.1` is reached as `10.0.0.1`.
    private static func unmapped(_ address: IPAddress) -> IPAddress {
        let mark = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        guard address.bytes.count == 16, address.bytes.starts(with: mark) else { return address }
        return IPAddress(bytes: Array(address.bytes.suffix(4))) ?? address
    }
}
