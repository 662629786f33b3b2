import Foundation

/// A process that this one starts and stops.
final class Child {
    private let process = Process()
    private let output = Pipe()

    /// - Parameter executable: this very program where none is named.
    init(_ arguments: [String], executable: String? = nil, environment: [String: String] = [:]) throws {
        self.process.executableURL = executable.map { URL(fileURLWithPath: $0) } ?? Bundle.main.executableURL
        self.process.arguments = arguments
        self.process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        self.process.standardOutput = self.output
        try self.process.run()
    }

    var figures: ProcessFigures { ProcessFigures(pid: self.process.processIdentifier) }

    deinit { self.stop() }

    /// The first line that the process prints.
    func firstLine() throws -> String {
        var line: [UInt8] = []
        while let byte = try self.output.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
            line.append(byte)
        }
        guard !line.isEmpty else { throw BenchError("a process of the benchmark ended before it was ready") }
        return String(decoding: line, as: UTF8.self)
    }

    /// Waits for its end.
    ///
    /// - Returns: all that it printed.
    func finish() throws -> Data {
        let data = try self.output.fileHandleForReading.readToEnd() ?? Data()
        self.process.waitUntilExit()
        guard self.process.terminationStatus == 0 else {
            throw BenchError(
                "\(self.process.arguments?.first ?? "") ended with \(self.process.terminationStatus): \(String(decoding: data, as: UTF8.self))"
            )
        }
        return data
    }

    func stop() {
        guard self.process.isRunning else { return }
        self.process.terminate()
        self.process.waitUntilExit()
    }
}
