import Foundation
import Logging
import NIOCore
import PulseModel
import ServiceLifecycle
import Store

/// Reads the channels that somebody follows, once for all who do, and hands out what is new.
///
/// One `LISTEN` serves the process. A notification only says that a channel has something new; what it is, is read from the
/// tables, so that a lost notification costs time and nothing else.
actor ProgressHub: Service {
    /// One client's place.
    struct Membership: Sendable {
        fileprivate var id: Int
        fileprivate var topic: ChannelChange
    }

    private struct Member {
        var reader: any ProgressReader
        var lastEvent: Int
        /// The newest progress handed out, by run.
        var progress: [UUID: Int] = [:]
        /// Sent at the beginning; the first reading brings it again.
        var greeting: [String]
    }

    private struct Topic {
        var members: [Int: Member] = [:]
        /// Runs whose start has been read: their progress may follow.
        var startedRuns: Set<UUID> = []
        var isReading = false
        var mustReadAgain = false
    }

    /// What readers of one event loop get in one go.
    private struct Batch {
        var eventLoop: any EventLoop
        var parts: [(reader: any ProgressReader, deliveries: [ProgressDelivery])] = []

        func send() {
            let parts = self.parts
            self.eventLoop.execute {
                for part in parts { part.reader.receive(part.deliveries) }
            }
        }
    }

    private let source: any ProgressSource
    private let limits: ProgressLimits
    private let logger: Logger
    private var topics: [ChannelChange: Topic] = [:]
    private var nextID = 0
    private let wakes: AsyncStream<ChannelChange>
    private let wake: AsyncStream<ChannelChange>.Continuation

    init(source: any ProgressSource, limits: ProgressLimits, logger: Logger) {
        self.source = source
        self.limits = limits
        self.logger = logger
        (self.wakes, self.wake) = AsyncStream.makeStream()
    }

    /// Listens until the service stops.
    func run() async throws {
        await cancelWhenGracefulShutdown { await self.serve() }
    }

    private func serve() async {
        let interval = self.limits.pollInterval
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await change in self.source.channelChanges() { await self.announce(change) }
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: interval)
                    await self.announce(nil)
                }
            }
            // A topic that is being read notes that it must be read again, so at most one task reads each.
            for await topic in self.wakes {
                group.addTask { await self.read(topic) }
            }
            group.cancelAll()
        }
    }

    /// - Parameter change: nil where anything may have happened.
    private func announce(_ change: ChannelChange?) {
        if let change {
            if self.topics[change] != nil { self.wake.yield(change) }
        } else {
            for topic in self.topics.keys { self.wake.yield(topic) }
        }
    }

    // MARK: Members

    /// Enters a client, who gets the channel's last message at once.
    func join(tenant: UUID, channel: ProgressChannel, reader: any ProgressReader) async throws -> Membership {
        let topic = ChannelChange(tenant: tenant, channel: channel)
        let position = try await self.source.latestMessages(tenant: tenant, channel: channel)
        let greeting = position.messages.map { ProgressDelivery.event(ProgressFrame($0)) }
        reader.eventLoop.execute { reader.receive(greeting) }
        self.nextID += 1
        self.topics[topic, default: Topic()].members[self.nextID] = Member(
            reader: reader,
            lastEvent: position.lastEvent,
            greeting: position.messages
        )
        self.wake.yield(topic)
        return Membership(id: self.nextID, topic: topic)
    }

    func leave(_ membership: Membership) {
        self.topics[membership.topic]?.members[membership.id] = nil
        if self.topics[membership.topic]?.members.isEmpty ?? false { self.topics[membership.topic] = nil }
    }

    /// Clients of all channels.
    var memberCount: Int { self.topics.values.reduce(0) { $0 + $1.members.count } }

    // MARK: Reading

    private func read(_ key: ChannelChange) async {
        guard self.topics[key] != nil else { return }
        if self.topics[key]?.isReading == true {
            self.topics[key]?.mustReadAgain = true
            return
        }
        self.topics[key]?.isReading = true
        repeat {
            self.topics[key]?.mustReadAgain = false
            guard let after = self.topics[key]?.members.values.map(\.lastEvent).min() else { return }
            do {
                let messages = try await self.source.messages(tenant: key.tenant, channel: key.channel, after: after)
                self.handOut(messages, of: key, after: after)
            } catch {
                // The next notification, reconnect or poll reads again.
                if !(error is CancellationError), !Task.isCancelled {
                    self.logger.warning("a progress channel could not be read", metadata: ["error": "\(error)"])
                }
                break
            }
        } while self.topics[key]?.mustReadAgain == true && !Task.isCancelled
        self.topics[key]?.isReading = false
    }

    private func handOut(_ messages: ChannelMessages, of key: ChannelChange, after: Int) {
        // Taken out, so that its members are changed where they stand.
        guard var topic = self.topics.removeValue(forKey: key) else { return }
        let isWholePage = messages.events.count >= 1_000
        // Events and progress are two statements: a run may begin in between. Its progress waits for the next reading, whose
        // events hold its start.
        let running = Set(messages.progress.map(\.run))
        if isWholePage || !running.isSubset(of: topic.startedRuns) { topic.mustReadAgain = true }
        // One frame serves all who get the message.
        let events = messages.events.map { (id: $0.id, frame: ProgressFrame($0.message)) }
        let progress = messages.progress.filter { !isWholePage && topic.startedRuns.contains($0.run) }
            .map { (run: $0.run, sequence: $0.sequence, frame: ProgressFrame($0.message)) }
        var batches: [ObjectIdentifier: Batch] = [:]
        for id in topic.members.keys {
            guard var member = topic.members[id] else { continue }
            // A client that came while the reading was under way may have begun before it.
            guard member.lastEvent >= after else {
                topic.mustReadAgain = true
                continue
            }
            var deliveries: [ProgressDelivery] = []
            for event in events where event.id > member.lastEvent {
                deliveries.append(.event(event.frame))
                member.lastEvent = event.id
            }
            if member.progress.keys.contains(where: { !running.contains($0) }) {
                member.progress = member.progress.filter { running.contains($0.key) }
            }
            for step in progress where step.sequence > member.progress[step.run] ?? 0 {
                member.progress[step.run] = step.sequence
                if !member.greeting.contains(step.frame.text) { deliveries.append(.progress(run: step.run, step.frame)) }
            }
            topic.members[id] = member
            guard !deliveries.isEmpty else { continue }
            let loop = member.reader.eventLoop
            batches[ObjectIdentifier(loop), default: Batch(eventLoop: loop)].parts.append((member.reader, deliveries))
        }
        topic.startedRuns = isWholePage ? topic.startedRuns : running
        self.topics[key] = topic
        for batch in batches.values { batch.send() }
    }
}
