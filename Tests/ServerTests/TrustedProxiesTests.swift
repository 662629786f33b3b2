import Foundation
import HTTPTransport
import HummingbirdTesting
import NIOCore
import Testing

@testable import Server

@Suite("Proxies before the service", .timeLimit(.minutes(10)))
struct TrustedProxiesTests {
    @Test(
        "Behind a trusted proxy the client is the last that no proxy is; what cannot be read leaves the peer",
        arguments: [
            (["203.0.113.7"], "203.0.113.7"), (["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
            (["198.51.100.1", "203.0.113.7,10.1.2.3"], "203.0.113.7"), ([" 2001:db8::7 "], "2001:db8:0:0:0:0:0:7"),
            ([], "10.1.0.9"), (["10.1.2.3"], "10.1.0.9"), (["unknown"], "10.1.0.9"), (["203.0.113.7, nonsense"], "10.1.0.9"),
            (["198.51.100.1:80, 203.0.113.7:49152, 10.1.2.3:80"], "203.0.113.7"),
            (["[2001:db8::7]:49152", "[2001:db8::7]"], "2001:db8:0:0:0:0:0:7"), (["[2001:db8::7"], "10.1.0.9"),
            (["203.0.113.7:", "203.0.113.7]:80"], "10.1.0.9"),
        ] as [([String], String)]
    )
    func client(forwarded: [String], expected: String) throws {
        let proxies = TrustedProxies(["10.1.0.0/16"].compactMap { IPNetwork($0) })
        for peer in ["10.1.0.9", "::ffff:10.1.0.9"] {
            let peer = try SocketAddress(ipAddress: peer, port: 80)
            #expect(proxies.client(behind: peer, forwarded: forwarded)?.ip?.description == expected)
            #expect(TrustedProxies().client(behind: peer, forwarded: forwarded) == peer)
        }
        let stranger = try SocketAddress(ipAddress: "192.0.2.1", port: 80)
        #expect(proxies.client(behind: stranger, forwarded: forwarded) == stranger)
    }

    @Test(
        "A client with keys of nobody's shuts out no other behind the same trusted proxy, neither of the API nor of a channel",
        .enabled(if: TestWorld.isAvailable),
        arguments: [true, false]
    )
    func failures(isTrusted: Bool) async throws {
        let networks = isTrusted ? ["127.0.0.0/8", "::1"].compactMap { IPNetwork($0) } : []
        let configuration = ServerConfiguration(port: 0, failedKeysPerMinute: 2, trustedProxies: TrustedProxies(networks))
        try await TestWorld.with { world in
            try await TestWorld.server(store: world.store, configuration: configuration).application().test(.live) { client in
                func status(_ key: String, from address: String) async throws -> Int {
                    let fields = ["x-forwarded-for": address]
                    return try await client.send(.get, "/api/v1/status", key: key, fields: fields).status.code
                }
                let wrong = "pulse_" + String(repeating: "w", count: 43)
                var answers: [Int] = []
                for _ in 0..<3 { answers.append(try await status(wrong, from: "203.0.113.1")) }
                #expect(answers == [401, 401, 429])
                let other = try await status(world.viewerKey, from: "203.0.113.2")
                #expect(other == (isTrusted ? 200 : 429))
                let token = try await status("a.b.c", from: "203.0.113.1")
                #expect(token == 401, "a token does not pass the gate of keys")
                for (address, expected) in [("203.0.113.1", 429), ("203.0.113.2", isTrusted ? 101 : 429)] {
                    let headers = ["Authorization: Bearer \(world.rivalKey)", "X-Forwarded-For: \(address)"]
                    try await TestSocket.open(port: client.port, "/ws/progress/Jira", headers: headers) { socket in
                        #expect(socket.status == expected)
                    }
                }
            }
        }
    }
}
