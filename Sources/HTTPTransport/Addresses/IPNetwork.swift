/// A range of addresses: `10.0.0.0/8`, `fd00::/8`, or one address alone.
public struct IPNetwork: Sendable, Hashable {
    private let prefix: [UInt8]
    private let length: Int
    private let width: Int

    /// - Returns: nil where `text` is no network.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(first) else { return nil }
        var length = address.bytes.count * 8
        if parts.count == 2 {
            guard let given = Int(parts[1]), (0...length).contains(given) else { return nil }
            length = given
        }
        self.prefix = address.bytes
        self.length = length
        self.width = address.bytes.count
    }

    /// A range of IPv6 addresses by the first bytes of its prefix.
    init(prefix: [UInt8], length: Int) {
        self.prefix = prefix + [UInt8](repeating: 0, count: 16 - prefix.count)
        self.length = length
        self.width = 16
    }

    public func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == self.width else { return false }
        for bit in 0..<self.length {
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            if (address.bytes[bit / 8] ^ self.prefix[bit / 8]) & mask != 0 { return false }
        }
        return true
    }
}
