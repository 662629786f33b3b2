/// A hint of what happened to an entity; what is done about it is decided by what the table says when the row is worked off.
public enum QueueOperation: String, Sendable, CaseIterable {
    case insert
    case update
    case delete
}
