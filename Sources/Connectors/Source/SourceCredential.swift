/// One way to say who asks: a token with limits of its own.
struct SourceCredential: Sendable {
    /// Tells it from others and is no secret; entity tags are kept by it, because an answer depends on who asks.
    let name: String
    /// The value of the `authorization` header. A token that runs out is renewed here.
    let authorization: @Sendable () async throws -> String

    /// Forgets the value that the source has refused, where another one can be got: a token may be revoked, or end early.
    ///
    /// - Returns: whether the next ``authorization`` may be another one.
    let forget: @Sendable (_ refused: String) async -> Bool

    init(
        name: String,
        authorization: @escaping @Sendable () async throws -> String,
        forget: @escaping @Sendable (_ refused: String) async -> Bool = { _ in false }
    ) {
        self.name = name
        self.authorization = authorization
        self.forget = forget
    }

    /// Of a token that stays as it is.
    init(_ token: Secret, scheme: String = "Bearer") {
        let value = "\(scheme) \(token.value)"
        self.init(name: Self.fingerprint(token.value)) { value }
    }

    /// FNV-1a, folded to 32 bits: tells a handful of tokens apart and gives none of them away.
    static func fingerprint(_ text: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let digits = String(UInt32(truncatingIfNeeded: hash ^ hash >> 32), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
