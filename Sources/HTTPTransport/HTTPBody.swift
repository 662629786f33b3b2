/// The body of a request: bytes, or pieces that are made one after the other as the connection takes them.
public enum HTTPBody: Sendable {
    case bytes([UInt8])
    case pieces(HTTPPieces)

    /// All of it in memory.
    public var bytes: [UInt8] {
        switch self {
        case .bytes(let bytes): bytes
        case .pieces(let pieces): pieces.reduce(into: []) { $0 += $1 }
        }
    }
}

/// A body in pieces. It can be gone through any number of times: a request may be sent again.
public struct HTTPPieces: Sendable, Sequence {
    /// Bytes of all pieces together; it goes over the wire before them.
    public let length: Int
    private let make: @Sendable () -> AnyIterator<[UInt8]>

    /// - Parameters:
    ///   - length: exactly that of all pieces.
    ///   - make: begins anew each time.
    public init(length: Int, _ make: @escaping @Sendable () -> AnyIterator<[UInt8]>) {
        self.length = length
        self.make = make
    }

    public func makeIterator() -> AnyIterator<[UInt8]> { self.make() }
}
