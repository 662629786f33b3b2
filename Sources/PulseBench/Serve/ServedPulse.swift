import Foundation

/// A running `pulse serve`.
final class ServedPulse {
    let port: Int
    private let process = Process()

    /// - Parameter settings: of the environment.
    init(roles: String, settings: [String: String], log: URL) throws {
        guard let bench = Bundle.main.executableURL else { throw BenchError("the benchmark does not know where it is") }
        let executable =
            ProcessInfo.processInfo.environment["PULSE_BIN"]
            ?? bench.deletingLastPathComponent().appendingPathComponent("pulse").path
        guard FileManager.default.isExecutableFile(atPath: executable) else {
            throw BenchError("there is no \(executable); Scripts/bench builds it")
        }
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let output = Pipe()
        self.process.executableURL = URL(fileURLWithPath: executable)
        self.process.arguments = ["serve", "--roles", roles, "--port", "0"]
        self.process.environment = ProcessInfo.processInfo.environment.merging(settings) { $1 }
        self.process.standardOutput = output
        self.process.standardError = try FileHandle(forWritingTo: log)
        try self.process.run()
        var text = ""
        while let bytes = try output.fileHandleForReading.read(upToCount: 1), !bytes.isEmpty {
            text += String(decoding: bytes, as: UTF8.self)
            guard text.hasSuffix("\n"), let line = text.split(separator: "\n").last, line.hasPrefix("pulse on http://"),
                let port = line.split(separator: ":").last.flatMap({ Int($0) })
            else { continue }
            self.port = port
            return
        }
        throw BenchError("pulse serve has ended: \((try? String(contentsOf: log, encoding: .utf8)) ?? "")")
    }

    deinit { self.stop() }

    func stop() {
        guard self.process.isRunning else { return }
        self.process.terminate()
        self.process.waitUntilExit()
    }

    var figures: ProcessFigures { ProcessFigures(pid: self.process.processIdentifier) }
}
