import ArgumentParser
import Embedding
import Foundation

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
        default:
            FileHandle.standardError.write(Data("pulse: \(error)\n".utf8))
            Foundation.exit(1)
        }
    }
}
