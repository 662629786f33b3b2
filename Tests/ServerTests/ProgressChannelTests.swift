import Foundation
import HummingbirdTesting
import Logging
import NIOPosix
import Postgres
import PulseModel
import ServiceLifecycle
import Store
import Testing

@testable import Server

@Suite("A progress channel", .enabled(if: TestWorld.isAvailable), .timeLimit(.minutes(10)))  // Needs PULSE_TEST_DATABASE_URL.
struct ProgressChannelTests {
    private static let path = "/ws/progress/Vectorization"

    private func bearer(_ key: String) -> [String] { ["Authorization: Bearer \(key)"] }

    private func message(_ text: String) throws -> ProgressMessage {
        try JSONDecoder().decode(ProgressMessage.self, from: Data(text.utf8))
    }

    private func start(_ world: TestWorld, tenant: UUID? = nil, total: Int = 10) async throws -> RunReference {
        try await world.store.startRun(
            tenant: tenant ?? world.acme,
            integration: nil,
            jobName: "vectorization_job",
            channel: .vectorization,
            total: total
        )
    }

    private func progress(_ run: RunReference, _ processed: Int) -> JobProgress {
        JobProgress(
            run: run,
            progress: Double(processed) * 10,
            operation: "embedding",
            processed: processed,
            total: 10,
            failed: 0,
            rate: 2,
            etaSeconds: 1,
            embeddingRate: nil
        )
    }

    private func completed(_ run: RunReference) -> JobCompleted {
        JobCompleted(run: run, processed: 10, failed: 0, durationSeconds: 1, summary: "done")
    }

