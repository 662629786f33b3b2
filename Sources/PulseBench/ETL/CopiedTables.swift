import Foundation
import TestSupport

/// All that a synchronization has left in the database, written again by COPY into the same tables of an empty database: what the
/// server itself takes for these rows, their indexes and their log, with nothing to fetch, to read or to compare.
struct CopiedTables {
    private static let tables = [
        "projects", "wits", "statuses", "work_items", "changelogs", "wits_hierarchies", "wits_mappings", "statuses_mappings",
        "workflows", "repositories", "prs", "prs_commits", "prs_reviews", "prs_comments", "wits_prs_links", "key_mentions",
        "boards", "sprints", "source_users", "deployments", "deployment_statuses", "releases", "branch_commits", "raw_records",
        "vectorization_queue",
    ]

    /// - Returns: the seconds that COPY took.
    static func seconds(of database: TestDatabase) async throws -> Double {
        let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("pulse-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let psql = try PgBench.executable("psql")
        func run(_ commands: [String], on url: String) throws {
            var arguments = ["-X", "-q", "-v", "ON_ERROR_STOP=1"]
            for command in commands { arguments += ["-c", command] }
            _ = try Child(arguments + [url], executable: psql).finish()
        }
        func file(_ table: String) -> String { folder.appendingPathComponent(table).path }
        let owners = ["tenants", "integrations"]
        try run((owners + Self.tables).map { "\\copy \($0) TO '\(file($0))'" }, on: database.url)
        return try await TestDatabase.with { empty in
            try run(owners.map { "\\copy \($0) FROM '\(file($0))'" }, on: empty.url)
            let started = ContinuousClock.now
            // A page is a transaction to Pulse; here a table is one.
            try run(Self.tables.map { "\\copy \($0) FROM '\(file($0))'" }, on: empty.url)
            let (seconds, attoseconds) = started.duration(to: .now).components
            return Double(seconds) + Double(attoseconds) * 1e-18
        }
    }
}
