import Foundation

/// Receives notifications (`LISTEN`/`NOTIFY`) on a connection of its own.
public struct PostgresListener: Sendable {
    private let configuration: PostgresConfiguration

    public init(configuration: PostgresConfiguration) { self.configuration = configuration }

    /// Listens until the consumer stops, and connects again whenever the connection breaks.
    ///
    /// Events wait in memory until they are consumed. One thread and one connection serve each stream.
    ///
    /// - Parameter channels: names as they are, not folded to lower case.
    public func listen(to channels: [String]) -> AsyncStream<PostgresListenerEvent> {
        let configuration = self.configuration
        return AsyncStream { continuation in
            let wakeUp = WakeUp()
            continuation.onTermination = { _ in wakeUp.signal() }
            let thread = Thread {
                ListenerLoop(configuration: configuration, channels: channels, wakeUp: wakeUp, events: continuation).run()
                continuation.finish()
            }
            thread.name = "postgres.listener"
            thread.start()
        }
    }
}
