import Foundation
import Testing

@Suite("The doctor", .inSurroundings, .timeLimit(.minutes(10)))
struct DoctorTests {
    @Test("A good installation is told to be good, with every setting that the README lists and every system asked")
    func good() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme", kinds: ["jira"])
            try await world.sync("jira", tenant)
            try await world.drain(tenant)
            let doctor = try await world.outcome(["doctor", "--json"])
            #expect(doctor.status == 0, "\(doctor.output)\(doctor.errors)")
            let findings = try doctor.json().list
            #expect(!findings.contains { $0["verdict"] == "bad" }, "\(doctor.output)")
            let told = Self.details(findings, of: "configuration").joined(separator: "\n")
            for setting in try Self.documentedSettings() { #expect(told.contains(setting), "\(setting) is not looked at") }
            #expect(Self.details(findings, of: "provider") == ["played answers"])
            #expect(Self.details(findings, of: "tenant acme").contains { $0.hasSuffix("credentials accepted") })
            #expect(
                Self.details(findings, of: "qdrant").contains("the collection \(world.collection) is laid out as it should be")
            )

            let offline = try await world.outcome(["doctor", "--json", "--offline"])
            #expect(offline.status == 0, "\(offline.output)\(offline.errors)")
            let unasked = try offline.json().list
            #expect(Self.details(unasked, of: "provider") == ["played: its definition is good; not asked (--offline)"])
            #expect(Self.details(unasked, of: "tenant acme") == ["sources not checked (--offline)"])
        }
    }

    @Test("Settings that cannot be used are all named at once, beside what is good; the service does not begin with one")
    func badSettings() async throws {
        try await World.with { world in
            let bad = [
                "PULSE_QDRANT_URL": "nonsense", "PULSE_QDRANT_SHARD_NUMBER": "0", "PULSE_QDRANT_QUANTIZATION": "quarter",
                "PULSE_QDRANT_PAYLOAD_ON_DISK": "perhaps", "PULSE_PROVIDERS_DIR": world.folder + "/nowhere",
                "PULSE_HTTP_PORT": "70000", "PULSE_LEASE_SECONDS": "1", "PULSE_ALLOWED_NETWORKS": "here",
                "PULSE_DATABASE_CONNECTIONS": "1", "PULSE_KEEP_EVENTS_DAYS": "0", "PULSE_KEEP_RUNS_DAYS": "long",
                "PULSE_KEEP_DELIVERIES_DAYS": "2", "PULSE_KEEP_RAW_DAYS": "-1", "PULSE_SOURCE_BACKOFF_MILLISECONDS": "1",
                "PULSE_LOG_LEVEL": "loud", "PULSE_LOG_FORMAT": "xml", "PULSE_ENCRYPTION_KEY": "short",
                "PULSE_JWT_ISSUER": "https://issuer.example", "PULSE_REQUESTS_PER_MINUTE": "many",
                "PULSE_FAILED_KEYS_PER_MINUTE": "-1", "PULSE_CHANNELS_PER_TENANT": "0",
                "PULSE_ALLOWED_ORIGINS": "pulse.example.com", "PULSE_TRUSTED_PROXIES": "there", "PULSE_DRAIN_SECONDS": "61",
            ]
            let doctor = try await world.outcome(["doctor", "--json"], environment: bad)
            #expect(doctor.status == 1, "\(doctor.output)\(doctor.errors)")
            let wrong = try doctor.json().list.filter { $0["verdict"] == "bad" }
            for name in bad.keys {
                #expect(wrong.contains { $0["remedy"].text?.contains(name) == true }, "\(name): \(doctor.output)")
            }
            #expect(wrong.count == bad.count, "\(doctor.output)")

            let one = try await world.outcome(["doctor"], environment: ["PULSE_LOG_FORMAT": "xml"])
            #expect(one.status == 1 && one.output.contains("PULSE_LOG_FORMAT is xml; it must be text or json"), "\(one)")
            #expect(one.output.contains("PULSE_HTTP_PORT: 8080"), "\(one)")

            let unread = try await world.outcome(["doctor"], environment: ["PULSE_CONFIG": world.folder + "/nowhere.json"])
            #expect(unread.status == 1 && unread.output.contains("correct PULSE_CONFIG"), "\(unread)")

            let served = try await world.outcome(
                ["serve", "--port", "0", "--roles", "vectorization"],
                environment: ["PULSE_KEEP_EVENTS_DAYS": "0"]
            )
            #expect(served.status == 1 && served.errors.contains("PULSE_KEEP_EVENTS_DAYS is 0"), "\(served)")
        }
    }

    @Test("What keeps a tenant's rows out of the index is named: configuration, a pause, its own providers")
    func waiting() async throws {
        try await World.with { world in
            let tenant = try await world.tenant("acme", kinds: ["jira"])
            try await world.sync("jira", tenant)
            let paused = try await world.outcome(["jobs", "stop", "vectorization_job", "--force", "--tenant", tenant.name])
            #expect(paused.status == 0, "\(paused.errors)")
            _ = try await world.database.query(
                "UPDATE vectorization_queue SET failure_kind = 'configuration', error_message = 'the key is refused', attempts = 1"
            )
            var mine = world.provider(id: "mine", base: world.sandbox.url + "/embeddings").members
            mine["authorization"] = ["kind": "bearer", "secret": "vault:embedding"]
            let definition = try JSON.object(mine).serialized
            _ = try await world.database.query(
                """
                INSERT INTO tenant_providers (tenant_id, id, definition, updated_by)
                VALUES ('\(tenant.identifier)', 'mine', '\(definition)', 'a test'), ('\(tenant.identifier)', 'other', '{}', 'a test')
                """
            )
            let doctor = try await world.outcome(["doctor", "--json", "--offline"])
            #expect(doctor.status == 1, "\(doctor.output)\(doctor.errors)")
            let findings = try doctor.json().list
            let rows = try await world.queued(tenant)
            let held = findings.first { $0["detail"].text?.hasSuffix("the key is refused") == true }
            #expect(held?["verdict"] == "bad", "\(doctor.output)")
            #expect(held?["detail"].text == "\(rows) rows wait until the configuration is mended: the key is refused")
            #expect(Self.details(findings, of: "tenant acme").contains { $0.hasPrefix("its vectorization is paused") })
            let providers = Self.details(findings, of: "provider")
            #expect(providers.contains("mine of tenant acme lacks vault:embedding"), "\(providers)")
            #expect(providers.contains { $0.hasPrefix("other of tenant acme: ") }, "\(providers)")
        }
    }

    // MARK: Short ways

    private static func details(_ findings: [JSON], of subject: String) -> [String] {
        findings.filter { $0["subject"].text == subject }.compactMap(\.["detail"].text)
    }

    /// The names in the README's table of settings, `…_SUFFIX` written out.
    private static func documentedSettings() throws -> [String] {
        let readme = try String(contentsOf: Surroundings.project.appendingPathComponent("README.md"), encoding: .utf8)
        var names: [String] = []
        for line in readme.split(separator: "\n") where line.hasPrefix("| `PULSE_") {
            let cell = line.dropFirst().prefix { $0 != "|" }
            for match in cell.matches(of: /`(?<name>[^`]+)`/) {
                let name = String(match.name)
                guard name.hasPrefix("…") else {
                    names.append(name)
                    continue
                }
                // What the first name of the row begins with: PULSE_QDRANT, PULSE_KEEP.
                let first = names.last { $0.hasPrefix("PULSE_") } ?? ""
                names.append(first.split(separator: "_").prefix(2).joined(separator: "_") + name.dropFirst())
            }
        }
        try #require(names.count > 40, "the README's table has changed its shape: \(names)")
        return names
    }
}
