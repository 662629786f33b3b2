public import Foundation
public import PulseModel

/// What a channel has to say since a position.
public struct ChannelMessages: Sendable, Equatable {
    /// Start, completion or error of a run.
    public struct Event: Sendable, Equatable {
        public var id: Int
        /// JSON text.
        public var message: String
    }

    /// The newest progress of a running run.
    public struct Progress: Sendable, Equatable {
        public var run: UUID
        /// Rises with each report of the run.
        public var sequence: Int
        /// JSON text.
        public var message: String
    }

    public var events: [Event]
    public var progress: [Progress]
}

/// Where a newcomer to a channel stands.
public struct ChannelPosition: Sendable, Equatable {
    public var lastEvent: Int
    /// JSON texts, to be sent at once.
    public var messages: [String]
}

/// A channel on which something has happened.
public struct ChannelChange: Sendable, Hashable {
    public var tenant: UUID
    public var channel: ProgressChannel

    public init(tenant: UUID, channel: ProgressChannel) {
        self.tenant = tenant
        self.channel = channel
    }
}
