import Configuration
import Foundation
import PulseModel

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
        guard let text = self.reader.string(forKey: ConfigKey("pulse.\(key)")) else { return nil }
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

    private func seconds(_ key: String, name: String, in range: ClosedRange<Int>, default standard: Duration) throws -> Duration {
        .seconds(try self.number(key, name: name, in: range, default: Int(standard.components.seconds)))
    }

    var providersDirectory: String { self.text("providers.dir") ?? Self.beside("Providers") }
    var migrationsDirectory: String { self.text("migrations.dir") ?? Self.beside("Migrations") }
    var modelDirectory: String {
        if let directory = self.text("model.dir") { return directory }
        return "\(self.text("home") ?? Self.beside(".pulse"))/model"
    }

    var logLevel: String { self.text("log.level") ?? "info" }

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
