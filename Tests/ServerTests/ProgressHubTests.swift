import Foundation
import Logging
import NIOCore
import NIOEmbedded
import NIOPosix
import PulseModel
import Store
import Synchronization
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
    private func take(_ reader: Reader, until last: String) async -> [String] {
        var taken: [String] = []
        for await _ in reader.filled {
            while let message = reader.take() {
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
            // On one loop: what the quick one has, the slow one has been given.
            let slow = Reader()
            let quick = Reader(on: slow.eventLoop)
            for reader in [slow, quick] {
                _ = try await hub.join(tenant: source.topic.tenant, channel: .vectorization, reader: reader)
            }
            let run = UUID()
            source.add(event: "start")
            for step in 1...20 {
                source.set(progress: "step \(step)", of: run, sequence: step)
                source.notify()
                _ = await self.take(quick, until: "step \(step)")
            }
            source.end(run)
            source.add(event: "end")
            source.notify()
            _ = await self.take(quick, until: "end")
            #expect(await self.take(slow, until: "end") == ["start", "step 20", "end"])
        }
    }

    @Test("What came while the tables could not be read comes later, without a notification")
    func poll() async throws {
        let source = ScriptedSource()
        try await withHub(source) { hub in
            let reader = Reader()
            _ = try await hub.join(tenant: source.topic.tenant, channel: .vectorization, reader: reader)
            source.failNextReading()
            source.add(event: "start")
            source.notify()
            #expect(await self.take(reader, until: "start") == ["start"])
        }
    }

    @Test("Thousands of events come in order, and progress only after them")
    func manyEvents() async throws {
        let source = ScriptedSource()
        try await withHub(source, limits: ProgressLimits(waitingEvents: 5_000, pollInterval: .milliseconds(50))) { hub in
            let reader = Reader(capacity: 5_000)
            _ = try await hub.join(tenant: source.topic.tenant, channel: .vectorization, reader: reader)
            for number in 1...2_500 { source.add(event: "\(number)") }
            source.set(progress: "progress", of: UUID(), sequence: 1)
            source.notify()
            let taken = await self.take(reader, until: "progress")
            #expect(taken == (1...2_500).map(String.init) + ["progress"])
        }
    }

    @Test("A reader that lets too many events wait is told, and gets nothing after the gap")
    func overfull() {
        var outbox = ProgressOutbox(capacity: 3)
        for number in 1...3 { outbox.add(.event(ProgressFrame("\(number)"))) }
        #expect(!outbox.isOverfull)
        outbox.add(.event(ProgressFrame("4")))
        #expect(outbox.isOverfull)
        outbox.add(.event(ProgressFrame("5")))
        outbox.add(.progress(run: UUID(), ProgressFrame("6")))
        #expect(outbox.take() == nil)
    }

    @Test("Progress of several runs keeps its place behind the events before it")
    func severalRuns() {
        var outbox = ProgressOutbox(capacity: 10)
        let (one, other) = (UUID(), UUID())
        outbox.add(.event(ProgressFrame("start one")))
        outbox.add(.progress(run: one, ProgressFrame("one 1")))
        outbox.add(.event(ProgressFrame("start other")))
        outbox.add(.progress(run: other, ProgressFrame("other 1")))
        outbox.add(.progress(run: one, ProgressFrame("one 2")))
        var taken: [String] = []
        while let frame = outbox.take() { taken.append(frame.text) }
        #expect(taken == ["start one", "start other", "other 1", "one 2"])
    }

    @Test("A frame says its length in the fewest bytes", arguments: [0, 1, 125, 126, 65_535, 65_536])
    func frames(length: Int) throws {
        let text = String(repeating: "x", count: length)
        var bytes = ProgressFrame(text).bytes
        let head = bytes.readInteger(as: UInt8.self)
        #expect(head == 0x81)
        let shortLength = bytes.readInteger(as: UInt8.self)
        let first = try #require(shortLength)
        switch length {
        case ...125: #expect(Int(first) == length)
        case ...65_535:
            #expect(first == 126)
            let rest = bytes.readInteger(as: UInt16.self)
            #expect(rest.map(Int.init) == length)
        default:
            #expect(first == 127)
            let rest = bytes.readInteger(as: UInt64.self)
            #expect(rest.map(Int.init) == length)
        }
        let payload = bytes.readString(length: bytes.readableBytes)
        #expect(payload == text)
    }

    @Test("A client that reads nothing keeps a message or two, and gets the newest when it reads again")
    func stalledReader() throws {
        let channel = EmbeddedChannel()
        let (_, overfilling) = AsyncStream<Void>.makeStream()
        let sender = ProgressSender(capacity: 10, overfilling: overfilling)
        try channel.pipeline.syncOperations.addHandler(sender)
        channel.isWritable = false
        let run = UUID()
        sender.receive([.event(ProgressFrame("start"))])
        for step in 1...1_000 { sender.receive([.progress(run: run, ProgressFrame("step \(step)"))]) }
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        #expect(try channel.readOutbound(as: ByteBuffer.self) == ProgressFrame("start").bytes)
        #expect(try channel.readOutbound(as: ByteBuffer.self) == ProgressFrame("step 1000").bytes)
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
        sender.stop()
        sender.receive([.event(ProgressFrame("end"))])
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil, "nothing follows a close frame")
        _ = try channel.finish()
    }

    @Test("Nobody is left in the hub when all have gone")
    func leaving() async throws {
        let source = ScriptedSource()
        try await withHub(source) { hub in
            let member = try await hub.join(tenant: source.topic.tenant, channel: .vectorization, reader: Reader())
            #expect(await hub.memberCount == 1)
            await hub.leave(member)
            #expect(await hub.memberCount == 0)
        }
    }
}

/// Follows a channel without a socket, and takes messages when it is asked to.
private final class Reader: ProgressReader {
    let eventLoop: any EventLoop
    let filled: AsyncStream<Void>
    private let filling: AsyncStream<Void>.Continuation
    private let outbox: Mutex<ProgressOutbox>

    init(capacity: Int = 1_000, on eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()) {
        self.eventLoop = eventLoop
        self.outbox = Mutex(ProgressOutbox(capacity: capacity))
        (self.filled, self.filling) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func receive(_ deliveries: [ProgressDelivery]) {
        self.outbox.withLock { outbox in
            for delivery in deliveries { outbox.add(delivery) }
        }
        self.filling.yield()
    }

    func take() -> String? { self.outbox.withLock { $0.take()?.text } }
}
