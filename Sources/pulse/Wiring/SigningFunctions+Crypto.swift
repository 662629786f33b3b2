import Crypto
import CryptoExtras
import Embedding
import Foundation

extension SigningFunctions {
    /// Over swift-crypto.
    static let crypto = SigningFunctions(
        sha256: { Array(SHA256.hash(data: $0)) },
        hmacSHA256: { key, message in
            Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
        },
        rs256: { pem, message in
            let key = try _RSA.Signing.PrivateKey(pemRepresentation: pem)
            return Array(try key.signature(for: Data(message), padding: .insecurePKCS1v1_5).rawRepresentation)
        }
    )
}
