import Foundation
import PulseModel
import Store

/// What the hub reads: the database, or a double of it in tests.
protocol ProgressSource: Sendable {
    func latestMessages(tenant: UUID, channel: ProgressChannel) async throws -> ChannelPosition
    func messages(tenant: UUID, channel: ProgressChannel, after: Int) async throws -> ChannelMessages
    func channelChanges() -> AsyncStream<ChannelChange?>
}

extension Store: ProgressSource {}
