import Foundation
import NIOCore
import PulseModel
import Store
import Synchronization
import Testing

@testable import Server

@Suite("Keys")
struct AccessTests {
    private static let key = "pulse_" + String(repeating: "a", count: 43)

    private func principal(_ tenant: UUID = UUID()) -> Principal {
        Principal(tenant: tenant, tenantName: "acme", key: UUID(), role: .viewer)
    }

    @Test("A key is looked up once within its time, and again after it")
    func cache() async throws {
        let lookUps = Mutex(0)
        let known = Caller.tenant(principal())
        let authenticator = Authenticator(lifetime: .milliseconds(200)) { _ in
            lookUps.withLock { $0 += 1 }
            return (known, nil)
        }
        for _ in 0..<5 { #expect(try await authenticator.caller(.key(Self.key)) == known) }
        #expect(lookUps.withLock { $0 } == 1)
        try await Task.sleep(for: .milliseconds(250))
        #expect(try await authenticator.caller(.key(Self.key)) == known)
        #expect(lookUps.withLock { $0 } == 2)
    }

    @Test("A key is not remembered for longer than it is good, nor beyond the closing of its tenant")
    func ends() async throws {
        let lookUps = Mutex(0)
        let tenant = UUID()
        let known = Caller.tenant(principal(tenant))
        let authenticator = Authenticator { key in
            lookUps.withLock { $0 += 1 }
            return (known, key == Self.key ? Date.now.addingTimeInterval(0.2) : nil)
        }
        for _ in 0..<3 { #expect(try await authenticator.caller(.key(Self.key)) == known) }
        #expect(lookUps.withLock { $0 } == 1)
        try await Task.sleep(for: .milliseconds(250))
        _ = try await authenticator.caller(.key(Self.key))
        #expect(lookUps.withLock { $0 } == 2)
        let endless = "pulse_" + String(repeating: "e", count: 43)
        for _ in 0..<2 { _ = try await authenticator.caller(.key(endless)) }
        #expect(lookUps.withLock { $0 } == 3)
        await authenticator.forget(tenant: tenant)
        _ = try await authenticator.caller(.key(endless))
        #expect(lookUps.withLock { $0 } == 4)
    }

    @Test("A refusal is not remembered")
    func refusal() async throws {
        let lookUps = Mutex(0)
        let authenticator = Authenticator { _ in
            lookUps.withLock { $0 += 1 }
            return nil
        }
        for _ in 0..<3 {
            await #expect(throws: Problem.unauthenticated) { try await authenticator.caller(.key(Self.key)) }
        }
        #expect(lookUps.withLock { $0 } == 3)
    }

    @Test("An address that presents too many keys of nobody waits, others do not, and neither does a key that was good before")
    func failures() async throws {
        let good = "pulse_" + String(repeating: "g", count: 43)
        let known = Caller.tenant(principal())
        let lookUps = Mutex(0)
        let authenticator = Authenticator(lifetime: .milliseconds(10), failures: FailedAttempts(quota: 3)) { key in
            lookUps.withLock { $0 += 1 }
            return key == good ? (known, nil) : nil
        }
        let one = try SocketAddress(ipAddress: "192.0.2.1", port: 1_000)
        let same = try SocketAddress(ipAddress: "192.0.2.1", port: 2_000)
        let other = try SocketAddress(ipAddress: "192.0.2.2", port: 1_000)
        #expect(try await authenticator.caller(.key(good), from: one) == known)
        for _ in 0..<3 {
            await #expect(throws: Problem.unauthenticated) { try await authenticator.caller(.key(Self.key), from: one) }
        }
        let asked = lookUps.withLock { $0 }
        let refused = await #expect(throws: Problem.self) { try await authenticator.caller(.key(Self.key), from: same) }
        #expect(refused?.status == .tooManyRequests && refused?.headers.contains { $0.name == "retry-after" } == true)
        #expect(lookUps.withLock { $0 } == asked, "the database is not asked")
        await #expect(throws: Problem.unauthenticated) { try await authenticator.caller(.key(Self.key), from: other) }
        try await Task.sleep(for: .milliseconds(20))
        #expect(try await authenticator.caller(.key(good), from: same) == known)
    }

    @Test("The bucket fills again, and a network of IPv6 is one address")
    func filling() throws {
        let attempts = FailedAttempts(quota: 60)
        let now = ContinuousClock.now
        let one = try SocketAddress(ipAddress: "2001:db8:1:2::1", port: 1)
        let near = try SocketAddress(ipAddress: "2001:db8:1:2:ffff::9", port: 1)
        let far = try SocketAddress(ipAddress: "2001:db8:1:3::1", port: 1)
        for _ in 0..<60 { attempts.count(one, now: now) }
        #expect(attempts.wait(near, now: now) == 1)
        #expect(attempts.wait(far, now: now) == nil)
        #expect(attempts.wait(one, now: now + .seconds(2)) == nil)
        #expect(attempts.wait(nil, now: now) == nil)
    }

    @Test(
        "Only one well-formed key counts",
        arguments: [
            (["Bearer \(Self.key)"], [], true), ([], [Self.key], true), (["bearer  \(Self.key)"], [Self.key], true),
            (["Basic abc"], [Self.key], false), (["Bearer \(Self.key)"], [String(Self.key.reversed())], false),
            (["Bearer pulse_short"], [], false), ([], [], false), (["Bearer"], [], false), ([], ["", Self.key], false),
        ] as [([String], [String], Bool)]
    )
    func presented(authorization: [String], apiKey: [String], isKey: Bool) {
        if case .key(let key) = PresentedKey(authorization: authorization, apiKey: apiKey) {
            #expect(isKey)
            #expect(key == Self.key)
        } else {
            #expect(!isKey)
        }
    }
}
