import Configuration
import Connectors
import Foundation
import HTTPTransport
import Jobs
import Logging
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
    private func number(_ key: String, in range: ClosedRange<Int>, default standard: Int) throws -> Int {
        guard let text = self.text(key) else { return standard }
        guard let number = Int(text), range.contains(number) else {
            throw Failure("\(Self.variable(key)) is \(text); it must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func optionalNumber(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
        guard self.text(key) != nil else { return nil }
        return try self.number(key, in: range, default: range.lowerBound)
    }

    private func seconds(_ key: String, in range: ClosedRange<Int>, default standard: Duration) throws -> Duration {
        .seconds(try self.number(key, in: range, default: Int(standard.components.seconds)))
    }

    private func optionalFlag(_ key: String) throws -> Bool? {
        switch self.text(key)?.lowercased() {
        case nil: nil
        case "true"?, "1"?, "yes"?: true
        case "false"?, "0"?, "no"?: false
        case let other?: throw Failure("\(Self.variable(key)) is \(other); it must be true or false")
        }
    }

    static func variable(_ key: String) -> String {
        "PULSE_" + key.uppercased().replacing(".", with: "_")
    }

    // MARK: PostgreSQL and Qdrant

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

    var databaseConnections: Int { get throws { try self.number("database.connections", in: 2...500, default: 12) } }

    var qdrantURL: String {
        get throws {
            guard let url = self.text("qdrant.url") else { return "http://127.0.0.1:6333" }
            guard let parts = URLComponents(string: url), ["http", "https"].contains(parts.scheme?.lowercased()),
                parts.host?.isEmpty == false
            else {
                // What may hold a password is not repeated.
                let shown = url.contains("@") ? "no address of a server" : url
                throw Failure("PULSE_QDRANT_URL is \(shown); it must be like http://host:6333")
            }
            return url
        }
    }

    var qdrantAPIKey: String? { self.text("qdrant.api.key") }

    /// How collections are spread and stored; what is not set is left to the server.
    var collectionSettings: CollectionSettings {
        get throws {
            var settings = CollectionSettings()
            settings.shardNumber = try self.shardNumber
            settings.replicationFactor = try self.replicationFactor
            settings.writeConsistencyFactor = try self.writeConsistencyFactor
            settings.vectorsOnDisk = try self.vectorsOnDisk
            settings.payloadOnDisk = try self.payloadOnDisk
            settings.quantization =
                switch try self.quantization {
                case nil: nil
                case .off?: .off
                case .scalar?: .scalar()
                case .binary?: .binary()
                }
            return settings
        }
    }

    var shardNumber: Int? { get throws { try self.optionalNumber("qdrant.shard.number", in: 1...1_000) } }
    var replicationFactor: Int? { get throws { try self.optionalNumber("qdrant.replication.factor", in: 1...100) } }
    var writeConsistencyFactor: Int? { get throws { try self.optionalNumber("qdrant.write.consistency.factor", in: 1...100) } }
    var vectorsOnDisk: Bool? { get throws { try self.optionalFlag("qdrant.vectors.on.disk") } }
    var payloadOnDisk: Bool? { get throws { try self.optionalFlag("qdrant.payload.on.disk") } }

    enum Quantization: String {
        case off = "none"
        case scalar, binary
    }

    var quantization: Quantization? {
        get throws {
            guard let text = self.text("qdrant.quantization") else { return nil }
            guard let quantization = Quantization(rawValue: text) else {
                throw Failure("PULSE_QDRANT_QUANTIZATION is \(text); it must be none, scalar or binary")
            }
            return quantization
        }
    }

    // MARK: Work

    /// The provider of tenants that have no vectors yet.
    var provider: String { self.text("provider") ?? "on-device" }

    /// The numbers of the queue. Both times may be shortened where a crash or a network is to be played through quickly.
    var queuePolicy: QueuePolicy {
        get throws {
            var policy = QueuePolicy()
            policy.lease = try self.lease
            policy.writeDeadline = try self.writeDeadline
            return policy
        }
    }

    var lease: Duration { get throws { try self.seconds("lease.seconds", in: 5...3_600, default: QueuePolicy().lease) } }
    var writeDeadline: Duration {
        get throws { try self.seconds("write.deadline.seconds", in: 1...600, default: QueuePolicy().writeDeadline) }
    }

    /// Jobs that this process runs at once.
    var jobsAtOnce: Int {
        get throws { try self.number("jobs.at.once", in: 1...1_000, default: OrchestratorPolicy().concurrency) }
    }

    /// How patient connectors are. The first pause may be shortened where trouble is to be played through quickly.
    var sourcePolicy: RetryPolicy {
        get throws {
            var policy = RetryPolicy()
            let first = try self.number("source.backoff.milliseconds", in: 10...60_000, default: 2_000)
            policy.backoff = Backoff(base: .milliseconds(first), factor: 2, maximum: .seconds(60), jitter: 0.3)
            return policy
        }
    }

    /// How long something is kept, in days.
    struct Period: Sendable {
        var key: String
        var path: any WritableKeyPath<Retention, Duration> & Sendable
        var least = 1
    }

    static let periods = [
        Period(key: "keep.measurements.days", path: \.measurements),
        Period(key: "keep.metric.hours.days", path: \.metricHours),
        Period(key: "keep.events.days", path: \.events),
        Period(key: "keep.runs.days", path: \.runs),
        Period(key: "keep.rejected.days", path: \.rejectedRecords),
        Period(key: "keep.anomalies.days", path: \.anomalies),
        Period(key: "keep.memory.days", path: \.memory),
        Period(key: "keep.deliveries.days", path: \.deliveries, least: 3),
    ]

    func days(_ period: Period) throws -> Int {
        let standard = Int(Retention()[keyPath: period.path].components.seconds / 86_400)
        return try self.number(period.key, in: period.least...36_500, default: standard)
    }

    /// Of fetched objects, from which extraction can be replayed without fetching; 0 keeps them for ever.
    var rawDays: Int { get throws { try self.number("keep.raw.days", in: 0...36_500, default: 365) } }

    var retention: Retention {
        get throws {
            var retention = Retention()
            for period in Self.periods { retention[keyPath: period.path] = .seconds(try self.days(period) * 86_400) }
            let raw = try self.rawDays
            retention.rawRecords = raw == 0 ? nil : .seconds(raw * 86_400)
            return retention
        }
    }

    // MARK: Folders

    var home: String { self.text("home") ?? Self.beside(".pulse") }
    var providersDirectory: String { self.text("providers.dir") ?? Self.beside("Providers") }
    var migrationsDirectory: String { self.text("migrations.dir") ?? Self.beside("Migrations") }
    var modelDirectory: String { self.text("model.dir") ?? "\(self.home)/model" }

    // MARK: The service

    var httpHost: String { self.text("http.host") ?? "127.0.0.1" }
    var httpPort: Int { get throws { try self.number("http.port", in: 0...65_535, default: 8_080) } }

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

    var logLevel: Logger.Level {
        get throws {
            let text = self.text("log.level") ?? "info"
            guard let level = Logger.Level(rawValue: text.lowercased()) else {
                throw Failure("PULSE_LOG_LEVEL is \(text); it must be trace, debug, info, notice, warning, error or critical")
            }
            return level
        }
    }

    enum LogFormat: String { case text, json }

    var logFormat: LogFormat {
        get throws {
            let text = self.text("log.format") ?? "text"
            guard let format = LogFormat(rawValue: text) else {
                throw Failure("PULSE_LOG_FORMAT is \(text); it must be text or json")
            }
            return format
        }
    }

    /// Opens `/metrics`.
    var metricsToken: String? { self.text("metrics.token") }

    /// How long requests are still taken after the process was told to stop.
    var drain: Duration {
        get throws { try self.seconds("drain.seconds", in: 0...60, default: .seconds(1)) }
    }

    /// Of one key, at each process; 0 for any number.
    var requestsPerMinute: Int {
        get throws {
            try self.number("requests.per.minute", in: 0...10_000_000, default: 6_000)
        }
    }

    /// Keys that are nobody's, of one address, at each process; 0 for any number.
    var failedKeysPerMinute: Int {
        get throws {
            try self.number("failed.keys.per.minute", in: 0...10_000_000, default: 60)
        }
    }

    /// Open progress channels of one tenant, at each process.
    var channelsPerTenant: Int {
        get throws {
            try self.number("channels.per.tenant", in: 1...1_000_000, default: 100)
        }
    }

    /// Web pages beside the server's own that may open progress channels: `https://pulse.example.com`.
    var allowedOrigins: [String] {
        get throws {
            try (self.text("allowed.origins") ?? "").split { $0 == "," || $0.isWhitespace }.map { text in
                guard text.lowercased().wholeMatch(of: /https?:\/\/[^\/]+/) != nil else {
                    throw Failure(
                        "PULSE_ALLOWED_ORIGINS holds \(text); it must be origins like https://pulse.example.com, separated by commas"
                    )
                }
                return String(text)
            }
        }
    }

    var hasEncryptionKey: Bool { self.text("encryption.key") != nil }

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
