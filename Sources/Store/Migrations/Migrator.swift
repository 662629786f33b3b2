import Crypto
import Foundation
import Postgres

/// Applies the numbered files of `Migrations/`, each in a transaction, under an advisory lock.
///
/// Works as the owner of the tables, not as `pulse_app`.
public struct Migrator: Sendable {
    private let configuration: PostgresConfiguration

    public init(url: String) throws {
        self.configuration = try PostgresConfiguration(url: url)
    }

    /// Applies what is not applied yet.
    ///
    /// - Returns: the files that were applied, in order.
    /// - Throws: ``StoreError/migrationChanged(file:)`` where a file is not as it was when it was applied.
    public func run(directory: String) async throws -> [String] {
        let files = try Self.files(in: directory)
        let connection = try await PostgresConnection.connect(self.configuration)
        do {
            let applied = try await Self.run(files, on: connection)
            await connection.close()
            return applied
        } catch {
            await connection.close()
            throw error
        }
    }

    /// The files that are not applied yet, in order, without applying any.
    ///
    /// - Throws: as ``run(directory:)``.
    public func pending(directory: String) async throws -> [String] {
        let files = try Self.files(in: directory)
        let connection = try await PostgresConnection.connect(self.configuration)
        do {
            let exists = try await connection.query("SELECT to_regclass('public.schema_migrations') IS NOT NULL AS there")
            var applied: [Int: String] = [:]
            if try exists.first?.decode("there") == true {
                for row in try await connection.query("SELECT version, checksum FROM schema_migrations") {
                    applied[try row.decode("version")] = try row.decode("checksum", as: String.self)
                }
            }
            await connection.close()
            if let unknown = applied.keys.sorted().first(where: { version in !files.contains { $0.version == version } }) {
                throw StoreError.migrationUnknown(version: unknown)
            }
            if let changed = files.first(where: { file in applied[file.version].map { $0 != file.checksum } ?? false }) {
                throw StoreError.migrationChanged(file: changed.name)
            }
            return files.filter { applied[$0.version] == nil }.map(\.name)
        } catch {
            await connection.close()
            throw error
        }
    }

    private static func run(_ files: [File], on connection: PostgresConnection) async throws -> [String] {
        // Held until the connection closes: two processes that start at once migrate one after the other.
        try await connection.query("SELECT pg_advisory_lock(\(Self.lock))")
        try await connection.run(
            """
            SET client_min_messages = warning;
            CREATE TABLE IF NOT EXISTS schema_migrations (
                version    integer PRIMARY KEY,
                file       text NOT NULL,
                checksum   text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now()
            )
            """
        )
        var checksums: [Int: String] = [:]
        for row in try await connection.query("SELECT version, checksum FROM schema_migrations ORDER BY version") {
            checksums[try row.decode("version")] = try row.decode("checksum", as: String.self)
        }
        if let unknown = checksums.keys.sorted().first(where: { version in !files.contains { $0.version == version } }) {
            throw StoreError.migrationUnknown(version: unknown)
        }
        var applied: [String] = []
        for file in files {
            if let checksum = checksums[file.version] {
                guard checksum == file.checksum else { throw StoreError.migrationChanged(file: file.name) }
                continue
            }
            try await self.apply(file, on: connection)
            applied.append(file.name)
        }
        return applied
    }

    /// A statement that waits for a lock of a table has everybody wait who comes after it. So it waits for a moment only, lets the others
    /// through, and comes again.
    private static func apply(_ file: File, on connection: PostgresConnection) async throws {
        var attempt = 1
        while true {
            try await connection.run("BEGIN; SET LOCAL lock_timeout = '2s'")
            do {
                try await connection.run(file.sql)
                try await connection.query(
                    "INSERT INTO schema_migrations (version, file, checksum) VALUES ($1::integer, $2::text, $3::text)",
                    [.int(file.version), .text(file.name), .text(file.checksum)]
                )
                try await connection.run("COMMIT")
                return
            } catch {
                try? await connection.run("ROLLBACK")
                // 55P03: the lock could not be had in time.
                guard error.sqlState == "55P03", attempt < 60 else { throw error }
                attempt += 1
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// "pulse" in ASCII.
    private static let lock = 0x70_75_6c_73_65

    private struct File {
        var version: Int
        var name: String
        var sql: String
        var checksum: String
    }

    private static func files(in directory: String) throws -> [File] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let files = try names.filter { $0.hasSuffix(".sql") }.sorted().compactMap { name -> File? in
            guard let version = Int(name.prefix { $0.isNumber }) else { return nil }
            let data = try Data(contentsOf: URL(fileURLWithPath: directory).appendingPathComponent(name))
            let checksum = SHA256.hash(data: data).map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined()
            return File(version: version, name: name, sql: String(decoding: data, as: UTF8.self), checksum: checksum)
        }
        guard !files.isEmpty else { throw StoreError.noMigrations(directory: directory) }
        return files
    }
}
