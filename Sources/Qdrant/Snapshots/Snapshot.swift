/// All of a collection at one moment, as a file of the server.
public struct Snapshot: Sendable, Equatable, Decodable {
    public var name: String
    /// Bytes.
    public var size: Int
    /// SHA-256 in hexadecimal; nil from servers that give none.
    public var checksum: String?

    public init(name: String, size: Int, checksum: String? = nil) {
        self.name = name
        self.size = size
        self.checksum = checksum
    }
}
