/// The cryptography that `aws-sigv4` and `google-service-account` need, handed in by the executable: this target links none.
public struct SigningFunctions: Sendable {
    /// SHA-256 of a message.
    public var sha256: @Sendable (_ message: [UInt8]) -> [UInt8]
    /// HMAC-SHA-256 of a message.
    public var hmacSHA256: @Sendable (_ key: [UInt8], _ message: [UInt8]) -> [UInt8]
    /// RSASSA-PKCS1-v1_5 with SHA-256 by a private key in PEM form (PKCS #8); nil where there is no RSA.
    public var rs256: (@Sendable (_ privateKeyPEM: String, _ message: [UInt8]) throws -> [UInt8])?

    public init(
        sha256: @escaping @Sendable (_ message: [UInt8]) -> [UInt8],
        hmacSHA256: @escaping @Sendable (_ key: [UInt8], _ message: [UInt8]) -> [UInt8],
        rs256: (@Sendable (_ privateKeyPEM: String, _ message: [UInt8]) throws -> [UInt8])? = nil
    ) {
        self.sha256 = sha256
        self.hmacSHA256 = hmacSHA256
        self.rs256 = rs256
    }
}
