import Foundation

/// A `pulse sandbox` of this test.
struct SandboxServer: Sendable {
    let url: String
    let program: RunningProgram

    static func start(_ executable: String, _ arguments: [String], environment: [String: String], folder: String) async throws
        -> SandboxServer
    {
        let program = try RunningProgram(
            executable,
            ["sandbox", "--port", "0"] + arguments,
            environment: environment,
            folder: folder
        )
        let mark = "sandbox on "
        let url = try await eventually("the sandbox starts") { () -> String? in
            guard program.isRunning else { throw TestFailure("the sandbox ended: \(program.errors)") }
            return program.output.split(separator: "\n").first { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) }
        }
        return SandboxServer(url: url, program: program)
    }

    func stop() async throws { try await self.program.kill9() }

    /// Adds a fault, as `Scripts` and people do: see `pulse sandbox --help`.
    func inject(_ fault: JSON) async throws { try await self.post("/sandbox/faults", fault) }

    func heal() async throws { try await self.expect(LoopbackHTTP.send("DELETE", self.url + "/sandbox/faults")) }

    func patchIssue(_ key: String, _ patch: JSON) async throws { try await self.post("/sandbox/issues/\(key)", patch) }

    func patchPull(_ repository: String, _ number: Int, _ patch: JSON) async throws {
        try await self.post("/sandbox/pulls/\(repository)/\(number)", patch)
    }

    func status() async throws -> JSON { try await LoopbackHTTP.send("GET", self.url + "/sandbox/status").json() }

    private func post(_ path: String, _ body: JSON) async throws {
        try await self.expect(LoopbackHTTP.send("POST", self.url + path, body: body))
    }

    private func expect(_ answer: LoopbackHTTP.Answer) throws {
        guard answer.status == 204 else { throw TestFailure("the sandbox answered \(answer.status): \(answer.body)") }
    }
}
