/// What a listener learns.
public enum PostgresListenerEvent: Sendable, Hashable {
    /// The session listens, from now on. Sent at first and after each interruption, in which notifications may have been
    /// lost: read again what they are about.
    case connected
    case notification(channel: String, payload: String)
}
