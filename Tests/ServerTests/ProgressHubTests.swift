import Foundation
import Logging
import PulseModel
import Store
import Testing

@testable import Server

@Suite("The hub of the progress channels", .timeLimit(.minutes(1)))
struct ProgressHubTests {
    private func withHub(
        _ source: ScriptedSource,
        limits: ProgressLimits = ProgressLimits(pollInterval: .milliseconds(50)),
        _ body: @escaping @Sendable (ProgressHub) async throws -> Void
    ) async throws {
        let hub = ProgressHub(source: source, limits: limits, logger: Logger(label: "server-tests"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await hub.run() }
            try await body(hub)
            group.cancelAll()
        }
    }

    /// Takes messages until `last` came.
    private func take(_ outbox: ProgressOutbox, until last: String) async -> [String] {
        var taken: [String] = []
        for await _ in outbox.filled {
            while let message = outbox.take() {
                taken.append(message)
                if message == last { return taken }
            }
        }
        return taken
    }

    @Test("A slow reader gets the newest progress and all events")
    func slowReader() async throws {
        let source = ScriptedSource()
        try await withHub(source) { hub in
            let slow = try await hub.join(tenant: source.topic.tenant, channel: .vectorization)
            let quick = try await hub.join(tenant: source.topic.tenant, channel: .vectorization)
            let run = UUID()
            source.add(event: "start")
            for step in 1...20 {
                source.set(progress: "step \(step)", of: run, sequence: step)
                source.notify()
                _ = await self.take(quick.outbox, until: "step \(step)")
            }
            source.end(run)
            source.add(event: "end")
            source.notify()
            _ = await self.take(quick.outbox, until: "end")
            #expect(await self.take(slow.outbox, until: "end") == ["start", "step 20", "end"])
        }
    }

    @Test("What came while the tables could not be read comes later, without a notification")
    func poll() async throws {
        let source = ScriptedSource()
        try await withHub(source) { hub in
            let member = try await hub.join(tenant: source.topic.tenant, channel: .vectorization)
            source.failNextReading()
            source.add(event: "start")
            source.notify()
            #expect(await self.take(member.outbox, until: "start") == ["start"])
        }
    }

    @Test("Thousands of events come in order, and progress only after them")
    func manyEvents() async throws {
        let source = ScriptedSource()
        try await withHub(source, limits: ProgressLimits(waitingEvents: 5_000, pollInterval: .milliseconds(50))) { hub in
            let member = try await hub.join(tenant: source.topic.tenant, channel: .vectorization)
            for number in 1...2_500 { source.add(event: "\(number)") }
            source.set(progress: "progress", of: UUID(), sequence: 1)
            source.notify()
            let taken = await self.take(member.outbox, until: "progress")
            #expect(taken == (1...2_500).map(String.init) + ["progress"])
        }
    }

    @Test("A reader that lets too many events wait is told, and gets nothing after the gap")
    func overfull() async throws {
        let outbox = ProgressOutbox(capacity: 3)
        for number in 1...4 { outbox.add(event: "\(number)") }
        outbox.add(event: "5")
        outbox.add(progress: "6", of: UUID())
        #expect(outbox.take() == nil)
        var signals = outbox.overfull.makeAsyncIterator()
        #expect(await signals.next() != nil)
    }

    @Test("Progress of several runs keeps its place behind the events before it")
    func severalRuns() {
        let outbox = ProgressOutbox(capacity: 10)
        let (one, other) = (UUID(), UUID())
        outbox.add(event: "start one")
        outbox.add(progress: "one 1", of: one)
        outbox.add(event: "start other")
        outbox.add(progress: "other 1", of: other)
        outbox.add(progress: "one 2", of: one)
        var taken: [String] = []
        while let message = outbox.take() { taken.append(message) }
        #expect(taken == ["start one", "start other", "other 1", "one 2"])
    }

    @Test("Nobody is left in the hub when all have gone")
    func leaving() async throws {
        let source = ScriptedSource()
        try await withHub(source) { hub in
            let member = try await hub.join(tenant: source.topic.tenant, channel: .vectorization)
            #expect(await hub.memberCount == 1)
            await hub.leave(member)
            #expect(await hub.memberCount == 0)
        }
    }
}
