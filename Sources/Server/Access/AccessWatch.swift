import Foundation
import Store

/// Tells whether a key or token that opened something lasting is still in force. All channels of a process ask here, and the same
/// key is looked up once in some seconds however many of them it has opened.
actor AccessWatch {
    typealias Check = @Sendable (Principal) async throws -> Bool

    private struct Known {
        var answer: Task<Bool, Never>
        var until: ContinuousClock.Instant
    }

    private let lifetime: Duration
    private let capacity: Int
    private let check: Check
    private var known: [UUID: Known] = [:]

    /// - Parameters:
    ///   - lifetime: how long an answer is good.
    ///   - check: asks the database.
    init(lifetime: Duration, capacity: Int = 4_096, check: @escaping Check) {
        self.lifetime = lifetime
        self.capacity = capacity
        self.check = check
    }

    /// Where the database is away nobody is shut out for that.
    func isInForce(_ principal: Principal) async -> Bool {
        if let end = principal.until, end <= Date() { return false }
        let now = ContinuousClock.now
        if let known = self.known[principal.key], known.until > now { return await known.answer.value }
        if self.known.count >= self.capacity { self.known = self.known.filter { $0.value.until > now } }
        let answer = Task { [check] in (try? await check(principal)) ?? true }
        self.known[principal.key] = Known(answer: answer, until: now + self.lifetime)
        return await answer.value
    }
}
