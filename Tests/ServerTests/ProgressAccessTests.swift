import Foundation
import HummingbirdTesting
import PulseModel
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

    @Test("A ticket works once, in its time, for its channel, and brings back whom it was given to")
    func tickets() async throws {
        try await TestWorld.with { world in
            let office = TicketOffice(store: world.store)
            let person = Principal(
                tenant: world.acme,
                tenantName: "acme",
                key: UUID(),
                role: .operator,
                actor: "user ann@acme.example",
                credential: .token,
                until: Date(timeIntervalSince1970: 4_000_000_000)
            )
            func redeem(_ ticket: String, _ channel: ProgressChannel) async throws -> Principal? {
                try await office.redeem(ticket, channel: channel)
            }
            let any = try await office.issue(to: person, channel: nil)
            #expect(try await redeem(any, .jira) == person)
            #expect(try await redeem(any, .jira) == nil)
            let bound = try await office.issue(to: person, channel: .github)
            #expect(try await redeem(bound, .jira) == nil)
            #expect(try await redeem(bound, .github) == nil)
            let late = try await office.issue(to: person, channel: nil)
            try await world.database.run("UPDATE progress_tickets SET expires_at = now()")
            #expect(try await redeem(late, .jira) == nil)
            let unused = try await office.issue(to: person, channel: nil)
            try await world.database.run("UPDATE tenants SET active = false WHERE name = 'acme'")
            #expect(try await redeem(unused, .jira) == nil)
        }
    }

    @Test("One tenant cannot use up the tickets of the others, and expired ones are cleared")
    func ticketLimit() async throws {
        try await TestWorld.with { world in
            var office = TicketOffice(store: world.store, perTenant: 2)
            func person(_ tenant: UUID) -> Principal {
                Principal(tenant: tenant, tenantName: "any", key: UUID(), role: .viewer)
            }
            let (one, other) = (person(world.acme), person(world.rival))
            for _ in 0..<2 { _ = try await office.issue(to: one, channel: nil) }
            await #expect(throws: Problem.self) { try await office.issue(to: one, channel: nil) }
            _ = try await office.issue(to: other, channel: nil)
            office.capacity = 3
            await #expect(throws: Problem.self) { try await office.issue(to: other, channel: nil) }
            try await world.database.run("UPDATE progress_tickets SET expires_at = now() - interval '1 second'")
            _ = try await office.issue(to: one, channel: nil)
            _ = try await world.store.clear(tenant: world.acme, retention: Retention())
            let left = try await world.database.query("SELECT count(*) AS n FROM progress_tickets")
            #expect(try left[0].decode("n", as: Int.self) == 2)
        }
    }

    @Test("A ticket of one process opens its channel at another, once, and then at neither")
    func ticketElsewhere() async throws {
        try await TestWorld.with { world in
            try await world.serve { first in
                try await world.serve { second in
                    let answer = try await first.send(.post, "/api/v1/progress/tickets", key: world.viewerKey)
                    let ticket = try #require(try answer.member("ticket"))
                    for (client, status) in [(second, 101), (second, 401), (first, 401)] {
                        try await TestSocket.open(port: client.port, "\(Self.path)?ticket=\(ticket)", headers: []) { socket in
                            #expect(socket.status == status)
                        }
                    }
                }
            }
        }
    }

    @Test("Tickets that are nobody's count as keys that are nobody's do")
    func guesses() async throws {
        try await TestWorld.with { world in
            let configuration = ServerConfiguration(port: 0, failedKeysPerMinute: 2)
            try await TestWorld.server(store: world.store, configuration: configuration).application().test(.live) { client in
                for status in [401, 401, 429] {
                    try await TestSocket.open(port: client.port, "\(Self.path)?ticket=guess", headers: []) { socket in
                        #expect(socket.status == status)
                    }
                }
            }
        }
    }
}
