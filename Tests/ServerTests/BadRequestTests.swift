import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Store
import Testing

@testable import Server

@Suite("Requests that no client should send", .enabled(if: TestWorld.isAvailable), .timeLimit(.minutes(10)))
struct BadRequestTests {
    private static func head(_ world: TestWorld, _ fields: [String]) -> String {
        (["POST /api/v1/search HTTP/1.1", "Host: localhost", "Authorization: Bearer \(world.viewerKey)"] + fields)
            .joined(separator: "\r\n") + "\r\n\r\n"
    }

    @Test("A body of 100 MB is refused, announced or not, and little of it is read")
    func huge() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                let announced = try await RawHTTP.exchange(
                    port: client.port,
                    [Self.head(world, ["Content-Length: 104857600"]), "{"]
                )
                #expect(announced.hasPrefix("HTTP/1.1 413 "))
                let megabyte = String(repeating: "x", count: 1 << 20)
                let chunk = "100000\r\n\(megabyte)\r\n"
                let streamed = try await RawHTTP.exchange(
                    port: client.port,
                    [Self.head(world, ["Transfer-Encoding: chunked"])] + Array(repeating: chunk, count: 100)
                )
                #expect(streamed.hasPrefix("HTTP/1.1 413 "))
                #expect(try await client.send(.get, "/api/v1/me", key: world.viewerKey).status == .ok)
            }
        }
    }

    @Test("A client that sends its body drop by drop is told 408, and its connection ends")
    func slow() async throws {
        try await TestWorld.with { world in
            let configuration = ServerConfiguration(port: 0, bodyDeadline: .seconds(1))
            let server = TestWorld.server(store: world.store, configuration: configuration)
            try await server.application().test(.live) { client in
                let answer = try await RawHTTP.exchange(
                    port: client.port,
                    [Self.head(world, ["Content-Length: 500"])] + Array(repeating: "{", count: 40),
                    pause: .milliseconds(200)
                )
                #expect(answer.hasPrefix("HTTP/1.1 408 "))
                #expect(answer.contains("slow_body"))
            }
        }
    }

    @Test("Who is refused before the body is read gets the answer, and holds no connection by sending on")
    func unread() async throws {
        try await TestWorld.with { world in
            let configuration = ServerConfiguration(port: 0, bodyDeadline: .seconds(1))
            let server = TestWorld.server(store: world.store, configuration: configuration)
            try await server.application().test(.live) { client in
                let head = "POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\n"
                let started = ContinuousClock.now
                let drops = try await RawHTTP.exchange(
                    port: client.port,
                    [head + "Content-Length: 60000\r\n\r\n"] + Array(repeating: "{", count: 100),
                    pause: .milliseconds(200)
                )
                #expect(drops.hasPrefix("HTTP/1.1 401 ") && drops.lowercased().contains("connection: close"))
                #expect(ContinuousClock.now - started < .seconds(15))
                let megabyte = String(repeating: "x", count: 1 << 20)
                let large = try await RawHTTP.exchange(
                    port: client.port,
                    [head + "Connection: close\r\nContent-Length: 20971520\r\n\r\n"] + Array(repeating: megabyte, count: 20)
                )
                #expect(large.hasPrefix("HTTP/1.1 401 "), Comment(rawValue: String(large.prefix(200))))
                // A short one is read to its end, and the connection serves the next request.
                let both = try await RawHTTP.exchange(
                    port: client.port,
                    [
                        head + "Content-Length: 2\r\n\r\n{}",
                        "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                    ]
                )
                #expect(both.hasPrefix("HTTP/1.1 401 ") && both.contains("HTTP/1.1 200 "))
            }
        }
    }

    @Test(
        "What is no HTTP, or HTTP with tricks, gets 4xx or a closed connection, and the server goes on",
        arguments: [
            "GET / HTTP/1.1\r\n\r\n", "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /api/v1/jobs/..%2f..%2fkeys HTTP/1.1\r\nHost: x\r\n\r\n", "GET /%2e%2e/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST /api/v1/search HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n{}",
            "POST /api/v1/search HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            "POST /api/v1/search HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nzz\r\n",
            "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}", "G\u{0}T / HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
            "GET /" + String(repeating: "a", count: 100_000) + " HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nX: " + String(repeating: "b", count: 200_000) + "\r\n\r\n",
            "GET /api/v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer pulse_\u{FF}\r\n\r\n",
            "BREW /coffee HTTP/1.1\r\nHost: x\r\n\r\n", "GET http://elsewhere/ HTTP/1.1\r\nHost: x\r\n\r\n",
        ]
    )
    func tricks(request: String) async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                let answer = try await RawHTTP.exchange(port: client.port, [request], patience: .seconds(1))
                #expect(!answer.hasPrefix("HTTP/1.1 5"), Comment(rawValue: String(answer.prefix(200))))
                let health = try await client.send(.get, "/health")
                #expect(health.status == .ok)
            }
        }
    }

    @Test("A flood of requests with wrong keys does not keep others from being answered")
    func flood() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                // A key that was good is let pass, whatever its neighbours present.
                #expect(try await client.send(.get, "/api/v1/me", key: world.viewerKey).status == .ok)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<8 {
                        group.addTask {
                            for round in 0..<50 {
                                let key =
                                    "pulse_" + String(repeating: "x", count: 39) + String(1_000 + (number * 50 + round) % 9_000)
                                let refused = try await client.send(.get, "/api/v1/me", key: key)
                                #expect([.unauthorized, .tooManyRequests].contains(refused.status))
                            }
                        }
                    }
                    for _ in 0..<20 {
                        let answer = try await client.send(.get, "/api/v1/me", key: world.viewerKey)
                        #expect(answer.status == .ok)
                    }
                    try await group.waitForAll()
                    let last = try await client.send(.get, "/api/v1/me", key: "pulse_" + String(repeating: "y", count: 43))
                    #expect(last.status == .tooManyRequests)
                }
            }
        }
    }
}
