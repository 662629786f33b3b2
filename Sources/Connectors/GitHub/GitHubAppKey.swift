/// A GitHub App's key: what it signs the proof of its identity with.
public struct GitHubAppKey: Sendable {
    /// RSASSA-PKCS1-v1_5 with SHA-256 over `message`, by the key in PEM form.
    public typealias Signer = @Sendable (_ pem: String, _ message: [UInt8]) throws -> [UInt8]

    let pem: Secret
    let sign: Signer

    public init(pem: Secret, sign: @escaping Signer) {
        self.pem = pem
        self.sign = sign
    }
}
