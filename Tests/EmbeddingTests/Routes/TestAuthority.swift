import Crypto
import Foundation

/// A certificate authority of one test, which signs certificates for servers on this machine (X.509 v3, RFC 5280; P-256).
struct TestAuthority {
    private let key = P256.Signing.PrivateKey()
    private let name = "Test authority"

    /// Its own certificate in PEM form.
    var certificate: String {
        get throws {
            // basicConstraints: it may sign others.
            let constraints = DER.sequence([
                DER.objectID([0x55, 0x1D, 0x13]), DER.boolean(true), DER.octets(DER.sequence([DER.boolean(true)])),
            ])
            return try self.sign(self.key.publicKey, subject: self.name, extensions: [constraints])
        }
    }

    /// A certificate for a host with its key, both in PEM form.
    func server(_ host: String) throws -> (certificate: String, key: String) {
        let key = P256.Signing.PrivateKey()
        let names = DER.sequence([DER.value(0x82, Array(host.utf8))])
        let alternative = DER.sequence([DER.objectID([0x55, 0x1D, 0x11]), DER.octets(names)])
        return (try self.sign(key.publicKey, subject: host, extensions: [alternative]), key.pemRepresentation)
    }

    private func sign(_ key: P256.Signing.PublicKey, subject: String, extensions: [[UInt8]]) throws -> String {
        // ecdsa-with-SHA256
        let algorithm = DER.sequence([DER.objectID([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02])])
        let contents = DER.sequence([
            DER.value(0xA0, DER.integer([2])),
            DER.integer((0..<8).map { _ in UInt8.random(in: 1...127) }),
            algorithm,
            DER.name(self.name),
            DER.sequence([DER.value(0x17, Array("200101000000Z".utf8)), DER.value(0x17, Array("491231235959Z".utf8))]),
            DER.name(subject),
            Array(key.derRepresentation),
            DER.value(0xA3, DER.sequence(extensions)),
        ])
        let signature = try self.key.signature(for: contents).derRepresentation
        let whole = DER.sequence([contents, algorithm, DER.value(0x03, [0] + Array(signature))])
        let text = Data(whole).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        return "-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n"
    }
}

/// As much of the distinguished encoding of ASN.1 as certificates need.
private enum DER {
    static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        let length: [UInt8] =
            count < 128 ? [UInt8(count)] : count < 256 ? [0x81, UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
        return [tag] + length + content
    }

    static func sequence(_ values: [[UInt8]]) -> [UInt8] { self.value(0x30, values.flatMap(\.self)) }
    static func integer(_ bytes: [UInt8]) -> [UInt8] { self.value(0x02, bytes) }
    static func objectID(_ bytes: [UInt8]) -> [UInt8] { self.value(0x06, bytes) }
    static func boolean(_ flag: Bool) -> [UInt8] { self.value(0x01, [flag ? 0xFF : 0]) }
    static func octets(_ bytes: [UInt8]) -> [UInt8] { self.value(0x04, bytes) }

    /// A distinguished name of one common name.
    static func name(_ text: String) -> [UInt8] {
        self.sequence([self.value(0x31, self.sequence([self.objectID([0x55, 0x04, 0x03]), self.value(0x0C, Array(text.utf8))]))])
    }
}
