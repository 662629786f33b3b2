import Store

/// Whether one part that the service needs can work.
public struct ReadinessCheck: Sendable, Equatable {
    public var name: String
    /// Why not, as anybody may read it; nil where it can.
    public var reason: String?
    /// What the part said; it may name hosts and statements, and goes to the log only.
    public var cause: String?

    public var isReady: Bool { self.reason == nil }

    public init(name: String, reason: String? = nil, cause: String? = nil) {
        self.name = name
        self.reason = reason
        self.cause = cause
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
                } catch let error as StoreError {
                    return ReadinessCheck(name: name, reason: error.description)
                } catch {
                    guard !Task.isCancelled else { return nil }
                    return ReadinessCheck(
                        name: name,
                        reason: "it does not answer as it should; the service's log says why",
                        cause: "\(error)"
                    )
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