    @Test("It tells start, rising progress and completion in order")
    func order() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                try await TestSocket.open(port: client.port, Self.path, headers: bearer(world.viewerKey)) { socket in
                    #expect(socket.status == 101)
                    #expect(socket.head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
                    let run = try await self.start(world)
                    guard case .started(let started) = try self.message(try await socket.text()) else {
                        Issue.record("the first message is no start")
                        return
                    }
                    #expect(started.run.runID == run.runID)
                    #expect(started.total == 10)
                    var seen: [Int] = []
                    for step in [2, 5, 9] {
                        try await world.store.reportProgress(self.progress(run, step), tenant: world.acme)
                        guard case .progress(let told) = try self.message(try await socket.text()) else {
                            Issue.record("no progress came")
                            return
                        }
                        seen.append(told.processed)
                    }
                    #expect(seen == [2, 5, 9])
                    try await world.store.completeRun(self.completed(run), tenant: world.acme)
                    guard case .completed(let end) = try self.message(try await socket.text()) else {
                        Issue.record("no completion came")
                        return
                    }
                    #expect(end.processed == 10)
                    try await socket.send(0x8, [0x03, 0xE8])
                    #expect(try await socket.closeCode() == 1000)
                }
            }
        }
    }

    @Test("A newcomer gets the last message at once")
    func newcomer() async throws {
        try await TestWorld.with { world in
            let run = try await start(world)
            try await world.store.reportProgress(progress(run, 4), tenant: world.acme)
            try await world.serve { client in
                try await TestSocket.open(port: client.port, Self.path, headers: bearer(world.viewerKey)) { socket in
                    guard case .progress(let told) = try self.message(try await socket.text()) else {
                        Issue.record("no progress came")
                        return
                    }
                    #expect(told.processed == 4)
                    // And not a second time.
                    try await world.store.completeRun(self.completed(run), tenant: world.acme)
                    guard case .completed = try self.message(try await socket.text()) else {
                        Issue.record("no completion came")
                        return
                    }
                }
                try await TestSocket.open(port: client.port, Self.path, headers: bearer(world.viewerKey)) { socket in
                    guard case .completed = try self.message(try await socket.text()) else {
                        Issue.record("no completion came")
                        return
                    }
                }
            }
        }
    }

    @Test("Two tenants never see each other's messages")
    func tenants() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                try await TestSocket.open(port: client.port, Self.path, headers: bearer(world.viewerKey)) { mine in
                    try await TestSocket.open(port: client.port, Self.path, headers: bearer(world.rivalKey)) { theirs in
                        let ours = try await self.start(world)
                        let others = try await self.start(world, tenant: world.rival)
                        for step in 1...5 {
                            try await world.store.reportProgress(self.progress(ours, step), tenant: world.acme)
                            try await world.store.reportProgress(self.progress(others, step), tenant: world.rival)
                        }
                        try await world.store.completeRun(self.completed(ours), tenant: world.acme)
                        try await world.store.completeRun(self.completed(others), tenant: world.rival)
                        for (socket, run) in [(mine, ours), (theirs, others)] {
                            var isComplete = false
                            while !isComplete {
                                let text = try await socket.text()
                                #expect(text.contains(run.runID.uuidString.lowercased()))
                                isComplete = text.contains("job_completed")
                            }
                        }
                    }
                }
            }
        }
    }

    @Test("A client that nobody knows, a foreign page and an unknown channel are refused before the upgrade")
    func refusals() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                func status(_ path: String, _ headers: [String]) async throws -> Int {
                    try await TestSocket.open(port: client.port, path, headers: headers) { socket in
                        let body = try await socket.rest()
                        #expect(body.contains("\"remedy\""))
                        #expect(socket.head.lowercased().contains("application/problem+json"))
                        return socket.status
                    }
                }
                let key = bearer(world.viewerKey)
                for (path, headers, expected) in [
                    (Self.path, [], 401), (Self.path, ["Authorization: Bearer pulse_wrong"], 401),
                    (Self.path + "?ticket=none", [], 401),
                    ("/ws/progress/vectorization", key, 404), ("/ws/progress/", key, 404), ("/anything", key, 404),
                    (Self.path, key + ["Origin: https://evil.example"], 403), (Self.path, key + ["Origin: null"], 403),
                    (Self.path + "?token=1", key, 400),
                ] {
                    let status = try await status(path, headers)
                    #expect(status == expected, "\(path) \(headers.last ?? "")")
                }
            }
        }
    }

    @Test("A page of an allowed origin opens a channel, another one not")
    func allowedOrigins() async throws {
        try await TestWorld.with { world in
            let configuration = ServerConfiguration(port: 0, allowedOrigins: ["https://pulse.example.com"])
            try await TestWorld.server(store: world.store, configuration: configuration).application().test(.live) { client in
                for (origin, status) in [
                    ("https://pulse.example.com", 101), ("HTTPS://Pulse.Example.com", 101), ("http://pulse.example.com", 403),
                    ("https://pulse.example.com.evil.example", 403), ("https://other.example.com", 403),
                ] {
                    let headers = bearer(world.viewerKey) + ["Origin: \(origin)"]
                    try await TestSocket.open(port: client.port, Self.path, headers: headers) { socket in
                        #expect(socket.status == status, "\(origin)")
                    }
                }
            }
        }
    }

    @Test("A handshake of another version is told which one is spoken, and a plain request too")
    func handshakes() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                for handshake in [["Sec-WebSocket-Version: 8", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="], []] {
                    try await TestSocket.open(
                        port: client.port,
                        Self.path,
                        headers: bearer(world.viewerKey),
                        handshake: handshake
                    ) { socket in
                        #expect(socket.status == 426)
                        #expect(socket.head.lowercased().contains("sec-websocket-version: 13"))
                    }
                }
                #expect(try await client.send(.get, "/ws/progress/Nothing").status == .notFound)
                // The answer ends the connection, so it comes last.
                #expect(try await client.send(.get, Self.path).status == .upgradeRequired)
            }
        }
    }

    @Test("An upgrade that comes late on its connection, or to another protocol, is answered and ends the connection")
    func lateUpgrades() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                let key = bearer(world.viewerKey)
                try await TestSocket.open(
                    port: client.port,
                    "/health",
                    handshake: [],
                    upgrade: [],
                    followedBy: ["GET \(Self.path) HTTP/1.1", "Host: localhost", "Connection: Upgrade", "Upgrade: websocket"]
                        + key
                ) { socket in
                    #expect(socket.status == 200)
                    let rest = try await socket.rest()
                    #expect(rest.contains("HTTP/1.1 426"))
                }
                let upgrade = ["Connection: Upgrade", "Upgrade: h2c"]
                try await TestSocket.open(port: client.port, "/health", handshake: [], upgrade: upgrade) { socket in
                    #expect(socket.status == 200)
                    let rest = try await socket.rest()
                    #expect(rest == #"{"status":"ok"}"#)
                }
            }
        }
    }

    @Test("A ticket opens its channel once")
    func tickets() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                let answer = try await client.send(
                    .post,
                    "/api/v1/progress/tickets",
                    key: world.viewerKey,
                    body: #"{"channel": "Vectorization"}"#
                )
                #expect(answer.status == .ok)
                #expect(answer.headers[.connection] == "close")
                #expect(try answer.member("expires_in") == "30")
                let ticket = try #require(try answer.member("ticket"))
                #expect(ticket.utf8.count == 43)
                let origin = ["Origin: http://localhost:\(client.port ?? 0)"]
                for (turn, status) in [(1, 101), (2, 401)] {
                    try await TestSocket.open(port: client.port, Self.path + "?ticket=\(ticket)", headers: origin) { socket in
                        #expect(socket.status == status, "turn \(turn)")
                    }
                }
            }
        }
    }

    @Test(
        "A client that breaks the rules is told so by the close code",
        arguments: [
            (opcode: UInt8(0x2), length: 3, masked: true, reserved: UInt8(0), fin: true, code: 1003),
            (opcode: 0x1, length: 3, masked: false, reserved: 0, fin: true, code: 1002),
            (opcode: 0x1, length: 3, masked: true, reserved: 0x40, fin: true, code: 1002),
            (opcode: 0x3, length: 3, masked: true, reserved: 0, fin: true, code: 1002),
            (opcode: 0x0, length: 3, masked: true, reserved: 0, fin: true, code: 1002),
            (opcode: 0x9, length: 126, masked: true, reserved: 0, fin: true, code: 1002),
            (opcode: 0x9, length: 3, masked: true, reserved: 0, fin: false, code: 1002),
            (opcode: 0x1, length: 4_097, masked: true, reserved: 0, fin: true, code: 1009),
            (opcode: 0x1, length: 500_000, masked: true, reserved: 0, fin: true, code: 1009),
        ]
    )
    func badFrames(frame: (opcode: UInt8, length: Int, masked: Bool, reserved: UInt8, fin: Bool, code: Int)) async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                try await TestSocket.open(port: client.port, Self.path, headers: bearer(world.viewerKey)) { socket in
                    try await socket.send(
                        frame.opcode,
                        [UInt8](repeating: 65, count: frame.length),
                        fin: frame.fin,
                        masked: frame.masked,
                        reserved: frame.reserved
                    )
                    #expect(try await socket.closeCode() == frame.code)
                }
            }
        }
    }

    @Test("Pings are answered, texts are ignored, and a flood of them ends the channel with 1008")
    func flood() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                try await TestSocket.open(port: client.port, Self.path, headers: bearer(world.viewerKey)) { socket in
                    try await socket.send(0x1, Array("hello".utf8))
                    try await socket.send(0x9, [7, 8, 9])
                    #expect(try await socket.frame() == TestSocket.Frame(opcode: 0xA, payload: [7, 8, 9]))
                    for _ in 0..<30 { try await socket.send(0x1, Array("more".utf8)) }
                    #expect(try await socket.closeCode() == 1008)
                }
            }
        }
    }

    @Test("A client that answers no pings is let go with 1008")
    func unansweredPings() async throws {
        try await TestWorld.with { world in
            try await world.serve(progress: ProgressLimits(pingInterval: .milliseconds(100))) { client in
                try await TestSocket.open(port: client.port, Self.path, headers: bearer(world.viewerKey)) { socket in
                    let pings = [try await socket.frame().opcode, try await socket.frame().opcode]
                    #expect(pings == [0x9, 0x9])
                    #expect(try await socket.closeCode() == 1008)
                }
            }
        }
    }

    @Test("A tenant's channels are counted, and a closed one makes room")
    func limit() async throws {
        try await TestWorld.with { world in
            try await world.serve(progress: ProgressLimits(connectionsPerTenant: 1)) { client in
                try await TestSocket.open(port: client.port, Self.path, headers: bearer(world.viewerKey)) { first in
                    #expect(first.status == 101)
                    try await TestSocket.open(port: client.port, Self.path, headers: bearer(world.viewerKey)) { second in
                        #expect(second.status == 429)
                        // Told as on all other routes.
                        let head = second.head.lowercased()
                        for name in ["retry-after: ", "ratelimit: \"requests\";r=", "ratelimit-policy: \"requests\";q="] {
                            #expect(head.contains(name), "\(head)")
                        }
                    }
                    try await TestSocket.open(port: client.port, Self.path, headers: bearer(world.rivalKey)) { other in
                        #expect(other.status == 101)
                    }
                }
                var status = 0
                for _ in 0..<100 where status != 101 {
                    status = try await TestSocket.open(port: client.port, Self.path, headers: bearer(world.viewerKey)) {
                        $0.status
                    }
                    if status != 101 { try await Task.sleep(for: .milliseconds(20)) }
                }
                #expect(status == 101)
            }
        }
    }

    @Test("A listening session that is ended costs delay, no event")
    func endedListener() async throws {
        try await TestWorld.with { world in
            try await world.serve { client in
                try await TestSocket.open(port: client.port, Self.path, headers: bearer(world.viewerKey)) { socket in
                    let run = try await self.start(world)
                    #expect(try await socket.text().contains("job_started"))
                    let ended = try await world.database.query(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%'
                        """
                    ).count
                    #expect(ended == 1)
                    try await world.store.completeRun(self.completed(run), tenant: world.acme)
                    #expect(try await socket.text().contains("job_completed"))
                }
            }
        }
    }

    @Test("A client for which too many events wait is sent away with 1013")
    func overfull() async throws {
        try await TestWorld.with { world in
            let limits = ProgressLimits(waitingEvents: 10, pollInterval: .milliseconds(100))
            try await world.serve(progress: limits) { client in
                try await TestSocket.open(port: client.port, Self.path, headers: bearer(world.viewerKey)) { socket in
                    let run = try await self.start(world)
                    #expect(try await socket.text().contains("job_started"))
                    try await world.database.query(
                        """
                        INSERT INTO job_events (run_id, seq, tenant_id, channel, message)
                        SELECT $1, 1 + n, $2, 'Vectorization', '{}' FROM generate_series(1, 100) n
                        """,
                        [.uuid(run.runID), .uuid(world.acme)]
                    )
                    #expect(try await socket.closeCode() == 1013)
                }
            }
        }
    }

    @Test("A server that stops says goodbye with 1001, and waits for nobody who is silent")
    func goingAway() async throws {
        try await TestWorld.with { world in
            let (ports, telling) = AsyncStream<Int>.makeStream()
            let server = TestWorld.server(store: world.store) { port in telling.yield(port) }
            let group = ServiceGroup(services: [server], logger: Logger(label: "server-tests"))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                var iterator = ports.makeAsyncIterator()
                let port = await iterator.next()
                let started = ContinuousClock.now
                try await TestSocket.open(port: port, Self.path, headers: bearer(world.viewerKey)) { socket in
                    #expect(socket.status == 101)
                    _ = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                        .connect(host: "localhost", port: port ?? 0).get()
                    try await Task.sleep(for: .milliseconds(100))
                    await group.triggerGracefulShutdown()
                    let frame = try await socket.frame()
                    #expect(frame.opcode == 0x8)
                    #expect(frame.code == 1001)
                    try await socket.send(0x8, [0x03, 0xE9])
                }
                try await tasks.waitForAll()
                #expect(ContinuousClock.now - started < .seconds(10))
            }
        }
    }
}
