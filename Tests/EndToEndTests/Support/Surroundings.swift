import Foundation
import Testing

/// What the tests run and run against, as the environment names it; `Scripts/test` sets all of it.
enum Surroundings {
    /// The `pulse` executable.
    static var executable: String? { Self.value("PULSE_BIN") }
    /// Of a user who may create databases and roles.
    static var databaseURL: String? { Self.value("PULSE_TEST_DATABASE_URL") }
    static var qdrantURL: String? { Self.value("PULSE_TEST_QDRANT_URL") }

    /// A Python with Qdrant's own client and a WebSocket library.
    static var officialClient: String? { Self.value("PULSE_TEST_OFFICIAL_CLIENT") }

    /// Whether the Qdrant is the project's engine, which takes faults at `/faults`; a real server does not.
    static func qdrantTakesFaults() async -> Bool {
        guard let url = Self.qdrantURL else { return false }
        return (try? await LoopbackHTTP.send("GET", url + "/faults").status) == 200
    }

    static var areComplete: Bool { Self.executable != nil && Self.databaseURL != nil && Self.qdrantURL != nil }

    /// The executable's own where they are not the project's.
    static var migrations: String {
        Self.value("PULSE_MIGRATIONS_DIR") ?? Self.project.appendingPathComponent("Migrations").path
    }

    /// Recorded answers of the real GitHub and Jira, beside the project; not part of it.
    static var recordings: String? {
        let folder = Self.project.deletingLastPathComponent().appendingPathComponent("shared/realdata").path
        return FileManager.default.fileExists(atPath: folder + "/github/devlake_json") ? folder : nil
    }

    /// A program of PostgreSQL: in the path, or where Debian keeps it; nil where there is none.
    static func postgres(_ program: String) -> String? {
        let files = FileManager.default
        let versions = (try? files.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        let folders =
            (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
            + versions.sorted().reversed().map { "/usr/lib/postgresql/\($0)/bin" }
        return folders.map { "\($0)/\(program)" }.first { files.isExecutableFile(atPath: $0) }
    }

    /// The project's root.
    static var project: URL {
        URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }

    private static func value(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension Trait where Self == ConditionTrait {
    /// Only where there is all that the tests need.
    static var inSurroundings: Self {
        .enabled(if: Surroundings.areComplete, "Scripts/test sets PULSE_BIN and the URLs of the services")
    }
}
