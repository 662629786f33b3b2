import Foundation
import HummingbirdTesting
import Store
import Testing

@testable import Server

/// Defends invariant 2: what no longer opens a channel keeps none open.
@Suite("A progress channel's key", .enabled(if: TestWorld.isAvailable), .timeLimit(.minutes(10)))
struct ProgressAccessTests {
    private static let path = "/ws/progress/Vectorization"
    private static let limits = ProgressLimits(accessInterval: .milliseconds(200))

    private func bearer(_ key: String) -> [String] { ["Authorization: Bearer \(key)"] }

    @Test("A revoked key's channel ends with 1008, and others stay", arguments: [false, true])
    func revoked(byTicket: Bool) async throws {
        try await TestWorld.with { world in
            try await world.serve(progress: Self.limits) { client in
                let (key, text) = try await world.store.createKey(
                    tenant: world.acme,
                    name: "short-lived",
                    role: .viewer,
                    by: "ann"
                )
                var (path, headers) = (Self.path, bearer(text))
                if byTicket {
                    let ticket = try await client.send(.post, "/api/v1/progress/tickets", key: text).member("ticket")
                    (path, headers) = ("\(path)?ticket=\(try #require(ticket))", [])
                }
                try await TestSocket.open(port: client.port, Self.path, headers: bearer(world.viewerKey)) { other in
                    try await TestSocket.open(port: client.port, path, headers: headers) { socket in
                        #expect(socket.status == 101)
                        try await Task.sleep(for: .milliseconds(500))
                        // It is still open.
                        try await socket.send(0x9, [1])
                        let pong = try await socket.frame()
                        #expect(pong == TestSocket.Frame(opcode: 0xA, payload: [1]))
                        let isRevoked = try await world.store.revokeKey(key.id, tenant: world.acme)
                        #expect(isRevoked)
                        let code = try await socket.closeCode()
                        #expect(code == 1008)
                    }
                    try await other.send(0x9, [2])
                    let pong = try await other.frame()
                    #expect(pong == TestSocket.Frame(opcode: 0xA, payload: [2]))
                }
            }
        }
    }

    @Test("A channel lives no longer than the key that opened it, nor than its tenant")
    func expiry() async throws {
        try await TestWorld.with { world in
            try await world.serve(progress: Self.limits) { client in
                let (_, text) = try await world.store.createKey(
                    tenant: world.acme,
                    name: "ends soon",
                    role: .viewer,
                    expiresAt: Date(timeIntervalSinceNow: 1.5),
                    by: "ann"
                )
                try await TestSocket.open(port: client.port, Self.path, headers: bearer(text)) { socket in
                    #expect(socket.status == 101)
                    let code = try await socket.closeCode()
                    #expect(code == 1008)
                }
                try await TestSocket.open(port: client.port, Self.path, headers: bearer(world.rivalKey)) { socket in
                    #expect(socket.status == 101)
                    try await world.database.run("UPDATE tenants SET active = false WHERE name = 'rival'")
                    let code = try await socket.closeCode()
                    #expect(code == 1008)
                }
            }
        }
    }

    @Test("A token's channel goes by the token's end and its tenant, as there is no key to revoke")
    func token() async throws {
        try await TestWorld.with { world in
            let id = UUID()
            func person(until end: Date) -> Principal {
                Principal(
                    tenant: world.acme,
                    tenantName: "acme",
                    key: id,
                    role: .viewer,
                    credential: .token,
                    until: end
                )
            }
            let isGood = try await world.store.isInForce(person(until: Date(timeIntervalSinceNow: 60)))
            #expect(isGood)
            let isExpiredGood = try await world.store.isInForce(person(until: Date(timeIntervalSinceNow: -1)))
            #expect(!isExpiredGood)
            // The same without an end, but as a key, is nobody's.
            var key = person(until: Date(timeIntervalSinceNow: 60))
            key.credential = .key
            let isUnknownGood = try await world.store.isInForce(key)
            #expect(!isUnknownGood)
        }
    }
}
