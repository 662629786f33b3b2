/// Whether one part that the service needs can work.
public struct ReadinessCheck: Sendable, Equatable {
    public var name: String
    /// Why not; nil where it can.
    public var reason: String?

    public var isReady: Bool { self.reason == nil }

    public init(name: String, reason: String? = nil) {
        self.name = name
        self.reason = reason
    }

    /// Tries a part.
    ///
    /// - Parameters:
    ///   - limit: after which the part counts as away.
    ///   - probe: throws where the part is away; must end when it is cancelled.
    public static func probing(
        _ name: String,
        within limit: Duration = .seconds(2),
        _ probe: @escaping @Sendable () async throws -> Void
    ) async -> ReadinessCheck {
        await withTaskGroup(of: ReadinessCheck?.self) { group in
            group.addTask {
                do {
                    try await probe()
                    return ReadinessCheck(name: name)
                } catch is CancellationError {
                    return nil
                } catch {
                    return Task.isCancelled ? nil : ReadinessCheck(name: name, reason: "\(error)")
                }
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return Task.isCancelled ? nil : ReadinessCheck(name: name, reason: "no answer within \(limit)")
            }
            for await check in group {
                guard let check else { continue }
                group.cancelAll()
                return check
            }
            return ReadinessCheck(name: name, reason: "the check was cancelled")
        }
    }
}
