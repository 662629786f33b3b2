/// Encrypts what must not stand in the database in clear.
public protocol SecretSealing: Sendable {
    /// - Parameter context: what the secret belongs to; it opens only under the same.
    func seal(_ bytes: [UInt8], context: String) throws -> [UInt8]
    func open(_ sealed: [UInt8], context: String) throws -> [UInt8]
}
