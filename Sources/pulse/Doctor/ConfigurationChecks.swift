/// Whether the settings can be used, one by one, so that a person mends all in one go.
struct ConfigurationChecks {
    let settings: Settings

    func findings() -> [Finding] {
        var findings: [Finding] = []
        for row in Settings.table {
            var good: [String] = []
            for setting in row {
                do {
                    good.append("\(setting.names): \(try setting.value(self.settings) ?? "not set")")
                } catch {
                    findings.append(.bad("configuration", "\(error)", remedy: "correct \(setting.names)"))
                }
            }
            if !good.isEmpty { findings.append(.good("configuration", good.joined(separator: ", "))) }
        }
        if !self.settings.hasEncryptionKey {
            findings.append(
                .doubtful(
                    "configuration",
                    "PULSE_ENCRYPTION_KEY is not set: tenants cannot keep secrets",
                    remedy: "set it to what `openssl rand -base64 32` prints, and keep it safe"
                )
            )
        }
        return findings
    }
}
