import Foundation
import Logging
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
        var outbox: ProgressOutbox
    }

    private struct Member {
        var outbox: ProgressOutbox
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

    /// Enters a client, whose outbox holds the channel's last message at once.
    func join(tenant: UUID, channel: ProgressChannel) async throws -> Membership {
        let topic = ChannelChange(tenant: tenant, channel: channel)
        let position = try await self.source.latestMessages(tenant: tenant, channel: channel)
        let outbox = ProgressOutbox(capacity: self.limits.waitingEvents)
        for message in position.messages { outbox.add(event: message) }
        self.nextID += 1
        self.topics[topic, default: Topic()].members[self.nextID] = Member(
            outbox: outbox,
            lastEvent: position.lastEvent,
            greeting: position.messages
        )
        self.wake.yield(topic)
        return Membership(id: self.nextID, topic: topic, outbox: outbox)
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
        guard var topic = self.topics[key] else { return }
        let isWholePage = messages.events.count >= 1_000
        // Events and progress are two statements: a run may begin in between. Its progress waits for the next reading, whose
        // events hold its start.
        let running = Set(messages.progress.map(\.run))
        if isWholePage || !running.isSubset(of: topic.startedRuns) { topic.mustReadAgain = true }
        for (id, var member) in topic.members {
            // A client that came while the reading was under way may have begun before it.
            guard member.lastEvent >= after else {
                topic.mustReadAgain = true
                continue
            }
            for event in messages.events where event.id > member.lastEvent {
                member.outbox.add(event: event.message)
                member.lastEvent = event.id
            }
            member.progress = member.progress.filter { running.contains($0.key) }
            for progress in messages.progress where !isWholePage && topic.startedRuns.contains(progress.run) {
                guard progress.sequence > member.progress[progress.run] ?? 0 else { continue }
                member.progress[progress.run] = progress.sequence
                if !member.greeting.contains(progress.message) {
                    member.outbox.add(progress: progress.message, of: progress.run)
                }
            }
            topic.members[id] = member
        }
        topic.startedRuns = isWholePage ? topic.startedRuns : running
        self.topics[key] = topic
    }
}
