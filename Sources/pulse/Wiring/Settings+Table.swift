import Foundation
import Postgres

/// A setting that the README lists, or several that mean something together only.
struct Setting: Sendable {
    var names: String
    /// What it says, for a person and without secrets; nil where it is not set and nothing stands for it. Throws where it cannot be used.
    var value: @Sendable (Settings) throws -> String?

    init<Value>(_ names: String, _ value: @escaping @Sendable (Settings) throws -> Value?) {
        self.names = names
        self.value = { try value($0).map { "\($0)" } }
    }
}

extension Settings {
    /// The README's table, row by row: `pulse doctor` tells of each, and `pulse serve` begins with none that it could not use.
    static let table: [[Setting]] = [
        [Setting("PULSE_DATABASE_URL") { try Self.usable(databaseURL: $0.databaseURL) }],
        [
            Setting("PULSE_QDRANT_URL") { Self.withoutPassword(try $0.qdrantURL) },
            Setting("PULSE_QDRANT_API_KEY") { $0.qdrantAPIKey.map { _ in "set" } },
        ],
        [
            Setting("PULSE_QDRANT_SHARD_NUMBER") { try $0.shardNumber },
            Setting("PULSE_QDRANT_REPLICATION_FACTOR") { try $0.replicationFactor },
            Setting("PULSE_QDRANT_WRITE_CONSISTENCY_FACTOR") { try $0.writeConsistencyFactor },
            Setting("PULSE_QDRANT_QUANTIZATION") { try $0.quantization?.rawValue },
            Setting("PULSE_QDRANT_VECTORS_ON_DISK") { try $0.vectorsOnDisk },
            Setting("PULSE_QDRANT_PAYLOAD_ON_DISK") { try $0.payloadOnDisk },
        ],
        [Setting("PULSE_PROVIDER") { $0.provider }],
        [
            Setting("PULSE_PROVIDERS_DIR") { try Self.folder("PULSE_PROVIDERS_DIR", at: $0.providersDirectory) },
            Setting("PULSE_MIGRATIONS_DIR") { $0.migrationsDirectory },
            Setting("PULSE_MODEL_DIR") { $0.modelDirectory },
        ],
        [Setting("PULSE_HTTP_HOST") { $0.httpHost }, Setting("PULSE_HTTP_PORT") { try $0.httpPort }],
        [Setting("PULSE_OWNER_DATABASE_URL") { try Self.usable(databaseURL: $0.ownerDatabaseURL) }],
        [
            Setting("PULSE_LEASE_SECONDS") { try $0.lease },
            Setting("PULSE_WRITE_DEADLINE_SECONDS") { try $0.writeDeadline },
        ],
        [Setting("PULSE_ALLOWED_NETWORKS") { try $0.allowedNetworks.isEmpty ? nil : "set" }],
        [Setting("PULSE_DATABASE_CONNECTIONS") { try $0.databaseConnections }],
        [Setting("PULSE_JOBS_AT_ONCE") { try $0.jobsAtOnce }],
        Self.periods.map { period in Setting(Self.variable(period.key)) { try $0.days(period) } },
        [Setting("PULSE_KEEP_RAW_DAYS") { try $0.rawDays }],
        [Setting("PULSE_SOURCE_BACKOFF_MILLISECONDS") { try $0.sourcePolicy.backoff.base }],
        [Setting("PULSE_HOME") { $0.home }],
        [Setting("PULSE_LOG_LEVEL") { try $0.logLevel }, Setting("PULSE_LOG_FORMAT") { try $0.logFormat }],
        [Setting("PULSE_ENCRYPTION_KEY, PULSE_ENCRYPTION_KEYS_OLD") { try $0.vaultCipher.map { _ in "usable" } }],
        [
            Setting("PULSE_JWT_ISSUER, PULSE_JWT_AUDIENCE, PULSE_JWT_SECRET, PULSE_JWT_KEYS_FILE") {
                try $0.tokenTrust.map { _ in "usable" }
            }
        ],
        [
            Setting("PULSE_REQUESTS_PER_MINUTE") { try $0.requestsPerMinute },
            Setting("PULSE_FAILED_KEYS_PER_MINUTE") { try $0.failedKeysPerMinute },
        ],
        [Setting("PULSE_TRUSTED_PROXIES") { try $0.trustedProxies.isEmpty ? nil : "set" }],
        [
            Setting("PULSE_CHANNELS_PER_TENANT") { try $0.channelsPerTenant },
            Setting("PULSE_ALLOWED_ORIGINS") {
                let origins = try $0.allowedOrigins
                return origins.isEmpty ? nil : origins.joined(separator: ", ")
            },
        ],
        [
            Setting("PULSE_METRICS_TOKEN") { $0.metricsToken.map { _ in "set" } },
            Setting("PULSE_DRAIN_SECONDS") { try $0.drain },
        ],
        // Where it cannot be read, there are no settings to ask.
        [Setting("PULSE_CONFIG") { _ in ProcessInfo.processInfo.environment["PULSE_CONFIG"] }],
    ]

    /// - Throws: what is wrong with the first setting that cannot be used.
    func check() throws {
        for setting in Self.table.joined() { _ = try setting.value(self) }
    }

    private static func usable(databaseURL url: String) throws -> String {
        _ = try PostgresConfiguration(url: url)
        return self.withoutPassword(url)
    }

    private static func folder(_ name: String, at path: String) throws -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            throw Failure("\(name) names \(path), which is no folder; correct the path")
        }
        return path
    }

    private static func withoutPassword(_ url: String) -> String {
        guard var parts = URLComponents(string: url) else { return "set" }
        if parts.password != nil { parts.password = "***" }
        parts.query = nil
        return parts.string ?? "set"
    }
}
