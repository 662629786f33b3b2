import Testing

extension World {
    /// Runs `pulse serve` while `body` works.
    func serving(
        roles: String,
        environment: [String: String] = [:],
        _ body: (_ url: String, _ program: RunningProgram) async throws -> Void
    ) async throws {
        let program = try self.start(["serve", "--port", "0", "--roles", roles], environment: environment)
        do {
            let mark = "pulse on "
            let url = try await eventually("the service starts") { () -> String? in
                try #require(program.isRunning, "\(program.errors)")
                return program.output.split(separator: "\n").first { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) }
            }
            try await body(url, program)
            try await program.kill9()
        } catch {
            try await program.kill9()
            throw error
        }
    }
}
