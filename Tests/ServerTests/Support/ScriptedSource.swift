import Foundation
import PulseModel
import Synchronization

@testable import Server
@testable import Store

/// A channel in memory: the double of the tables behind the hub.
final class ScriptedSource: ProgressSource {
    private struct State {
        var events: [ChannelMessages.Event] = []
        var progress: [ChannelMessages.Progress] = []
        var failures = 0
    }

    private let state = Mutex(State())
    private let changes: AsyncStream<ChannelChange?>
    private let changing: AsyncStream<ChannelChange?>.Continuation
    let topic = ChannelChange(tenant: UUID(), channel: .vectorization)

    init() { (self.changes, self.changing) = AsyncStream.makeStream() }

    func add(event message: String) {
        self.state.withLock { $0.events.append(ChannelMessages.Event(id: $0.events.count + 1, message: message)) }
    }

    func set(progress message: String, of run: UUID, sequence: Int) {
        self.state.withLock { state in
            state.progress.removeAll { $0.run == run }
            state.progress.append(ChannelMessages.Progress(run: run, sequence: sequence, message: message))
        }
    }

    func end(_ run: UUID) { self.state.withLock { $0.progress.removeAll { $0.run == run } } }

    func failNextReading() { self.state.withLock { $0.failures += 1 } }

    func notify() { self.changing.yield(self.topic) }

    // MARK: ProgressSource

    private struct Away: Error {}

    func latestMessages(tenant: UUID, channel: ProgressChannel) async throws -> ChannelPosition {
        self.state.withLock { state in
            let message = state.progress.last?.message ?? state.events.last?.message
            return ChannelPosition(lastEvent: state.events.last?.id ?? 0, messages: message.map { [$0] } ?? [])
        }
    }

    func messages(tenant: UUID, channel: ProgressChannel, after: Int) async throws -> ChannelMessages {
        try self.state.withLock { state in
            if state.failures > 0 {
                state.failures -= 1
                throw Away()
            }
            let events = state.events.filter { $0.id > after }.prefix(1_000)
            return ChannelMessages(events: Array(events), progress: state.progress)
        }
    }

    func channelChanges() -> AsyncStream<ChannelChange?> { self.changes }
}
