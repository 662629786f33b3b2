import Crypto
import Foundation
import Store

/// Tells whose a key is, and remembers it for some seconds: a revoked key works that long at most.
///
/// Only keys that are in force are remembered, under a digest, so that no memory image holds them for longer than a request.
actor Authenticator {
    typealias LookUp = @Sendable (String) async throws -> Principal?

    private struct Known {
        var principal: Principal
        var until: ContinuousClock.Instant
    }

    private let lifetime: Duration
    private let capacity: Int
    private let lookUp: LookUp
    private var known: [SHA256.Digest: Known] = [:]

    init(lifetime: Duration = .seconds(10), capacity: Int = 4_096, lookUp: @escaping LookUp) {
        self.lifetime = lifetime
        self.capacity = capacity
        self.lookUp = lookUp
    }

    /// - Throws: ``Problem`` where the request carries no key in force; what the database throws where it is away.
    func principal(_ presented: PresentedKey) async throws -> Principal {
        guard case .key(let key) = presented else { throw Problem.unauthenticated }
        let digest = SHA256.hash(data: Data(key.utf8))
        if let known = self.known[digest], known.until > .now { return known.principal }
        self.known[digest] = nil
        let asked = ContinuousClock.now
        guard let principal = try await self.lookUp(key) else { throw Problem.unauthenticated }
        self.makeRoom()
        self.known[digest] = Known(principal: principal, until: asked + self.lifetime)
        return principal
    }

    private func makeRoom() {
        guard self.known.count >= self.capacity else { return }
        let now = ContinuousClock.now
        self.known = self.known.filter { $0.value.until > now }
        // Forgetting costs a look-up each, no more.
        if self.known.count >= self.capacity { self.known.removeAll(keepingCapacity: true) }
    }
}
