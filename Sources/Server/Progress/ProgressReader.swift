import Foundation
import NIOCore

/// What the hub hands to a reader.
enum ProgressDelivery: Sendable {
    /// Start, completion or error: each counts.
    case event(ProgressFrame)
    /// Only the newest of a run counts.
    case progress(run: UUID, ProgressFrame)
}

/// One who follows a channel.
protocol ProgressReader: Sendable {
    /// Where it is called. The hub calls all readers of one loop in one go.
    var eventLoop: any EventLoop { get }
    func receive(_ deliveries: [ProgressDelivery])
}
