import Crypto
import Foundation
import NIOCore
import Store

/// Tells whose a key or token is, and remembers keys for some seconds: a revoked key works that long at most.
///
/// Only keys that are in force are remembered, under a digest, so that no memory image holds them for longer than a request.
actor Authenticator {
    /// Says whose a key is, and until when it is good where it has an end; nil where it is nobody's.
    typealias LookUp = @Sendable (String) async throws -> (caller: Caller, until: Date?)?
    /// Verifies a JSON Web Token, and says until when it is good; nil where it is not to be trusted.
    typealias Verification = @Sendable (String) async throws -> (Caller, until: Date)?

    private struct Known {
        var caller: Caller
        var until: ContinuousClock.Instant
    }

    private let lifetime: Duration
    private let capacity: Int
    private let lookUp: LookUp
    private let verify: Verification?
    private let failures: FailedAttempts
    /// Those whose time is over are asked again, and let pass where their address has failed too often: they were good before.
    private var known: [SHA256.Digest: Known] = [:]

    /// - Parameters:
    ///   - failures: how often an address may present what nobody has.
    ///   - verify: nil where the installation trusts no issuer of tokens.
    init(
        lifetime: Duration = .seconds(10),
        capacity: Int = 4_096,
        failures: FailedAttempts = FailedAttempts(quota: 0),
        lookUp: @escaping LookUp,
        verify: Verification? = nil
    ) {
        self.lifetime = lifetime
        self.capacity = capacity
        self.failures = failures
        self.lookUp = lookUp
        self.verify = verify
    }

    /// - Parameter address: of the client; nil counts no failures.
    /// - Throws: ``Problem`` where the request carries nothing in force; what the database throws where it is away.
    func caller(_ presented: PresentedKey, from address: SocketAddress? = nil) async throws -> Caller {
        switch presented {
        case .none, .unusable: throw Problem.unauthenticated
        case .key(let key): return try await self.caller(key, address) { try await self.lookUp(key) }
        case .token(let token):
            guard let verify = self.verify else { throw Problem.unauthenticated }
            // A forged one is told by its signature, which costs no look-up.
            return try await self.caller(token, nil) { try await verify(token).map { (caller: $0.0, until: $0.until) } }
        }
    }

    /// Looks up what is good once, as a ticket is: one that is nobody's counts as a failure of the address, as a key does.
    ///
    /// - Throws: ``Problem`` where it is nobody's or the address has failed too often; what `ask` throws.
    func attempt<Owner: Sendable>(
        from address: SocketAddress?,
        _ ask: @Sendable () async throws -> Owner?
    ) async throws -> Owner {
        if let seconds = self.failures.wait(address) { throw Problem.tooManyFailures(seconds) }
        guard let owner = try await ask() else {
            self.failures.count(address)
            throw Problem.unauthenticated
        }
        return owner
    }

    private func caller(
        _ text: String,
        _ address: SocketAddress?,
        ask: @Sendable () async throws -> (caller: Caller, until: Date?)?
    ) async throws -> Caller {
        let digest = SHA256.hash(data: Data(text.utf8))
        if let known = self.known[digest] {
            if known.until > .now { return known.caller }
        } else if let seconds = self.failures.wait(address) {
            throw Problem.tooManyFailures(seconds)
        }
        let asked = ContinuousClock.now
        guard let (caller, end) = try await ask() else {
            self.known[digest] = nil
            self.failures.count(address)
            throw Problem.unauthenticated
        }
        self.makeRoom()
        // No longer than the key or token itself is good.
        let rest = end.map { Duration.seconds($0.timeIntervalSinceNow) } ?? self.lifetime
        self.known[digest] = Known(caller: caller, until: asked + min(self.lifetime, rest))
        return caller
    }

    /// What is known of a key is asked again: it was revoked here.
    func forget(_ caller: UUID) {
        self.known = self.known.filter { $0.value.caller.identity != caller }
    }

    /// All keys of a tenant are asked again: it was closed here.
    func forget(tenant: UUID) {
        self.known = self.known.filter { entry in
            guard case .tenant(let principal) = entry.value.caller else { return true }
            return principal.tenant != tenant
        }
    }

    private func makeRoom() {
        guard self.known.count >= self.capacity else { return }
        let now = ContinuousClock.now
        self.known = self.known.filter { $0.value.until > now }
        // Forgetting costs a look-up each, no more.
        if self.known.count >= self.capacity { self.known.removeAll(keepingCapacity: true) }
    }
}
