/// The integration was disconnected while it was being read. Nothing was written.
public struct IntegrationDisconnected: Error, Sendable, Equatable, CustomStringConvertible {
    public var description: String { "the integration was disconnected meanwhile; nothing more of it is written" }
}
