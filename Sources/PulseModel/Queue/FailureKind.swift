/// Why an entity could not be indexed, and thereby what becomes of its queue row.
public enum FailureKind: String, Sendable, CaseIterable {
    /// This row failed while others of its batch did not, in a way that may pass: comes back by itself, a few times.
    case transient
    /// The provider, Qdrant or the database is away, for all rows alike: comes back by itself and costs no attempt.
    case unavailable
    /// Refused for now; comes back by itself and costs no attempt.
    case rateLimited = "rate_limited"
    /// Key, permission, model name, file: a person must mend it, once for all rows, which wait until then.
    case configuration
    /// The provider or Qdrant refuses this very text.
    case content
    /// Its worker died over it again and again.
    case crash
}
