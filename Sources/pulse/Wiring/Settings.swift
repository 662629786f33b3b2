import Configuration
import Connectors
import Foundation
import HTTPTransport
import PulseModel
import Qdrant
import Resilience
import Server
import Store

/// What the environment, or the JSON file that `PULSE_CONFIG` names, says; the environment goes first.
struct Settings: Sendable {
    private let reader: ConfigReader

    static func read() async throws -> Settings {
        let environment = ProcessInfo.processInfo.environment
        var providers: [any ConfigProvider] = [EnvironmentVariablesProvider()]
        if let path = environment["PULSE_CONFIG"] {
            do {
                providers.append(try await FileProvider<JSONSnapshot>(filePath: .init(path)))
            } catch {
                let exists = FileManager.default.fileExists(atPath: path)
                throw Failure(
                    "PULSE_CONFIG names \(path), \(exists ? "which is not readable JSON; mend it" : "which does not exist; correct the path"), "
                        + "or unset PULSE_CONFIG"
                )
            }
        }
        return Settings(reader: ConfigReader(providers: providers))
    }

    private func text(_ key: String) -> String? {
        let key = ConfigKey("pulse.\(key)")
        // A JSON file may say 2 or true without quotes.
        guard
            let text = self.reader.string(forKey: key) ?? self.reader.int(forKey: key).map(String.init)
                ?? self.reader.bool(forKey: key).map({ $0 ? "true" : "false" })
        else { return nil }
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return trimmed.isEmpty ? nil : trimmed
    }

