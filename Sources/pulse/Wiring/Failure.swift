import ArgumentParser
import Embedding
import Foundation
import Postgres

/// How a command ends badly: one line that says what happened and what to do, and an exit code that is not 0.
struct Failure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }

    /// Prints the error and ends the process.
    static func report(_ error: any Error, as command: any ParsableCommand.Type) -> Never {
        switch error {
        case is ExitCode, is CleanExit, is ValidationError:
            command.exit(withError: error)
        case is CancellationError:
            Foundation.exit(130)
        case _ where command.exitCode(for: error) != .failure:
            // A subcommand that only groups others asks for its help.
            command.exit(withError: error)
        case let error as PostgresError where error.kind == .cannotConnect:
            let reason = error.message.split(whereSeparator: \.isNewline).first.map(String.init) ?? "no reason given"
            Self.print("cannot reach PostgreSQL: \(reason); start it, or mend PULSE_DATABASE_URL")
        default:
            Self.print("\(error)")
        }
    }

    private static func print(_ line: String) -> Never {
        FileHandle.standardError.write(Data("pulse: \(line)\n".utf8))
        Foundation.exit(1)
    }
}
