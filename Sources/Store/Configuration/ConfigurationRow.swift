/// One row of the configuration tables as people read it.
public struct ConfigurationRow: Sendable, Equatable {
    /// `type`, `status`, `step` or `level`.
    public var kind: String
    /// The integration's name.
    public var integration: String
    /// A project's key, or `*`; nil where the kind has none.
    public var project: String?
    public var from: String
    public var to: String
    public var detail: String
    /// Whether a person set it, or Pulse derived it.
    public var isManual: Bool
}
