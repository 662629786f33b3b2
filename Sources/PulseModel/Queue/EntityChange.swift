/// A hint of what happened to an entity; what is done about it is decided by what the table says when the row is worked off.
public enum QueueOperation: String, Sendable, CaseIterable {
    case insert
    case update
    case delete
}

/// Why an entity could not be indexed, and thereby what becomes of its queue row.
public enum FailureKind: String, Sendable, CaseIterable {
    /// Time-outs, resets, overload, 5xx: comes back by itself.
    case transient
    /// Refused for now; comes back by itself and costs no attempt.
    case rateLimited = "rate_limited"
    /// Key, permission, model name, file: a person must mend it.
    case configuration
    /// The provider or Qdrant refuses this very text.
    case content
    /// Its worker died over it again and again.
    case crash
}
