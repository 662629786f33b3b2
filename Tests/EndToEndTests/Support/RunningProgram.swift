import Foundation
import Synchronization

/// A process of this test, its output in files.
final class RunningProgram: Sendable {
    /// How a process ended.
    struct Outcome: Sendable {
        var arguments: [String]
        /// The exit code; nil where a signal ended it.
        var status: Int32?
        var output: String
        var errors: String

        func json() throws -> JSON { try JSON(self.output) }
    }

    private enum State {
        case running([CheckedContinuation<Void, Never>])
        case ended(status: Int32?)
    }

    let arguments: [String]
    let identifier: pid_t
    private let outputPath: String
    private let errorPath: String
    private let state: Mutex<State>

    /// - Parameters:
    ///   - environment: all of it.
    ///   - folder: working directory, and where the output is kept.
    init(_ executable: String, _ arguments: [String], environment: [String: String], folder: String) throws {
        let name = "\(folder)/run-\(UUID().uuidString.prefix(8))"
        (self.outputPath, self.errorPath) = (name + ".out", name + ".err")
        for path in [self.outputPath, self.errorPath] where !FileManager.default.createFile(atPath: path, contents: nil) {
            throw TestFailure("\(path) cannot be made")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: self.outputPath))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: self.errorPath))
        let ended = AsyncStream<Int32?>.makeStream()
        process.terminationHandler = { process in
            ended.continuation.yield(process.terminationReason == .exit ? process.terminationStatus : nil)
            ended.continuation.finish()
        }
        self.arguments = arguments
        self.state = Mutex(.running([]))
        try process.run()
        self.identifier = process.processIdentifier
        Task {
            for await status in ended.stream { self.end(status) }
        }
    }

    /// What it has written so far.
    var output: String { Self.read(self.outputPath) }
    var errors: String { Self.read(self.errorPath) }

    var isRunning: Bool {
        self.state.withLock { state in
            if case .running = state { true } else { false }
        }
    }

    func send(_ signal: Int32) {
        if self.isRunning { kill(self.identifier, signal) }
    }

    /// Waits for its end; after `limit` it is killed, and that is an error.
    @discardableResult
    func wait(atMost limit: Duration = .seconds(120)) async throws -> Outcome {
        let watch = Task {
            try await Task.sleep(for: limit)
            self.send(SIGKILL)
            return true
        }
        await withCheckedContinuation { continuation in
            let hasEnded = self.state.withLock { state in
                guard case .running(let waiting) = state else { return true }
                state = .running(waiting + [continuation])
                return false
            }
            if hasEnded { continuation.resume() }
        }
        watch.cancel()
        if (try? await watch.value) == true {
            throw TestFailure(
                "`\(self.arguments.joined(separator: " "))` did not end within \(limit): \(self.errors.suffix(2_000))"
            )
        }
        let status: Int32? = self.state.withLock { state in
            if case .ended(let status) = state { status } else { nil }
        }
        return Outcome(arguments: self.arguments, status: status, output: self.output, errors: self.errors)
    }

    /// Ends it at once.
    func kill9() async throws {
        self.send(SIGKILL)
        try await self.wait()
    }

    private func end(_ status: Int32?) {
        let waiting: [CheckedContinuation<Void, Never>] = self.state.withLock { state in
            guard case .running(let waiting) = state else { return [] }
            state = .ended(status: status)
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    private static func read(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}
