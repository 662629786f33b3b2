import Foundation
import Testing

@testable import Postgres

@Suite("A listener", .enabled(if: TestDatabase.isAvailable), .timeLimit(.minutes(1)))  // Needs PULSE_TEST_DATABASE_URL.
struct ListenerTests {
    @Test("It hears what is said on its channels, also after its session was ended")
    func notifications() async throws {
        let name = TestDatabase.uniqueName("listener")
        let channel = "Channel \"\(name.suffix(20))\""
        let listener = PostgresListener(configuration: try TestDatabase.configuration(applicationName: name))
        let connection = try await TestDatabase.connect()
        var events = listener.listen(to: [channel, name]).makeAsyncIterator()
        for payload in ["first 🦊", "second"] {
            #expect(await events.next() == .connected)
            try await connection.query("SELECT pg_notify($1, $2)", [.text(channel), .text(payload)])
            #expect(await events.next() == .notification(channel: channel, payload: payload))
            try await connection.query("SELECT pg_notify('nobody', '')")
            try await connection.query("SELECT pg_notify($1, '')", [.text(name)])
            #expect(await events.next() == .notification(channel: name, payload: ""))
            #expect(try await TestDatabase.terminate(applicationName: name) == 1)
        }
        #expect(await events.next() == .connected)
    }

    @Test("Its session ends when the consumer is cancelled")
    func cancellation() async throws {
        let name = TestDatabase.uniqueName("listener")
        let listener = PostgresListener(configuration: try TestDatabase.configuration(applicationName: name))
        let connection = try await TestDatabase.connect()
        func sessions() async throws -> Int {
            try await connection.query("SELECT 1 FROM pg_stat_activity WHERE application_name = $1::text", [.text(name)]).count
        }
        let task = Task {
            for await _ in listener.listen(to: ["anything"]) {}
        }
        #expect(try await TestDatabase.eventually { try await sessions() == 1 })
        task.cancel()
        await task.value
        #expect(try await TestDatabase.eventually { try await sessions() == 0 })
    }

    @Test("It keeps trying where no server is, and still ends at once")
    func noServer() async throws {
        let listener = PostgresListener(configuration: try PostgresConfiguration(url: "postgresql://ann@127.0.0.1:1/pulse"))
        let task = Task {
            var count = 0
            for await _ in listener.listen(to: ["anything"]) { count += 1 }
            return count
        }
        try await Task.sleep(for: .milliseconds(300))
        let start = ContinuousClock.now
        task.cancel()
        #expect(await task.value == 0)
        #expect(ContinuousClock.now - start < .seconds(5))
    }
}
