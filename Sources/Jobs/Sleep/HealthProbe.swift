/// A part of the service that can be away, and how to find out.
public struct HealthProbe: Sendable {
    public var name: String
    /// Throws what is wrong.
    public var check: @Sendable () async throws -> Void

    public init(_ name: String, check: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.check = check
    }

    private struct Slow: Error, CustomStringConvertible {
        var description: String { "no answer within the time limit" }
    }

    /// - Returns: what is wrong, in one line; nil where nothing is.
    public func trouble(within limit: Duration) async -> String? {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.check() }
                group.addTask {
                    try await Task.sleep(for: limit)
                    throw Slow()
                }
                try await group.next()
                group.cancelAll()
            }
            return nil
        } catch {
            return String(String(describing: error).split(whereSeparator: \.isNewline).first ?? "no reason given")
        }
    }
}