    /// A number that must be one.
    private func number(_ key: String, name: String, in range: ClosedRange<Int>, default standard: Int) throws -> Int {
        guard let text = self.text(key) else { return standard }
        guard let number = Int(text), range.contains(number) else {
            throw Failure("\(name) is \(text); it must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    var databaseURL: String {
        get throws {
            guard let url = self.text("database.url") else {
                throw Failure("PULSE_DATABASE_URL is not set; set it to postgresql://user:password@host/database")
            }
            return url
        }
    }

    /// Of the user that owns the tables; the same as ``databaseURL`` unless set.
    var ownerDatabaseURL: String {
        get throws { try self.text("owner.database.url") ?? self.databaseURL }
    }

    var qdrantURL: String { self.text("qdrant.url") ?? "http://127.0.0.1:6333" }
    var qdrantAPIKey: String? { self.text("qdrant.api.key") }
    var httpHost: String { self.text("http.host") ?? "127.0.0.1" }
    var httpPort: Int { get throws { try self.number("http.port", name: "PULSE_HTTP_PORT", in: 0...65_535, default: 8_080) } }
    /// How collections are spread and stored; what is not set is left to the server.
    var collectionSettings: CollectionSettings {
        get throws {
            var settings = CollectionSettings()
            settings.shardNumber = try self.optionalNumber("qdrant.shard.number", in: 1...1_000)
            settings.replicationFactor = try self.optionalNumber("qdrant.replication.factor", in: 1...100)
            settings.writeConsistencyFactor = try self.optionalNumber("qdrant.write.consistency.factor", in: 1...100)
            settings.vectorsOnDisk = try self.optionalFlag("qdrant.vectors.on.disk")
            settings.payloadOnDisk = try self.optionalFlag("qdrant.payload.on.disk")
            settings.quantization =
                switch self.text("qdrant.quantization") {
                case nil: nil
                case "none"?: .off
                case "scalar"?: .scalar()
                case "binary"?: .binary()
                case let other?:
                    throw Failure("PULSE_QDRANT_QUANTIZATION is \(other); it must be none, scalar or binary")
                }
            return settings
        }
    }

    private func optionalNumber(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
        guard self.text(key) != nil else { return nil }
        return try self.number(key, name: Self.variable(key), in: range, default: range.lowerBound)
    }

    private func optionalFlag(_ key: String) throws -> Bool? {
        switch self.text(key)?.lowercased() {
        case nil: nil
        case "true"?, "1"?, "yes"?: true
        case "false"?, "0"?, "no"?: false
        case let other?: throw Failure("\(Self.variable(key)) is \(other); it must be true or false")
        }
    }

    private static func variable(_ key: String) -> String {
        "PULSE_" + key.uppercased().replacing(".", with: "_")
    }

    /// The provider of tenants that have no vectors yet.
    var provider: String { self.text("provider") ?? "on-device" }
    var databaseConnections: Int {
        get throws { try self.number("database.connections", name: "PULSE_DATABASE_CONNECTIONS", in: 2...500, default: 12) }
    }

    /// The numbers of the queue. Both times may be shortened where a crash or a network is to be played through quickly.
    var queuePolicy: QueuePolicy {
        get throws {
            var policy = QueuePolicy()
            policy.lease = try self.seconds("lease.seconds", name: "PULSE_LEASE_SECONDS", in: 5...3_600, default: policy.lease)
            policy.writeDeadline = try self.seconds(
                "write.deadline.seconds",
                name: "PULSE_WRITE_DEADLINE_SECONDS",
                in: 1...600,
                default: policy.writeDeadline
            )
            return policy
        }
    }

    /// How patient connectors are. The first pause may be shortened where trouble is to be played through quickly.
    var sourcePolicy: RetryPolicy {
        get throws {
            var policy = RetryPolicy()
            let milliseconds = try self.number(
                "source.backoff.milliseconds",
                name: "PULSE_SOURCE_BACKOFF_MILLISECONDS",
                in: 10...60_000,
                default: 2_000
            )
            policy.backoff = Backoff(base: .milliseconds(milliseconds), factor: 2, maximum: .seconds(60), jitter: 0.3)
            return policy
        }
    }

    private func seconds(_ key: String, name: String, in range: ClosedRange<Int>, default standard: Duration) throws -> Duration {
        .seconds(try self.number(key, name: name, in: range, default: Int(standard.components.seconds)))
    }

    /// How long things are kept, in days.
    var retention: Retention {
        get throws {
            var retention = Retention()
            func days(_ key: String, _ name: String, _ standard: Duration, least: Int = 1) throws -> Duration {
                let days = Int(standard.components.seconds / 86_400)
                return .seconds(try self.number(key, name: name, in: least...36_500, default: days) * 86_400)
            }
            retention.measurements = try days(
                "keep.measurements.days",
                "PULSE_KEEP_MEASUREMENTS_DAYS",
                retention.measurements
            )
            retention.metricHours = try days("keep.metric.hours.days", "PULSE_KEEP_METRIC_HOURS_DAYS", retention.metricHours)
            retention.events = try days("keep.events.days", "PULSE_KEEP_EVENTS_DAYS", retention.events)
            retention.runs = try days("keep.runs.days", "PULSE_KEEP_RUNS_DAYS", retention.runs)
            retention.rejectedRecords = try days("keep.rejected.days", "PULSE_KEEP_REJECTED_DAYS", retention.rejectedRecords)
            // Extraction can be replayed from them without fetching; 0 keeps them for ever.
            let raw = try self.number("keep.raw.days", name: "PULSE_KEEP_RAW_DAYS", in: 0...36_500, default: 365)
            retention.rawRecords = raw == 0 ? nil : .seconds(raw * 86_400)
            retention.deliveries = try days("keep.deliveries.days", "PULSE_KEEP_DELIVERIES_DAYS", retention.deliveries, least: 3)
            retention.anomalies = try days("keep.anomalies.days", "PULSE_KEEP_ANOMALIES_DAYS", retention.anomalies)
            retention.memory = try days("keep.memory.days", "PULSE_KEEP_MEMORY_DAYS", retention.memory)
            return retention
        }
    }

    var providersDirectory: String { self.text("providers.dir") ?? Self.beside("Providers") }
    var migrationsDirectory: String { self.text("migrations.dir") ?? Self.beside("Migrations") }
    var modelDirectory: String {
        if let directory = self.text("model.dir") { return directory }
        return "\(self.text("home") ?? Self.beside(".pulse"))/model"
    }

    /// Networks inside, which URLs given by tenants may lead to all the same.
    var allowedNetworks: [IPNetwork] {
        get throws { try self.networks("allowed.networks", name: "PULSE_ALLOWED_NETWORKS") }
    }

    /// The proxies and load balancers before the API, whose `X-Forwarded-For` is believed.
    var trustedProxies: TrustedProxies {
        get throws { TrustedProxies(try self.networks("trusted.proxies", name: "PULSE_TRUSTED_PROXIES")) }
    }

    private func networks(_ key: String, name: String) throws -> [IPNetwork] {
        try (self.text(key) ?? "").split { $0 == "," || $0.isWhitespace }.map { text in
            guard let network = IPNetwork(text) else {
                throw Failure("\(name) holds \(text); it must be networks like 10.1.0.0/16, separated by commas")
            }
            return network
        }
    }

    var logLevel: String { self.text("log.level") ?? "info" }

    /// `text` or `json`.
    var logFormat: String { self.text("log.format") ?? "text" }
    /// Opens `/metrics`.
    var metricsToken: String? { self.text("metrics.token") }

    /// How long requests are still taken after the process was told to stop.
    var drain: Duration {
        get throws { try self.seconds("drain.seconds", name: "PULSE_DRAIN_SECONDS", in: 0...60, default: .seconds(1)) }
    }

    /// Of one key, at each process; 0 for any number.
    var requestsPerMinute: Int {
        get throws {
            try self.number("requests.per.minute", name: "PULSE_REQUESTS_PER_MINUTE", in: 0...10_000_000, default: 6_000)
        }
    }

    /// Keys that are nobody's, of one address, at each process; 0 for any number.
    var failedKeysPerMinute: Int {
        get throws {
            try self.number("failed.keys.per.minute", name: "PULSE_FAILED_KEYS_PER_MINUTE", in: 0...10_000_000, default: 60)
        }
    }

    /// Open progress channels of one tenant, at each process.
    var channelsPerTenant: Int {
        get throws {
            try self.number("channels.per.tenant", name: "PULSE_CHANNELS_PER_TENANT", in: 1...1_000_000, default: 100)
        }
    }

    /// Web pages beside the server's own that may open progress channels: `https://pulse.example.com`.
    var allowedOrigins: [String] {
        (self.text("allowed.origins") ?? "").split { $0 == "," || $0.isWhitespace }.map(String.init)
    }

    /// Encrypts the tenants' secrets; nil where no key is set.
    var vaultCipher: VaultCipher? {
        get throws {
            guard let key = self.text("encryption.key") else { return nil }
            let old = (self.text("encryption.keys.old") ?? "").split(separator: ",").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            return try VaultCipher(keys: [key] + old)
        }
    }

    /// Whose JSON Web Tokens are trusted; nil where no issuer is named.
    var tokenTrust: TokenTrust? {
        get throws {
            guard let issuer = self.text("jwt.issuer") else { return nil }
            guard let audience = self.text("jwt.audience") else {
                throw Failure(
                    "PULSE_JWT_ISSUER is set, but PULSE_JWT_AUDIENCE is not; set it to what tokens for Pulse have as aud"
                )
            }
            var keys: String?
            if let path = self.text("jwt.keys.file") {
                guard let bytes = FileManager.default.contents(atPath: path) else {
                    throw Failure("PULSE_JWT_KEYS_FILE names \(path), which cannot be read; correct the path")
                }
                keys = String(decoding: bytes, as: UTF8.self)
            }
            return try TokenTrust(issuer: issuer, audience: audience, secret: self.text("jwt.secret"), publicKeys: keys)
        }
    }

    /// A folder of the project: in the working directory, else above the executable's.
    private static func beside(_ name: String) -> String {
        let files = FileManager.default
        if files.fileExists(atPath: name) { return name }
        var folder = (Bundle.main.executableURL ?? URL(fileURLWithPath: "/")).resolvingSymlinksInPath()
            .deletingLastPathComponent()
        while folder.path != "/" {
            let candidate = folder.appendingPathComponent(name).path
            if files.fileExists(atPath: candidate) { return candidate }
            folder.deleteLastPathComponent()
        }
        return name
    }
}
