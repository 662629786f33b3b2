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
            Self.end(with: error, of: command)
        case is CancellationError:
            ProcessEnd.end(130)
        case _ where command.exitCode(for: error) != .failure:
            // A subcommand that only groups others asks for its help.
            Self.end(with: error, of: command)
        case let error as PostgresError where error.kind == .cannotConnect:
            let reason = error.message.split(whereSeparator: \.isNewline).first.map(String.init) ?? "no reason given"
            Self.print("cannot reach PostgreSQL: \(reason); start it, or mend PULSE_DATABASE_URL")
        default:
            Self.print("\(error)")
        }
    }

    /// What ArgumentParser would print, and its exit code.
    private static func end(with error: any Error, of command: any ParsableCommand.Type) -> Never {
        let (code, message) = (command.exitCode(for: error), command.fullMessage(for: error))
        if !message.isEmpty {
            let output = code.isSuccess ? FileHandle.standardOutput : FileHandle.standardError
            output.write(Data("\(message)\n".utf8))
        }
        ProcessEnd.end(code.rawValue)
    }

    private static func print(_ line: String) -> Never {
        FileHandle.standardError.write(Data("pulse: \(line)\n".utf8))
        ProcessEnd.end(1)
    }
}
