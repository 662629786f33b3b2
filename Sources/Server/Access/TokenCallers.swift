import Crypto
import Foundation
import Logging
import Store

/// Who a token speaks for.
struct TokenCallers: Sendable {
    let verifier: TokenVerifier
    let tenantNamed: @Sendable (String) async throws -> Tenant?
    let logger: Logger

    /// - Returns: nil where the token is not to be trusted.
    func caller(of token: String) async throws -> (Caller, until: Date)? {
        let claims: TokenVerifier.Claims
        do {
            claims = try self.verifier.claims(of: token)
        } catch {
            self.logger.info("a token was refused", metadata: ["reason": "\(error)"])
            return nil
        }
        let id = Self.id(issuer: self.verifier.trust.issuer, subject: claims.subject, tenant: claims.tenant)
        let actor = "user \(claims.subject)"
        guard let name = claims.tenant else {
            guard claims.role == "installation" else { return nil }
            return (.installation(InstallationAdministrator(key: id, actor: actor)), claims.expires)
        }
        guard let role = Principal.Role(rawValue: claims.role), TextRule.name.check(name),
            let tenant = try await self.tenantNamed(name)
        else {
            self.logger.info("a token was refused", metadata: ["reason": "its tenant or role is unknown"])
            return nil
        }
        return (
            .tenant(
                Principal(
                    tenant: tenant.id,
                    tenantName: tenant.name,
                    key: id,
                    role: role,
                    actor: actor,
                    credential: .token,
                    until: claims.expires
                )
            ), claims.expires
        )
    }

    /// The same for each token of one person in one tenant.
    private static func id(issuer: String, subject: String, tenant: String?) -> UUID {
        let text = "\(issuer.utf8.count) \(issuer) \(subject.utf8.count) \(subject) \(tenant ?? "")"
        var bytes = Array(SHA256.hash(data: Data(text.utf8)).prefix(16))
        // A UUID of our own making (RFC 9562, version 8).
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        return UUID(
            uuid: (
                bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7], bytes[8], bytes[9], bytes[10],
                bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]
            )
        )
    }
}
