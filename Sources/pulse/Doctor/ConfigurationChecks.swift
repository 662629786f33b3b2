import Foundation
import Server
import Store

/// Whether the settings can be used, one by one, so that a person mends all in one go.
struct ConfigurationChecks {
    let settings: Settings

    func findings() -> [Finding] {
        var findings: [Finding] = []
        func check(_ name: String, _ body: () throws -> String) {
            do {
                findings.append(.good("configuration", "\(name): \(try body())"))
            } catch {
                findings.append(.bad("configuration", "\(error)", remedy: "correct \(name)"))
            }
        }
        check("PULSE_DATABASE_URL") { Self.withoutPassword(try self.settings.databaseURL) }
        check("PULSE_QDRANT_URL") { Self.withoutPassword(self.settings.qdrantURL) }
        check("PULSE_HTTP_HOST, PULSE_HTTP_PORT") { "\(self.settings.httpHost):\(try self.settings.httpPort)" }
        check("PULSE_DATABASE_CONNECTIONS") { "\(try self.settings.databaseConnections)" }
        check("PULSE_LEASE_SECONDS, PULSE_WRITE_DEADLINE_SECONDS") {
            let policy = try self.settings.queuePolicy
            return "\(policy.lease), \(policy.writeDeadline)"
        }
        check("PULSE_CHANNELS_PER_TENANT") { "\(try self.settings.channelsPerTenant)" }
        check("PULSE_REQUESTS_PER_MINUTE") { "\(try self.settings.requestsPerMinute)" }
        check("PULSE_FAILED_KEYS_PER_MINUTE, PULSE_TRUSTED_PROXIES") {
            let teller = try self.settings.trustedProxies.isEmpty ? "of the connection" : "that trusted proxies tell"
            return "\(try self.settings.failedKeysPerMinute) an address \(teller)"
        }
        check("PULSE_DRAIN_SECONDS") { "\(try self.settings.drain)" }
        check("PULSE_JWT_ISSUER") { try self.settings.tokenTrust == nil ? "no tokens are trusted" : "usable" }
        do {
            if try self.settings.vaultCipher == nil {
                findings.append(
                    .doubtful(
                        "configuration",
                        "PULSE_ENCRYPTION_KEY is not set: tenants cannot keep secrets",
                        remedy: "set it to what `openssl rand -base64 32` prints, and keep it safe"
                    )
                )
            } else {
                findings.append(.good("configuration", "PULSE_ENCRYPTION_KEY: usable"))
            }
        } catch {
            findings.append(.bad("configuration", "\(error)", remedy: "correct PULSE_ENCRYPTION_KEY"))
        }
        return findings
    }

    private static func withoutPassword(_ url: String) -> String {
        guard var parts = URLComponents(string: url) else { return "set" }
        if parts.password != nil { parts.password = "***" }
        parts.query = nil
        return parts.string ?? "set"
    }
}
